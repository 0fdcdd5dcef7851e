"""A small executed notebook with everything a page must be able to show, made by hand."""

from base64 import b64encode
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

OPENING = """# {number} · {title}

*{question}*

**We will see** what Figure 1 shows, and Table 1; Figure 9 is not here.

| reads | writes |
|---|---|
| `data/interim/events.parquet`, from 01 | `reports/metrics/{word}.json` |
"""

READING = """## What is *bought* together?

See [04 · Rules](04_rules.ipynb#rules), [the words](../docs/words.md#session),
[below](#table-1) and [elsewhere](https://example.org/).

### What is bought together?
"""

PARAMETERS = """# Parameters
settings = {"as_of": None, "ks": [2, 3], "split": {"train": 0.7, "shuffle": False}}
shared = {"seed": 20240301}
"""

SVG = """<svg xmlns="http://www.w3.org/2000/svg" width="504pt" height="200pt" viewBox="0 0 504 200">
<rect width="300" height="200" fill="teal"/></svg>"""

FIGURE = (
    '<figure class="tw-figure" id="figure-1">\n<img alt="a bar" src="data:image/svg+xml;base64,'
    + b64encode(SVG.encode()).decode()
    + '">\n<figcaption><b>Figure 1.</b> A bar, and Table 1.</figcaption>\n</figure>'
)

TABLE = (
    '<figure class="tw-table" id="table-1">\n<figcaption><b>Table 1.</b> Wide.</figcaption>\n'
    '<div class="tw-scroll"><table>\n<thead><tr>'
    + "".join(f'<th class="num">a_long_column_name_{i}</th>' for i in range(12))
    + "</tr></thead>\n<tbody><tr>"
    + "".join(f'<td class="num">{i * 1111:,}</td>' for i in range(12))
    + f"<td>{'x' * 40}</td><td>a rule in several words</td><td>0.7 [0.6, 0.8]</td>"
    + "</tr></tbody>\n</table></div>\n</figure>"
)

CANNOT = (
    '<figure class="tw-cannot" id="figure-2">\n'
    "<figcaption><b>Figure 2 is not shown.</b> 3 hours hold no week.</figcaption>\n</figure>"
)


def shown(markup: str, kind: str = "text/html"):
    """An output as `display` leaves it."""
    return new_output("display_data", data={kind: markup, "text/plain": "plain"})


def code(source: str, *outputs, tags: tuple[str, ...] = ()):
    """A code cell that has run."""
    metadata = {"tags": list(tags)} if tags else {}
    return new_code_cell(source, outputs=list(outputs), metadata=metadata, execution_count=1)


def notebook(folder: Path, stem: str = "03_rfm", title: str = "Customers", more=()) -> Path:
    """Write the notebook `stem` to `folder`; `more` cells stand at its end."""
    number, word = stem.split("_", 1)
    opening = OPENING.format(number=number, word=word, title=title, question=f"Who {word}?")
    cells = [
        new_markdown_cell(opening),
        code("settings = params.section('rfm')", tags=("parameters",)),
        code(PARAMETERS, tags=("injected-parameters",)),
        code(
            "x = '<b>'",
            new_output("stream", name="stdout", text="printed <i>\n"),
            new_output("stream", name="stderr", text="warned\n"),
        ),
        code("page.figure(1)", shown(FIGURE)),
        code("page.say('...')", shown("Most of it (Table 1) is `Figure 1`.", "text/markdown")),
        new_markdown_cell(READING),
        code("page.table(1)", shown(TABLE)),
        code("page.cannot(2)", shown(CANNOT)),
        *more,
    ]
    for i, cell in enumerate(cells):
        cell["id"] = f"{word}-{i}"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{stem}.ipynb"
    nbformat.write(new_notebook(cells=cells), file)
    return file
