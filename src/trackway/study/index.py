"""The one page over all reports: ``python -m trackway.study.index``.

It computes nothing. What stands on it was written by the steps: headlines, findings and claims by
their pages, the ledger and the facts of the data by 01_sampling, the pictures by the reports,
and, of the simulated shop, how near each step came to the truth.
With ``--headlines`` it prints where the page lies, and the headline figures, for a terminal.
"""

import csv
import html
import json
import re
import sys
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from bs4 import BeautifulSoup
from markupsafe import Markup

from trackway import ROOT
from trackway.core import paths
from trackway.core.errors import InputError
from trackway.core.escaping import inline
from trackway.pipeline import stage
from trackway.report.claims import STATES, Claim
from trackway.report.html import article, webpage
from trackway.tables.facts import Facts, facts

INDEX = "reports/index.html"
LARGEST_PICTURE = 600_000  # bytes; a card shows the first figure that is smaller
ACCOUNTS = {  # tables of 01_sampling that say what the data went through
    "Where every row of the files has gone": "reports/tables/sampling/ledger.csv",
    "Where brands and category names come from": "reports/tables/sampling/fills.csv",
}


@dataclass(frozen=True)
class Card:
    """What the index shows of one step.

    Attributes
    ----------
    step : Step
    headlines : label and value, as markdown
    findings : sentences, as markdown
    claims : what it claims, with what the data say of it
    tables : names of its CSV files
    beside : the first line of its ``truth.csv``, by column; empty if it has none
    report : the report's HTML; empty if it has not been made
    """

    step: webpage.Step
    headlines: list[tuple[str, str]]
    findings: list[str]
    claims: list[Claim]
    tables: list[str]
    beside: dict[str, str]
    report: str

    @property
    def link(self) -> str:
        """The report, seen from the index."""
        return f"html/{self.step.stem}.html"

    @property
    def truth_link(self) -> str:
        """The table of the report that `beside` is from."""
        table = re.search(
            r'id="(table-\d+)">\s*<figcaption>[^<]*<b>[^<]*</b>[^<]*Beside the truth', self.report
        )
        return f"{self.link}#{table[1]}" if table else self.link

    @property
    def picture(self) -> dict[str, str] | None:
        """Source and alternative text of the first figure that is not too large."""
        for match in re.finditer(r'<figure class="tw-figure".*?>\s*(<img .*?>)', self.report):
            image = BeautifulSoup(match[1], "html.parser").img
            if len(image["src"]) < LARGEST_PICTURE:
                return {"src": image["src"], "alt": image["alt"]}
        return None

    def marked(self, text: str) -> Markup:
        """`text` as HTML, with its figures and tables linked to the report."""
        ids = re.findall(r'<figure [^>]*?id="((?:figure|table)-\d+)"', self.report)
        soup = BeautifulSoup(article.marked(text), "html.parser")
        article.link_references(soup, {name: f"{self.link}#{name}" for name in ids})
        if soup.p:
            soup.p.unwrap()
        return Markup(str(soup).strip())

    def value(self, text: str) -> Markup:
        """`text` as HTML, what follows a number made smaller: 0.74 [0.70, 0.77]."""
        number, rest = re.fullmatch(r"([-+<>~\u2212]?\d\S*)( .+)|.*", text, re.DOTALL).groups()
        if number is None:
            return self.marked(text)
        return Markup("{} <small>{}</small>").format(self.marked(number), self.marked(rest.strip()))


def cards(steps: tuple[webpage.Step, ...]) -> list[Card]:
    """One card per step, from what the step has written; empty where it has not run yet."""
    return [_card(step) for step in steps]


def _card(step: webpage.Step) -> Card:
    folder = paths.path(f"reports/tables/{step.word}")
    report = paths.path(f"reports/html/{step.stem}.html")
    summary = json.loads(_text(folder / "summary.json") or "{}")
    return Card(
        step=step,
        headlines=[(label, value) for label, value in summary.get("headlines", [])],
        findings=summary.get("findings", []),
        claims=[Claim(**claim) for claim in summary.get("claims", [])],
        tables=sorted(file.name for file in folder.glob("*.csv")),
        beside=next(csv.DictReader(_text(folder / "truth.csv").splitlines()), {}),
        report=_text(report),
    )


def claims(shown: list[Card]) -> list[tuple[Card, Claim]]:
    """Every claim of the reports with its card, those that do not hold first."""
    every = [(card, claim) for card in shown for claim in card.claims]
    return sorted(every, key=lambda pair: STATES.index(pair[1].state))


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""


