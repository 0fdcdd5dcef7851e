"""What was known of a session when it was scored: what each feature means, and its table.

`registry` says of each feature what it means and since when it is known, `table` computes them
with `history` and `rates`.
"""

from trackway.intent.features.table import (
    EVENT,
    Context,
    at_moments,
    in_parts,
    known,
    known_to,
    moment_examples,
    of_events,
    sessions_of,
    with_session,
)

__all__ = [
    "EVENT",
    "Context",
    "at_moments",
    "in_parts",
    "known",
    "known_to",
    "moment_examples",
    "of_events",
    "sessions_of",
    "with_session",
]
