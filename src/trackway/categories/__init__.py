"""Which category is a product of that the shop has none for?

`evidence` gathers, lazily, what is known of products and what was seen beside them, `classifier`
answers with a calibrated confidence, `evaluation` hides known categories and counts how often the
answer is right, `predicted` fills what is missing.

A product's category is no outcome: it is the same before and after any cut, and nothing here reads
what anybody bought. So the days after a cut may help to tell it, as the shop's own catalogue would.
"""
