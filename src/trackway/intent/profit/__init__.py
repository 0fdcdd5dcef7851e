"""What is a probability worth in money? When to act on a session or a user, and whether it pays."""

from trackway.intent.profit import findings, page, study

__all__ = ["findings", "page", "study"]
