"""What is fitted: the rungs of the ladder, from counts to two towers.

`recommender` says what all of them can do, `ladder` names them and fits each by its name.
"""
