"""The study as a whole: whether its results belong to the present state, come out the same again,
and what moved between two states of it.

No stage imports this package: it looks at what they declare and what they left.
"""

PASSED_OVER = {".gitkeep", "__pycache__", ".ipynb_checkpoints"}  # as .dvcignore says
