"""What would a leak have claimed?

`data` looks at sessions as copied recipes do, `models` says what is wrong with a recipe and fits
it, `study` mends one flaw at a time, in the shop at hand and in `null_shop`, where there is nothing
to be told. All of it is mistaken on purpose: nothing here may reach a model outside.
"""

from trackway.intent.leakage import findings, page, study

__all__ = ["findings", "page", "study"]
