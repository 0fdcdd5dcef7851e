"""What a notebook shows and leaves behind: counted figures and tables, findings, metrics.

A `Page` is one notebook's report. What it shows is also written under `reports/`, so that a
figure in a talk, a table in a diff and the page itself are the same thing.
"""

import base64
import html
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from numbers import Number
from types import ModuleType

import numpy as np
import pandas as pd
from IPython.display import Markdown, display
from matplotlib.figure import Figure

from trackway import params
from trackway.core import paths
from trackway.core.cannot import Cannot
from trackway.core.escaping import CLOSE, OPEN, UNKNOWN, inline, safe, visible
from trackway.params.values import Section
from trackway.report import figures, references
from trackway.report.claims import Claim
from trackway.report.references import KINDS
from trackway.report.run import Run

__all__ = ["Page", "safe", "write_csv", "write_json"]

# A cell that begins so is run by spreadsheets, whatever blanks or unseen characters lead; where
# they part cells at a semicolon, what follows one begins a cell.
UNSEEN = rf"\s{UNKNOWN}{OPEN}{CLOSE}\u200c\u200d"
FORMULA = re.compile(rf"(^|;)(?=[{UNSEEN}]*[-=+@\uff0d\uff1d\uff0b\uff20])")
DIGITS = 6  # significant digits a stored number keeps: more would not survive another machine
LONGEST = 80  # characters of a text shown in a table


class Page:
    """The report of one step.

    Its exhibits have names; the page counts figures and tables as they are first shown, and a
    sentence points at them by name (`references`).

    Parameters
    ----------
    step : str
        The step's one word. Its figures go to ``reports/figures/<step>/``, its tables to
        ``reports/tables/<step>/``, its metrics to ``reports/metrics/<step>.json``.
    settings, shared : sections of `params.yaml`, or dictionaries such as papermill injects
        What the notebook's cell of parameters holds; None for what `params.yaml` says.
    simulated : bool, optional
        Whether the data are simulated, which every caption then says; to be said by the step that
        finds it out, known to all others from the source facts.

    Attributes
    ----------
    run : Run
        The step's typed settings, the seed, the bootstrap, and the facts of the source.
    """

    def __init__(
        self,
        step: str,
        settings: Section | Mapping | None = None,
        shared: Section | Mapping | None = None,
        *,
        simulated: bool | None = None,
    ):
        self.step = step
        if simulated is None:
            self.run = Run.of(step, settings, shared)
            simulated = self.run.facts.simulated
        else:
            sections = params.checked(step, settings), params.checked("shared", shared)
            self.run = Run(step, *sections)
        self._headlines: dict[str, str] = {}
        self._findings: list[str] = []
        self._numbers: dict[tuple[str, str], int] = {}
        self._alts: dict[str, str] = {}
        self._claims: dict[str, Claim] = {}
        self._simulated = simulated
        self._note = "Simulated. " if simulated else ""
        for kind in ["figures", "tables"]:
            folder = paths.target(f"reports/{kind}/{step}/.")
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        self._write_summary()
        figures.use_style()

    def figure(self, name: str, fig: Figure, *, caption: str, alt: str) -> None:
        """Save `fig` as ``<name>.svg`` and show it under the next number of a figure."""
        number = self._number("figure", name)
        file = paths.target(f"reports/figures/{self.step}/{name}.svg")
        figures.save(fig, file)
        self._alts[name] = alt
        self._write_summary()
        source = "data:image/svg+xml;base64," + base64.b64encode(file.read_bytes()).decode()
        caption = self._resolved(caption)
        _show(
            f'<figure class="tw-figure" id="figure-{number}">\n'
            f'<img alt="{html.escape(alt)}" src="{source}">\n'
            f"<figcaption><b>Figure {number}.</b> {self._note}{inline(caption)}</figcaption>\n"
            "</figure>",
            f"Figure {number}. {self._note}{caption}",
        )

    def table(
        self,
        name: str,
        table: pd.DataFrame,
        *,
        caption: str,
        digits: dict[str, int] | int = 3,
        rows: int = 50,
    ) -> None:
        """Save `table` as ``<name>.csv`` and show its first `rows` under a table's next number.

        `digits` are the decimals shown, for all columns or by column. A named index is shown
        and saved as the first columns; a nameless one is dropped.
        """
        number = self._number("table", name)
        named = any(name is not None for name in table.index.names)
        flat = table.reset_index() if named else table
        write_csv(flat, f"reports/tables/{self.step}/{name}.csv")
        more = f" The first {rows:,} of {len(flat):,} rows." if len(flat) > rows else ""
        caption = f"{self._note}{self._resolved(caption)}"
        _show(
            f'<figure class="tw-table" id="table-{number}">\n'
            f"<figcaption><b>Table {number}.</b> {inline(caption)}{more}</figcaption>\n"
            f'<div class="tw-scroll">{_html_table(flat.head(rows), digits)}</div>\n</figure>',
            f"Table {number}. {caption}{more}",
        )

    def cannot(self, kind: str, name: str, cannot: Cannot) -> None:
        """Say, in the place of the 'figure' or 'table' `name`, why it is not shown."""
        number, label = self._number(kind, name), KINDS[kind]
        reason = self._resolved(cannot.reason)
        _show(
            f'<figure class="tw-cannot" id="{kind}-{number}" '
            f'data-name="{html.escape(name)}">\n<figcaption><b>{label} {number} is not shown.</b> '
            f"{inline(reason)}</figcaption>\n</figure>",
            f"{label} {number} is not shown. {reason}",
        )

    def conclude(self, findings: ModuleType, study: object) -> None:
        """What we saw, what we claim, what the index shows and the metrics, all at once.

        Parameters
        ----------
        findings : the step's module of that name
            Its four functions, `findings`, `claims`, `headlines` and `metrics`, are asked.
        study : the step's frozen result
        """
        self._claims.clear()  # of a cell that is run again
        self.findings(findings.findings(study))
        self.claims(findings.claims(study))
        for label, text in findings.headlines(study).items():
            self.headline(label, text)
        self.metrics(findings.metrics(study))

    def _number(self, kind: str, name: str) -> int:
        """The exhibit's number: the next of its kind, or its own where it is shown again."""
        last = sum(counted == kind for counted, _ in self._numbers)
        return self._numbers.setdefault((kind, name), last + 1)

    def _resolved(self, text: str) -> str:
        return references.resolve(text, self._numbers)

    def say(self, text: str) -> None:
        """A paragraph computed from the data. Escape what comes from it with `safe`."""
        display(Markdown(self._resolved(text)))

    def findings(self, sentences: Sequence[str]) -> None:
        """Show what we saw, one sentence a line, and hand it to the index page."""
        self._findings = [self._resolved(sentence) for sentence in sentences]
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
            claim = replace(claim, evidence=self._resolved(claim.evidence))
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
            "figures": [
                {"number": self._numbers["figure", name], "name": name, "alt": alt}
                for name, alt in self._alts.items()
            ],
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
