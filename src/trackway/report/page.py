"""What a notebook shows and leaves behind: numbered figures and tables, findings, metrics.

A `Page` is one notebook's report. What it shows is also written under `reports/`, so that a
figure in a talk, a table in a diff and the page itself are the same thing.
"""

import base64
import html
import json
import re
import shutil
from collections.abc import Sequence
from numbers import Number

import numpy as np
import pandas as pd
from IPython.display import Markdown, display
from matplotlib.figure import Figure

from trackway.core import paths
from trackway.core.escaping import CLOSE, OPEN, UNKNOWN, inline, safe, visible
from trackway.report import figures
from trackway.report.claims import Claim
from trackway.tables.facts import facts

__all__ = ["Page", "safe", "write_csv", "write_json"]

# A cell that begins so is run by spreadsheets, whatever blanks or unseen characters lead; where
# they part cells at a semicolon, what follows one begins a cell.
UNSEEN = rf"\s{UNKNOWN}{OPEN}{CLOSE}\u200c\u200d"
FORMULA = re.compile(rf"(^|;)(?=[{UNSEEN}]*[-=+@\uff0d\uff1d\uff0b\uff20])")
DIGITS = 6  # significant digits a stored number keeps: more would not survive another machine
LONGEST = 80  # characters of a text shown in a table


class Page:
    """The report of one step.

    Parameters
    ----------
    step : str
        The step's one word. Its figures go to ``reports/figures/<step>/``, its tables to
        ``reports/tables/<step>/``, its metrics to ``reports/metrics/<step>.json``.
    simulated : bool, optional
        Whether the data are simulated, which every caption then says; known from the source
        facts once `01_sampling` has written them.
    """

    def __init__(self, step: str, simulated: bool | None = None):
        self.step = step
        self._headlines: dict[str, str] = {}
        self._findings: list[str] = []
        self._figures: dict[int, dict] = {}
        self._claims: dict[str, Claim] = {}
        self._simulated = facts().simulated if simulated is None else simulated
        self._note = "Simulated. " if self._simulated else ""
        for kind in ["figures", "tables"]:
            folder = paths.target(f"reports/{kind}/{step}/.")
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        self._write_summary()
        figures.use_style()

    def figure(self, number: int, fig: Figure, name: str, *, caption: str, alt: str) -> None:
        """Save `fig` as ``<name>.svg`` and show it as "Figure `number`."."""
        file = paths.target(f"reports/figures/{self.step}/{name}.svg")
        figures.save(fig, file)
        self._figures[number] = {"number": number, "name": name, "alt": alt}
        self._write_summary()
        source = "data:image/svg+xml;base64," + base64.b64encode(file.read_bytes()).decode()
        _show(
            f'<figure class="tw-figure" id="figure-{number}">\n'
            f'<img alt="{html.escape(alt)}" src="{source}">\n'
            f"<figcaption><b>Figure {number}.</b> {self._note}{inline(caption)}</figcaption>\n"
            "</figure>",
            f"Figure {number}. {self._note}{caption}",
        )

    def table(
        self,
        number: int,
        table: pd.DataFrame,
        name: str,
        *,
        caption: str,
        digits: dict[str, int] | int = 3,
        rows: int = 50,
    ) -> None:
        """Save `table` as ``<name>.csv`` and show its first `rows` as "Table `number`.".

        `digits` are the decimals shown, for all columns or by column. A named index is shown
        and saved as the first columns; a nameless one is dropped.
        """
        named = any(name is not None for name in table.index.names)
        flat = table.reset_index() if named else table
        write_csv(flat, f"reports/tables/{self.step}/{name}.csv")
        more = f" The first {rows:,} of {len(flat):,} rows." if len(flat) > rows else ""
        said = f"{self._note}{caption}"
        _show(
            f'<figure class="tw-table" id="table-{number}">\n'
            f"<figcaption><b>Table {number}.</b> {inline(said)}{more}</figcaption>\n"
            f'<div class="tw-scroll">{_html_table(flat.head(rows), digits)}</div>\n</figure>',
            f"Table {number}. {said}{more}",
        )

    def cannot(self, kind: str, number: int, name: str, why: str) -> None:
        """Say, in the place of "Figure `number`" or "Table `number`", why it is not shown."""
        _show(
            f'<figure class="tw-cannot" id="{kind.lower()}-{number}" '
            f'data-name="{html.escape(name)}">\n<figcaption><b>{kind} {number} is not shown.</b> '
            f"{inline(why)}</figcaption>\n</figure>",
            f"{kind} {number} is not shown. {why}",
        )

    def say(self, text: str) -> None:
        """A paragraph computed from the data. Escape what comes from it with `safe`."""
        display(Markdown(text))

    def findings(self, sentences: Sequence[str]) -> None:
        """Show what we saw, one sentence a line, and hand it to the index page."""
        self._findings = list(sentences)
        display(Markdown("\n".join(f"- {sentence}" for sentence in self._findings)))
        self._write_summary()

    def claims(self, claims: Sequence[Claim]) -> None:
        """Show each claim with its verdict, and hand it to the index page.

        Raises
        ------
        ValueError
            If two claims of this page bear one name.
        """
        for claim in claims:
            if claim.name in self._claims:
                raise ValueError(f"two claims are called {claim.name!r}")
            self._claims[claim.name] = claim
            _show(claim.html(self._simulated), claim.plain(self._simulated))
        self._write_summary()

    def headline(self, label: str, text: str) -> None:
        """A figure for the index page: what it is, and its value with its unit."""
        self._headlines[label] = text
        self._write_summary()

    def metrics(self, values: dict) -> None:
        """Write ``reports/metrics/<step>.json``, numbers only, rounded to 6 significant digits."""
        write_json(_rounded(values), f"reports/metrics/{self.step}.json")

    def _write_summary(self) -> None:
        summary = {
            "headlines": list(self._headlines.items()),
            "findings": self._findings,
            "figures": [self._figures[number] for number in sorted(self._figures)],
            "claims": [claim.record() for claim in self._claims.values()],
        }
        write_json(summary, f"reports/tables/{self.step}/summary.json")


