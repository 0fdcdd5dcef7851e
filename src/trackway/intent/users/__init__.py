"""Who will buy in the days to come?

`data` says what was known of each user at a date, `models` predicts and follows the models over the
dates, `profit` says what acting on users brings.
"""

from trackway.intent.users import findings, page, study

__all__ = ["findings", "page", "study"]
