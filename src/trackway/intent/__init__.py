"""Can a purchase be told before it happens?

`prefixes` says which events count as seen, `features` what was known from them, `parts` who is
scored and in which part of time, `models` fits and rates, `imbalance` changes what a model is
trained on, `audit` shows what a leak would have claimed, `null_shop` is a shop where nothing can
be told. `plots` draws, `words` says and `shown` puts both on the page.
"""
