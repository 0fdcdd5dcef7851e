"""Text from the data, made safe to show: what it is called, and nothing it could do."""

import html
import unicodedata

MARKUP = r"\`*_[]()#!|~$"
UNKNOWN = "\ufffd"  # stands for a character that cannot be shown, or would act unseen
OPEN, CLOSE = "\u2068", "\u2069"  # between them the direction of writing is the text's own
# Noncharacters of Unicode, which no text holds: between them stands the name of an exhibit.
REFERENCE_OPEN, REFERENCE_CLOSE = "\ufdd0", "\ufdd1"
_JOINERS = "\u200c\u200d"  # unseen, but letters and emoji are written with them
_RIGHT_TO_LEFT = ("R", "AL", "AN")


def visible(value: object, longest: int | None = None) -> str:
    """`value` in one line, in which no unseen character acts.

    Control characters, and those that turn the direction of writing, become U+FFFD. Text that is
    written from right to left is set apart, so that it does not turn what stands beside it.

    Parameters
    ----------
    longest : characters kept of it, a dot of omission for the rest; None for all

    Examples
    --------
    >>> visible("one\\n\\u202etwo"), visible("three", longest=3)
    ('one \ufffdtwo', 'th…')
    """
    text = " ".join(str(value).split())
    text = "".join(UNKNOWN if _acts(c) else c for c in text)
    if longest and len(text) > longest:
        text = text[: longest - 1] + "…"
    return _apart(text)


def _acts(character: str) -> bool:
    kept = character in _JOINERS or character in (OPEN, CLOSE)
    marks = character in (REFERENCE_OPEN, REFERENCE_CLOSE)
    return marks or (unicodedata.category(character) in ("Cc", "Cf", "Cs") and not kept)


def _apart(text: str) -> str:
    """`text` with its isolates closed, and in one where it holds what runs from right to left."""
    kept, depth, turns = [], 0, False
    for character in text:
        if character == CLOSE and not depth:
            continue
        depth += (character == OPEN) - (character == CLOSE)
        turns |= not depth and unicodedata.bidirectional(character) in _RIGHT_TO_LEFT
        kept.append(character)
    closed = "".join(kept) + CLOSE * depth
    return f"{OPEN}{closed}{CLOSE}" if turns else closed


def safe(value: object) -> str:
    """`value` as text in which no HTML and no Markdown is left to act."""
    text = html.escape(visible(value))
    return "".join(f"&#{ord(c)};" if c in MARKUP else c for c in text)


def inline(text: str) -> str:
    """A caption as HTML: escaped, with `code` as the only markup."""
    parts = html.escape(text).split("`")
    return "".join(f"<code>{p}</code>" if i % 2 else p for i, p in enumerate(parts))
