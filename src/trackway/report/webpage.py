"""Make one HTML page of an executed notebook: it stands alone, and is the same on every run.

The page loads nothing: style, script and figures are inside, and a content security policy
forbids the browser to fetch anything or to run a script that is not ours. nbconvert turns cells
into HTML through our own template; what a reader needs beyond that (contents, links between
the reports, links to figures) is added here.
"""

import ast
import base64
import hashlib
import json
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from posixpath import join, normpath

import jinja2
import mistune
from bs4 import BeautifulSoup, NavigableString, Tag
from markupsafe import Markup
from mistune.util import safe_entity

from trackway.errors import InputError

TEMPLATES = Path(__file__).parent / "templates"
LARGEST = 5_000_000  # bytes; above it a page opens slowly, and mail refuses it
SHOWN = ["text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/plain"]
LONG_WORD = 32  # letters without a place to break; a table cell may break longer ones anywhere
REFERENCE = re.compile(r"\b(Figure|Table)[ \u00a0](\d+)\b")


@dataclass(frozen=True)
class Step:
    """One step of the study, as its notebook introduces it.

    Attributes
    ----------
    stem : str
        File name of the notebook and of its report, ``03_rfm``.
    title, question : str
        ``Customers`` and the line in emphasis below the title.
    """

    stem: str
    title: str
    question: str

    @property
    def number(self) -> str:
        """``03``: its place in the argument."""
        return self.stem.split("_", 1)[0]

    @property
    def word(self) -> str:
        """``rfm``: its name everywhere else."""
        return self.stem.split("_", 1)[1]


@dataclass(frozen=True)
class Heading:
    """A line of the table of contents."""

    level: int
    id: str
    text: str


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


def export(notebook: Path, target: Path, *, simulated: bool, steps: Sequence[Step]) -> None:
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

    Warns
    -----
    UserWarning
        If the page is larger than 5 MB.
    """
    stems = [step.stem for step in steps]
    if notebook.stem not in stems:
        raise InputError(f"{notebook.name} is none of the steps: {', '.join(stems)}")
    place = stems.index(notebook.stem)
    content, contents = article(notebook)
    text = page(
        "report.html.j2",
        title=f"{steps[place].number} · {steps[place].title}",
        content=content,
        contents=contents,
        simulated=simulated,
        previous=steps[place - 1] if place else None,
        next=steps[place + 1] if place + 1 < len(steps) else None,
    )
    write(text, target)


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


def page(template: str, **context) -> str:
    """Fill `template` with `context`, all of it escaped but what is marked as HTML."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
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


def article(notebook: Path) -> tuple[str, list[Heading]]:
    """The cells of `notebook` as HTML, and the headings in them."""
    import nbformat  # here, for they take a second to import, and the index needs neither
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(
        template_name="basic",
        template_file="article.html.j2",
        extra_template_paths=[str(TEMPLATES)],
        exclude_anchor_links=True,
        filters={"parameters": parameters, "marked": marked},
    )
    exporter.config.NbConvertBase.display_data_priority = SHOWN
    section = notebook.stem.split("_", 1)[-1]
    cells, _ = exporter.from_notebook_node(
        nbformat.read(notebook, as_version=4), {"metadata": {"name": section}}
    )
    soup = BeautifulSoup(cells, "html.parser")
    headings = name_headings(soup)
    rebase_links(soup)
    link_references(soup, {tag["id"]: f"#{tag['id']}" for tag in soup.select("figure[id]")})
    box_tables(soup)
    return str(soup), headings


class _Escaped(mistune.HTMLRenderer):
    """Any HTML in the text is shown, not obeyed."""

    def text(self, text: str) -> str:
        return safe_entity(text)  # what report.safe() has escaped is not escaped again


_computed = mistune.create_markdown(renderer=_Escaped(escape=True), plugins=["table"])


def marked(text: str) -> str:
    """Markdown that was computed from data, as HTML: emphasis, code, links, lists and tables.

    Examples
    --------
    >>> marked("The *brand* &#42;<b>")
    '<p>The <em>brand</em> *&lt;b&gt;</p>\\n'
    """
    return _computed(text)


