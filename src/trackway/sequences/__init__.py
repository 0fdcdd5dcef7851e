"""What does a user do next?

An example is one event of one user: the action it was is the target, and what the same user did
strictly before it is the history. The question asked is *which* action comes next, given that
one comes; that a user leaves for good is not an action here.

`examples` makes them, `markov` holds what a network must beat, `networks` and `training` the
networks, `ladder` fits all of them on the same parts of time, `scores` rates probabilities,
`comparison` asks the questions, `plots`, `shown` and `words` answer.
"""
