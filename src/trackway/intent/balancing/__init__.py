"""Does it help to even out the training rows where buyers are few?"""

from trackway.intent.balancing import findings, page, study

__all__ = ["findings", "page", "study"]