def parameters(source: str) -> list[tuple[str, list[tuple[str, str]]]] | None:
    """The literals a parameters cell assigns: by variable, dotted names and readable values.

    None if the cell holds more than literals.

    Examples
    --------
    >>> parameters("settings = {'k': None, 'split': {'train': 0.7}}\\nseed = 7")
    [('settings', [('k', 'null'), ('split.train', '0.7')]), ('seed', [('seed', '7')])]
    >>> parameters("settings = run.settings('rfm')") is None
    True
    """
    groups = []
    try:
        for statement in ast.parse(source).body:
            name = statement.targets[0].id
            value = ast.literal_eval(statement.value)
            groups.append((name, list(_flat(value, "" if isinstance(value, dict) else name))))
    except (AttributeError, SyntaxError, ValueError):
        return None
    return groups


def _flat(value: object, name: str):
    """Dotted names and values of nested dictionaries, as `params.yaml` would write them."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list | tuple):
        yield name, f"[{', '.join(_yaml(one) for one in value)}]"
    else:
        yield name, _yaml(value)


def _yaml(value: object) -> str:
    words = {"None": "null", "True": "true", "False": "false", "{}": "{}"}
    return words.get(str(value), str(value))


def name_headings(soup: BeautifulSoup) -> list[Heading]:
    """Give each heading an id of its own; return those below the title."""
    taken: set[str] = {tag["id"] for tag in soup.select("[id]")}
    headings = []
    for tag in soup.select("h1, h2, h3"):
        words = re.findall(r"\w+", tag.get_text().lower())
        wanted = name = "-".join(words) or "section"
        number = 1
        while name in taken:
            number += 1
            name = f"{wanted}-{number}"
        taken.add(name)
        tag["id"] = name
        if tag.name != "h1":
            headings.append(Heading(int(tag.name[1]), name, tag.get_text().strip()))
    return headings


def rebase_links(soup: BeautifulSoup) -> None:
    """Make links that hold in `notebooks/` hold in `reports/html/`."""
    for tag in soup.select("a[href]"):
        if re.match(r"[a-z]+:|#|/", tag["href"]):
            continue
        path, mark, anchor = tag["href"].partition("#")
        if re.fullmatch(r"\d\d_\w+\.ipynb", path):
            path = path.removesuffix("ipynb") + "html"
        else:
            path = normpath(join("../../notebooks", path))
        tag["href"] = path + mark + anchor


def link_references(soup: BeautifulSoup, places: dict[str, str]) -> None:
    """Turn "Figure 3" in running text into a link to ``places["figure-3"]``, where there is one."""
    for text in soup.find_all(string=REFERENCE):
        if not text.find_parents(["a", "code", "pre", "h1", "h2", "h3", "b"]):
            text.replace_with(*_linked(str(text), places, soup))


def _linked(text: str, places: dict[str, str], soup: BeautifulSoup) -> list[NavigableString | Tag]:
    parts, end = [], 0
    for match in REFERENCE.finditer(text):
        place = places.get(f"{match[1].lower()}-{match[2]}")
        if place:
            link = soup.new_tag("a", href=place, string=match[0], attrs={"class": "ref"})
            parts += [NavigableString(text[end : match.start()]), link]
            end = match.end()
    return [*parts, NavigableString(text[end:])]


def box_tables(soup: BeautifulSoup) -> None:
    """Let every table fit: it scrolls in a box of its own, and long words may be broken."""
    for table in soup.select("table"):
        table.attrs.pop("border", None)
        if not table.find_parent(class_=["tw-scroll", "highlight"]):
            table.wrap(soup.new_tag("div", attrs={"class": "tw-scroll"}))
    for box in soup.select(".tw-scroll"):
        box["tabindex"] = "0"  # so that the keyboard can scroll it
    for name in soup.select(".tw-scroll th"):
        if name.string and "_" in name.string:
            pieces = re.split("(?<=_)(?=.)", name.string)
            name.clear()
            for piece in pieces:
                name.extend([NavigableString(piece), soup.new_tag("wbr")])
            name.contents[-1].decompose()
    for cell in soup.select(".tw-scroll td"):
        if max(map(len, cell.get_text().split()), default=0) > LONG_WORD:
            cell["class"] = [*cell.get("class", []), "long"]
