"""Which part of the data do we study, and what does it leave out?

`data` finds and reads the files, `tables.build` makes the tables of them; `ledger` accounts for
every row, `coverage` says how the events lie in time, `subsamples` how far a smaller sample would
lie from what is studied, `truth` how like the simulated shop is to a real one. `study` runs it all
once, `page` shows it, `findings` sums up, `export` hands it on.
"""
