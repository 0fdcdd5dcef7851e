"""Text from the data, made safe to show."""

import html

MARKUP = r"\`*_[]()#!|~"


def safe(value: object) -> str:
    """`value` as text in which no HTML and no Markdown is left to act."""
    text = html.escape(str(value).replace("\x00", "\ufffd"))
    return "".join(f"&#{ord(c)};" if c in MARKUP else c for c in text)
