"""Can a purchase be told before it happens?

`prefixes` says when a session is scored and what is seen by then, `declared` what each feature
means and when it is known, `features` computes them with `history` and `rates`, and `guard` takes
the future away to see that they stand. `parts` says who is scored and in which part of time,
`models` and `network` fit, `rating` rates, `store` keeps a model and `scoring` asks it about new
sessions. `imbalance` changes what a model is trained on, `audit` shows what a leak would have
claimed, `null_shop` is a shop where nothing can be told. `plots` draws, `words` says and `shown`
puts both on the page.
"""

from trackway.intent.scoring import score

__all__ = ["score"]
