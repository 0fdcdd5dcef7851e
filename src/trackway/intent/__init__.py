"""Can a purchase be told before it happens?

`prefixes` says when a session is scored and what is seen by then, `data` who is scored and in which
part of time. `features` says what each feature means and when it is known, and computes them;
`leakage_check` takes the future away to see that they stand. `models` and `network` fit,
`evaluation` tells how good they are, `study` does all of it once, and `truth` sets the simulated
shop's oracle beside it. `export` keeps a model in a `model_file`, and `scoring` asks it about new
sessions.

Each in rooms of its own: `balancing` changes what a model is trained on, `profit` puts its
probabilities in money, `explain` says what it rests on, `users` asks about people rather than
sessions, and `leakage` shows what a leak would have claimed.
"""

from trackway.intent.scoring import score

__all__ = ["score"]
