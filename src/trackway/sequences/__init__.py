"""What does a user do next?

An example is one event of one user: the action it was is the target, and what the same user did
strictly before it is the history. The question asked is *which* action comes next, given that
one comes; that a user leaves for good is not an action here.

`study.study` answers it once, as the frozen result that `page` shows and `findings` tells of.
"""
