"""Who comes back, and what are they worth?

`data` says when each customer last bought, how often and for how much; `scores` and `segments`
put names to that; `behaviour` names every user by what they did, buyers or not; `models` clusters
the customers, `clusters` asks into how many groups and whether there are any, and `null` how that
looks where there are none; `forecast` asks whether any of it foretells the next period; `truth`
holds the clusters against the planted kinds. `study` runs it all once, `page` shows it, `findings`
sums up, `export` hands it on.
"""
