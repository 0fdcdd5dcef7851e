"""What happens in this shop: counts and shares of what was done, by whom, when and with what.

Every event-level table is a lazy Ibis expression; what reaches pandas are counts, and counts of
counts, never one row per event, session or user. `study` counts all of it once; `limits` says what
the data can carry.

Two columns serve many tables. `unit` is whose steps are followed (a session or a user), `group`
is what a row is counted under (an hour, a month, a band); the caller sets them.
"""
