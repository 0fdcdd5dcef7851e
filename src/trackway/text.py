"""Text from the data, made safe to show."""

import html

MARKUP = r"\`*_[]()#!|~"


def safe(value: object) -> str:
    """`value` as text in which no HTML and no Markdown is left to act."""
    text = html.escape(str(value).replace("\x00", "\ufffd"))
    return "".join(f"&#{ord(c)};" if c in MARKUP else c for c in text)


def inline(text: str) -> str:
    """A caption as HTML: escaped, with `code` as the only markup."""
    parts = html.escape(text).split("`")
    return "".join(f"<code>{p}</code>" if i % 2 else p for i, p in enumerate(parts))
