"""Make one HTML page of an executed notebook: it stands alone, and is the same on every run.

The page loads nothing: style, script and figures are inside, and a content security policy
forbids the browser to fetch anything or to run a script that is not ours. One exception: whether
the page is up to date is read from ``status.css`` in the folder of the reports, if it is there.
`article` makes the text of the page, the templates its frame.
"""

import base64
import hashlib
import json
import re
import warnings
from collections.abc import Sequence
from pathlib import Path

import jinja2
from markupsafe import Markup

from trackway.core.errors import InputError
from trackway.report.html.article import TEMPLATES, article
from trackway.report.html.steps import Step

LARGEST = 5_000_000  # bytes; above it a page opens slowly, and mail refuses it


def steps(folder: Path) -> tuple[Step, ...]:
    """Every step that has a numbered notebook in `folder`, in reading order.

    Raises
    ------
    InputError
        If a notebook does not open with ``# 03 · Title`` and a question in emphasis.
    """
    return tuple(_step(file) for file in sorted(folder.glob("[0-9][0-9]_*.ipynb")))


def _step(file: Path) -> Step:
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    opening = "".join(cells[0]["source"]) if cells else ""
    title = re.search(r"^# (?:\d+ · )?(.+)$", opening, re.MULTILINE)
    question = re.search(r"^\*([^*]+)\*$", opening, re.MULTILINE)
    if not (title and question):
        raise InputError(
            f"{file.name} has no title or no question; "
            "its first cell opens with '# 03 · Title' and a line '*Question?*'"
        )
    return Step(file.stem, title[1].strip(), " ".join(question[1].split()))


def export(
    notebook: Path,
    target: Path,
    *,
    simulated: bool,
    steps: Sequence[Step],
    native: bool = False,
) -> None:
    """Write the executed `notebook` as the page `target`, linked to its neighbours in `steps`.

    Parameters
    ----------
    notebook : Path
        Executed and normalised. Its file name says which of `steps` it is.
    target : Path
        Written once, at the end. The index is expected one folder above it.
    simulated : bool
        Whether the data are the embedded shop's; the page then says so at its head.
    steps : sequence of Step
        All steps, in reading order.
    native : bool
        Whether the machine's own instructions were used; the page then says so at its head.

    Warns
    -----
    UserWarning
        If the page is larger than 5 MB.
    """
    stems = [step.stem for step in steps]
    if notebook.stem not in stems:
        raise InputError(
            f"{notebook.name} is none of the steps: {', '.join(stems)}; "
            "name it in report/html/steps.py"
        )
    place = stems.index(notebook.stem)
    content, contents = article(notebook)
    text = page(
        "report.html.j2",
        title=f"{steps[place].number} · {steps[place].title}",
        content=content,
        contents=contents,
        fingerprint=fingerprint(notebook.read_bytes()),
        simulated=simulated,
        native=native,
        previous=steps[place - 1] if place else None,
        next=steps[place + 1] if place + 1 < len(steps) else None,
    )
    write(text, target)


def fingerprint(content: bytes) -> str:
    """A name for this `content`: `make status` tells the state of the report that bears it."""
    return hashlib.sha256(content).hexdigest()[:12]


def write(text: str, target: Path) -> None:
    """Write the page `text` to `target`; warn if it is too large to be handed round."""
    content = text.encode()
    if len(content) > LARGEST:
        warnings.warn(
            f"{target.name} has {len(content) / 1e6:.1f} MB, more than {LARGEST / 1e6:.0f} MB; "
            "rasterize its largest figures",
            stacklevel=2,
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)


def page(template: str, folder: Path = TEMPLATES, **context) -> str:
    """Fill `template` of `folder` with `context`, all escaped but what is marked as HTML."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, TEMPLATES]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    script = (TEMPLATES / "trackway.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    style = (TEMPLATES / "trackway.css").read_text(encoding="utf-8")
    return environment.get_template(template).render(
        style=Markup(style),
        script=Markup(script),
        script_hash=digest,
        **context,
    )
