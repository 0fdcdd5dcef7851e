"""What does the chosen model rest on, and where does it err?"""

from trackway.intent.explain import findings, page, study

__all__ = ["findings", "page", "study"]
