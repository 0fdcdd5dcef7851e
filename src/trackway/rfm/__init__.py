"""Who comes back, and what are they worth?

`table` says when each customer last bought, how often and for how much; `scores` and `segments`
put names to that; `behaviour` names every user by what they did, buyers or not; `clusters` asks
whether the customers fall into groups by themselves, and `null` how that looks where they do
not; `future` asks whether any of it foretells the next period; `plots` draws, `shown` puts each
figure and table on the page with its `words`, `findings` sums up.
"""
