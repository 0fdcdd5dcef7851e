"""What a step of a session may be, and the type of event that it leaves."""

import numpy as np

TYPES = ["view", "cart", "remove_from_cart", "purchase"]
VIEW, CART, REMOVE, PURCHASE = range(4)

# What a step may be. The first five are views of ...
RELOOK, BACK, SAME, ELSEWHERE, EXTRA, PUT, TAKE_OUT, BUY, LEAVE = range(9)
# the product just seen, the best so far, the same category, anywhere, what is bought with the first
TYPE_OF = np.array([VIEW, VIEW, VIEW, VIEW, VIEW, CART, REMOVE, PURCHASE])
