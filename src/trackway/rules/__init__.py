"""What is bought, or seen, together, beyond what chance brings.

A *basket* holds the different items of one session: those bought (`purchases`) or those looked at
(`views`). An item is a product, a category or a brand. A *rule* says that baskets with the items on
its left tend to hold the item on its right.

Parts, in the order of the argument: `thresholds` (what counts as often and as strong, exactly),
`data` (events to items, lazily), `baskets` (cut, counted, pruned), `cost` (what mining would take,
told before it is tried), `itemsets` (Apriori and FP-Growth), `measures` (rules, their numbers, the
redundant ones), `chance` (a test for each), `shuffles` (a world without rules), `models` (all of
it, for every kind and level), `labels` (of items, for a reader).
"""
