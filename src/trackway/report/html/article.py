"""The cells of an executed notebook as HTML, with what a reader needs beyond them.

nbconvert gives the order of the cells, our template `article.html.j2` their look. Added here:
ids for the contents, links to the figures a sentence names, links that hold where the report
lies, and tables that fit.
"""

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from posixpath import join, normpath

import mistune
from bs4 import BeautifulSoup, NavigableString, Tag
from mistune.util import safe_entity

TEMPLATES = Path(__file__).parent / "templates"
SHOWN = ["text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/plain"]
LONG_WORD = 32  # letters: a table may break longer words anywhere
LONG_TEXT = 14  # letters: a table keeps a column of longer texts from becoming too narrow
NO_BREAK = "\u00a0"
INTERVAL = re.compile(r"[-+\u2212]?[\d.,]+%? \[[^\]]*\]")
REFERENCE = re.compile(r"\b(Figure|Table)[ \u00a0](\d+)\b")


@dataclass(frozen=True)
class Heading:
    """A line of the table of contents."""

    level: int
    id: str
    text: str


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
    >>> parameters("settings = params.section('rfm')") is None
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
    """Turn the name of an exhibit in running text into a link to its place, where there is one."""
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
    for cell in soup.select(".tw-scroll td:not(.num)"):
        _fit(cell)


def _fit(cell: Tag) -> None:
    """Say how the text of a table's `cell` may be broken: an interval before its bracket only."""
    text = " ".join(cell.get_text().split())
    if INTERVAL.fullmatch(text):
        value, bracket = text.split(" ", 1)
        cell.string = f"{value} {bracket.replace(' ', NO_BREAK)}"
        cell["class"] = "interval"
    elif max(map(len, text.split()), default=0) > LONG_WORD:
        cell["class"] = "long"
    elif len(text) > LONG_TEXT:
        cell["class"] = "words"
