"""How fast is the study, and beside what: ``make bench``, or ``python -m benchmarks --help``.

Nothing here is a test. Each *task* (`tasks`) is done by several *contenders* (`with_trackway`,
`with_duckdb`, `with_pandas`, `with_polars`, `with_spark`), each time in a process of its own
(`child`), in turn and on the same file (`inputs`). `race` measures, `answers` holds what they found
against each other, `report` writes it down.

Beside the race, by hand as well: what the whole `study` takes, how long the kept model takes to
score (`scoring`), what the recommender's rungs cost (`recommend`), and what leaks claim of real
data (`audit`, `shoppers`).
"""