def write_json(content: dict, name: str) -> None:
    """Write `content` with sorted keys, readable in a diff."""
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    paths.target(name).write_text(text + "\n", encoding="utf-8")


def write_csv(table: pd.DataFrame, name: str) -> None:
    """Write `table` so that no cell can start a spreadsheet formula; floats to 6 digits."""
    inert = table.copy()
    inert.columns = [_inert(column) for column in inert.columns]
    for column in inert.columns:
        if not pd.api.types.is_numeric_dtype(inert[column]):
            inert[column] = inert[column].map(_inert, na_action="ignore")
    inert.to_csv(paths.target(name), index=False, float_format=f"%.{DIGITS}g", lineterminator="\n")


def _inert(value: object) -> object:
    return FORMULA.sub(r"\1'", visible(value)) if isinstance(value, str) else value


def _rounded(value):
    if isinstance(value, dict):
        return {str(key): _rounded(one) for key, one in value.items() if one is not None}
    if isinstance(value, bool | np.bool_ | int | np.integer):
        return int(value)
    if isinstance(value, Number) and np.isfinite(float(value)):
        return float(f"{float(value):.{DIGITS}g}")
    raise ValueError(f"a metric is a finite number or a dictionary of them, got {value!r}")


def _html_table(table: pd.DataFrame, digits: dict[str, int] | int) -> str:
    shown = pd.DataFrame(
        {
            column: [
                _cell(v, digits if isinstance(digits, int) else digits.get(column, 3))
                for v in table[column]
            ]
            for column in table
        },
        dtype=object,
    )
    numeric = [pd.api.types.is_numeric_dtype(table[column]) for column in table]
    head = "".join(
        _tag("th", html.escape(visible(c, LONGEST)), n) for c, n in zip(table, numeric, strict=True)
    )
    body = "\n".join(
        "<tr>" + "".join(_tag("td", v, n) for v, n in zip(row, numeric, strict=True)) + "</tr>"
        for row in shown.itertuples(index=False)
    )
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def _tag(name: str, content: str, number: bool) -> str:
    return f'<{name} class="num">{content}</{name}>' if number else f"<{name}>{content}</{name}>"


def _cell(value: object, decimals: int) -> str:
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return "–"
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return f"{value:,}"
    if isinstance(value, float | np.floating):
        shown = f"{value:,.{decimals}f}"
        return shown.lstrip("-") if not float(shown.replace(",", "")) else shown  # no -0.000
    return html.escape(visible(value, LONGEST))


def _show(markup: str, plain: str) -> None:
    display({"text/html": markup, "text/plain": plain}, raw=True)