def describe(known: Facts) -> list[tuple[str, str]]:
    """The data set in words, as label and value."""
    length = f"{known.days:,.1f} days" if known.days >= 2 else f"{known.hours:,.1f} hours"
    parts = {
        "prices": known.has_price,
        "brands": known.has_brand,
        "category names": known.has_category_code,
    }
    lines = [
        ("source", known.label),
        ("first event, UTC", f"{known.first:%Y-%m-%d %H:%M}"),
        ("last event, UTC", f"{known.last:%Y-%m-%d %H:%M}"),
        ("from first to last", length),
        ("local time", known.timezone),
        ("kinds of event", ", ".join(known.event_types)),
        ("carried", ", ".join(name for name, there in parts.items() if there)),
        ("lacking", ", ".join(name for name, there in parts.items() if not there)),
    ]
    return [(label, value) for label, value in lines if value]


def table(file: Path) -> list[list[tuple[str, bool]]]:
    """The rows of a CSV, header first: what each cell shows, and whether it is a number."""
    with file.open(encoding="utf-8", newline="") as opened:
        header, *rows = list(csv.reader(opened))
    columns = [[row[i] for row in rows] for i in range(len(header))]
    numeric = [all(re.fullmatch(r"(-?\d[\d.e+-]*)?", cell) for cell in cells) for cells in columns]
    shares = [name == "share" for name in header]
    names = [name.replace("_", " ") for name in header]
    body = [[_number(*cell) for cell in zip(row, shares, strict=True)] for row in rows]
    return [list(zip(row, numeric, strict=True)) for row in [names, *body]]


def decimals(text: str) -> str:
    """A number of a ``truth.csv`` for the eye; a dash where there is none.

    >>> decimals("0.0693253"), decimals("")
    ('0.069', '–')
    """
    return f"{float(text):.3f}" if text else "–"


def _number(text: str, share: bool) -> str:
    """`text` for the eye, if it is a number: 1,234 and 12.34%; what is not none or all stays so."""
    if share and text:
        few, most = 0 < float(text) < 0.0001, 0.9999 < float(text) < 1
        return "<0.01%" if few else ">99.99%" if most else f"{float(text):.2%}"
    return f"{int(text):,}" if re.fullmatch(r"-?\d{4,}", text) else text


def page() -> str:
    """The index as HTML."""
    known = facts()
    shown = cards(webpage.steps(ROOT / "notebooks"))
    return webpage.page(
        "index.html.j2",
        title="Reports",
        cards=shown,
        claims=claims(shown),
        inline=lambda text: Markup(inline(text)),
        beside=[card for card in shown if card.beside and known.simulated],
        decimals=decimals,
        facts=describe(known),
        simulated=known.simulated,
        fingerprint=webpage.fingerprint("".join(card.report for card in shown).encode()),
        accounts={
            title: table(paths.path(name))
            for title, name in ACCOUNTS.items()
            if paths.path(name).exists()
        },
    )


def headlines() -> str:
    """Where the index lies, and the headline figures, as plain text."""
    shown = cards(webpage.steps(ROOT / "notebooks"))
    lines = [
        (f"{card.step.number} {card.step.title}" if i == 0 else "", _plain(label), _plain(value))
        for card in shown
        for i, (label, value) in enumerate(card.headlines)
    ]
    widths = [max((len(line[i]) for line in lines), default=0) for i in range(2)]
    table = [
        f"  {step:<{widths[0]}}  {label:<{widths[1]}}  {value}".rstrip()
        for step, label, value in lines
    ]
    broken = [
        f"  {card.step.number} claims, and it does not hold: {_plain(claim.text)}"
        for card, claim in claims(shown)
        if claim.state == STATES[0]
    ]
    return "\n".join([*table, *broken, "", f"All reports: {paths.path(INDEX)}"])


def _plain(text: str) -> str:
    """`text` without markup and without characters a terminal would obey."""
    plain = BeautifulSoup(article.marked(text), "html.parser").get_text().strip()
    return "".join(c for c in html.unescape(plain) if unicodedata.category(c)[0] != "C")


def main(arguments: list[str]) -> int:
    """Write the index, or with ``--headlines`` print the headline figures; 0 if it went well."""
    try:
        if arguments == ["--headlines"]:
            print(headlines())
        elif arguments:
            raise InputError(f"got {' '.join(arguments)!r}; the only option is --headlines")
        else:
            with stage.running("index"):
                webpage.write(page(), paths.target(INDEX))
    except (InputError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
