"""The one error a user can cause."""


class InputError(ValueError):
    """Something the user gave cannot be used.

    The message says what was wrong, with the value, and what to do next. The runner prints it
    without a traceback; everything else that is raised is a fault of ours and keeps its own.
    """
