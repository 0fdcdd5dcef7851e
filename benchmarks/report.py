"""Write down what the runs come to: Markdown, a figure, an offline page in the study's look."""

import base64
from pathlib import Path

import pandas as pd
from bs4 import BeautifulSoup
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from benchmarks.tasks import TASKS
from trackway.report import figures
from trackway.report.html import article, webpage

BEGIN, END = "<!-- made by `make bench` -->", "<!-- end -->"
COLORS = {
    "floor": figures.COLORS["null"],
    "trackway": figures.COLORS["highlight"],
    "duckdb": figures.COLORS["purchase"],
    "polars": figures.COLORS["model"],
    "pandas": figures.COLORS["view"],
    "spark": figures.COLORS["baseline"],
}
HOLLOW = ("trackway_1gb",)  # of the colour of another
ALT = "CPU seconds and peak memory of every contender, task by task; the tables hold the numbers."


def markdown(table: pd.DataFrame, about: list[str]) -> str:
    """The tables: one per size and task, and one across the sizes."""
    parts = ["\n".join(f"- {line}" for line in about)]
    for rows, of_size in table.groupby("rows"):
        parts.append(f"## {rows:,} rows")
        for task, found in of_size.groupby("task", sort=False):
            parts += [f"### {task}: {TASKS[task].title}", _one_task(task, found)]
    if table["rows"].nunique() > 1:
        parts += ["## From size to size", _sizes(table)]
    return "\n\n".join(parts) + "\n"


def _one_task(task: str, found: pd.DataFrame) -> str:
    beside = "the bare conversion" if TASKS[task].raw else "the SQL by hand"
    head = [
        "contender",
        "CPU, s",
        f"ratio to {beside}",
        "wall, s",
        "peak, GB",
        "start, CPU s",
        "answer",
    ]
    lines = [row(head), row(["---", *["---:"] * 5, "---"])]
    for one in found.itertuples():
        if one.failed:
            lines.append(row([one.contender, "-", "-", "-", "-", "-", _plain(one.failed)]))
            continue
        spread = f"{one.cpu_s:.2f} [{one.low_s:.2f}, {one.high_s:.2f}]"
        numbers = [f"{one.ratio:.2f}", f"{one.wall_s:.1f}", f"{one.peak_gb:.2f}"]
        answer = "-" if one.contender == "floor" else one.answer
        lines.append(row([one.contender, spread, *numbers, f"{one.start_cpu_s:.1f}", answer]))
    return f"The floor: {TASKS[task].floor}.\n\n" + "\n".join(lines)


def _sizes(table: pd.DataFrame) -> str:
    """CPU seconds and GB by task and contender, a column per size."""
    sizes = sorted(table["rows"].unique())
    lines = [
        row(["task", "contender", *(f"{rows:,} rows: CPU, s; peak, GB" for rows in sizes)]),
        row(["---", "---", *["---:"] * len(sizes)]),
    ]
    for (task, contender), found in table.groupby(["task", "contender"], sort=False):
        cells = {one.rows: _cell(one) for one in found.itertuples()}
        lines.append(row([task, contender, *(cells.get(rows, "-") for rows in sizes)]))
    return "\n".join(lines)


def _cell(one) -> str:
    return "failed" if one.failed else f"{one.cpu_s:.2f}; {one.peak_gb:.2f}"


def row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    return " ".join(text.replace("|", "/").split())


def draw(table: pd.DataFrame, file: Path) -> None:
    """CPU seconds (left) and peak memory (right) by task and contender, of the largest size."""
    rows = table["rows"].max()
    shown = table[(table["rows"] == rows) & (table["failed"] == "")]
    tasks = [task for task in TASKS if task in set(shown["task"])]
    fig, axes = figures.new(8, 1.2 + 0.5 * len(tasks), ncols=2, sharey=True)
    measures = {"cpu_s": "CPU seconds", "peak_gb": "peak memory, GB"}
    for ax, (measure, label) in zip(axes, measures.items(), strict=True):
        for contender, found in shown.groupby("contender", sort=False):
            places = [tasks.index(task) for task in found["task"]]
            color = COLORS[contender.split("_")[0]]
            marker = "D" if contender.startswith("trackway") else "o"
            face = "none" if contender in HOLLOW else color
            ax.scatter(found[measure], places, 28, face, marker, label=contender, edgecolors=color)
        ax.set(xscale="log", xlabel=f"{label} (log scale)", yticks=range(len(tasks)))
        ax.xaxis.set_major_locator(LogLocator(subs=(1, 3)))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.set_yticklabels(tasks)
    axes[0].invert_yaxis()
    handles, labels = axes[0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    figures.save(fig, file)


def page(text: str, figure: Path, target: Path) -> None:
    """The offline page: `text`, Markdown, below `figure`."""
    source = "data:image/svg+xml;base64," + base64.b64encode(figure.read_bytes()).decode()
    picture = f'<figure class="tw-figure" id="figure-1"><img alt="{ALT}" src="{source}"></figure>'
    title = "How fast, and beside what?"
    soup = BeautifulSoup(f"<h1>{title}</h1>{picture}{article.marked(text)}", "html.parser")
    headings = article.name_headings(soup)
    article.box_tables(soup)
    filled = webpage.page(
        "report.html.j2",
        title=title,
        content=str(soup),
        contents=headings,
        simulated=False,
        fingerprint=webpage.fingerprint(text.encode()),
        previous=None,
        next=None,
    )
    webpage.write(filled, target)


def into_document(text: str, figure: Path, document: Path) -> None:
    """Put `text` between the marks of `document`, and the figure beside it."""
    made = text.replace("\n### ", "\n#### ").replace("\n## ", "\n### ")
    put(f"![{ALT}]({document.stem}.svg)\n\n{made}", BEGIN, document)
    document.with_suffix(".svg").write_bytes(figure.read_bytes())


def put(text: str, begin: str, document: Path) -> None:
    """Put `text` into `document`, between `begin` and the next `END`."""
    before, _, rest = document.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(END)
    document.write_text(f"{before}{begin}\n\n{text}\n{END}{after}", encoding="utf-8")
