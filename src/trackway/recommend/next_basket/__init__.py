"""What will be in a customer's next basket? Asked where a log tells of orders.

`data` says what was bought before a moment, and each customer's first basket after it; `models`
foretells it by what the customer bought, what all buy, and both; `study` chooses on the validation
part and judges on the test part; `page` shows it, `findings` sums it up, `export` hands it on.

Most of a next basket is a repeat in some shops and nothing is in others, so both are told apart: M.
Li et al., "A Next Basket Recommendation Reality Check", ACM TOIS 41 (2023), arXiv:2109.14233. There
no model they try beats the customer's own frequency by much.
"""
