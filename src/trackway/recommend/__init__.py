"""What to show whom: one honest ladder of recommenders, from counts to two towers."""
