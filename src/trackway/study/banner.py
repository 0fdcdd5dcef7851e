"""What the head of each report says of its state: written to ``reports/status.css``.

A report is the same bytes whenever it is made, and opened as a file it cannot ask anybody whether
it is stale. So it bears a fingerprint of its content, and reads the answer for that fingerprint
from a small untracked style sheet beside it, which `make status`, `make repro` and `make lab`
write. A style sheet can colour and say words, but not act. Without one, or with one that knows
another report, the page says that it does not know.
"""

import re
from datetime import UTC, datetime
from pathlib import Path

from trackway import ROOT

FILE = "reports/status.css"
FINGERPRINT = re.compile(r'data-report="([0-9a-f]{12})"')


def write(reasons: dict[str, list[str]], root: Path = ROOT) -> None:
    """Write what is known of the reports.

    Parameters
    ----------
    reasons : for each step, why it is stale; empty if it is not
    root : the checkout
    """
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    marks = {name: mark for name in reasons if (mark := _fingerprint(root, name))}
    rules = [_rule(mark, reasons[name], now) for name, mark in marks.items()]
    file = root / FILE
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join(["/* What `make status` found. */", *rules, ""]), encoding="utf-8")


def _fingerprint(root: Path, name: str) -> str | None:
    places = [*(root / "reports/html").glob(f"[0-9][0-9]_{name}.html")]
    places += [root / "reports" / f"{name}.html"]
    for page in places:
        if page.exists() and (mark := FINGERPRINT.search(page.read_text(encoding="utf-8"))):
            return mark[1]
    return None


def _rule(mark: str, reasons: list[str], now: str) -> str:
    page = f'.state[data-report="{mark}"]'
    if not reasons:
        text = f"It belongs to the present code, parameters and data, as of {now}."
        return f"{page}::after {{ content: {quoted(text)}; }}"
    text = f"Stale, as of {now}: {'; '.join(reasons)}. `make repro` makes it anew."
    return (
        f"{page} {{ background: var(--mark); border-color: var(--mark-line); }}\n"
        f"{page}::after {{ content: {quoted(text)}; color: var(--ink); font-weight: 600; }}"
    )


def quoted(text: str) -> str:
    """`text` as a string of CSS, in which nothing is left to act.

    >>> quoted('k: "5" \\n</style>')
    '"k: \\\\22 5\\\\22  \\\\a \\\\3c /style\\\\3e "'
    """
    return '"' + "".join(_escaped(c) for c in text) + '"'


def _escaped(c: str) -> str:
    if c in "\"'\\<>{};@" or not c.isprintable():
        return f"\\{ord(c):x} "
    return c
