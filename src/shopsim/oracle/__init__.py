"""What could be known at best of a visit under way: the ceiling of 05_intent and 06_sequences.

The laws by which the shop is simulated are known here, so a visitor's hidden state can be
filtered from what was seen, by Bayes' rule and nothing else. `docs/demo.md` tells the equations
(Beside the truth: intent and sequences).

**What the oracle sees** is what the shop saw of the user up to the moment, from `BURN_DAYS` before
the data on; and it is *told* the visitor's taste (price tier, favourite categories), from when to
when they may come, which of their visits serve one want and with which product in mind a want
goes on, and how *earlier* wants arose. Nearly all of it could be had from a past long enough; a
model has less. **What it filters** is the kind, whether this want is a habit, goal, seriousness,
evidence missing, patience, the best product so far, how the last view suited.

The parts: `replay` simulates the shop again, `laws` and `catalogue_law` hold the distributions,
`visit` filters a visit event by event, `filter` many of them, `visitor` the kind and the habit from
all other visits, `purchase_probability` looks from a state to the purchase, `answers` puts them
together; `users` says for whom, and `tables` in which form. `python -m shopsim.oracle` is the stage
`oracle`.
"""
