"""Which part of the data do we study, and what does it leave out?

`ledger` accounts for every row, `statistics` describes what is studied, `compared` says how far
a smaller sample would lie from it, `coverage` says how the events lie in time, `plots` draws it.
"""
