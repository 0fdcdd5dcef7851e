"""The page of an executed notebook: complete, linked, alone, and the same each time."""

import base64
import hashlib
import re

import nbformat
import pytest
from bs4 import BeautifulSoup
from executed import code, notebook, shown

from trackway.core.errors import InputError
from trackway.report.html import webpage


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    """Export a small notebook among three steps, and return the page's bytes."""
    checkout = tmp_path_factory.mktemp("checkout")
    folder = checkout / "notebooks"
    for stem, title in [("01_sampling", "Sampling"), ("04_rules", "Rules"), ("03_rfm", "Who")]:
        notebook(folder, stem, title)

    def run(stem="03_rfm", simulated=False, more=()):
        file = notebook(folder, stem, "Customers", more)
        target = checkout / "reports" / "html" / f"{stem}.html"
        webpage.export(file, target, simulated=simulated, steps=webpage.steps(folder))
        return target.read_bytes()

    return run


@pytest.fixture(scope="module")
def soup(export):
    """The page of an ordinary report; only read."""
    return BeautifulSoup(export(), "html.parser")


def test_the_steps_are_read_from_the_notebooks_in_order(tmp_path):
    notebook(tmp_path, "02_eda", "The shop")
    notebook(tmp_path, "01_sampling", "Sampling")
    (tmp_path / "scratch.ipynb").write_text("not a step")
    first, second = webpage.steps(tmp_path)
    assert (first.number, first.word, first.title) == ("01", "sampling", "Sampling")
    assert second.question == "Who eda?"


def test_a_question_may_take_two_lines(tmp_path):
    file = notebook(tmp_path)
    file.write_text(file.read_text().replace("*Who rfm?*", "*Who comes\\nback?*"))
    assert webpage.steps(tmp_path)[0].question == "Who comes back?"


def test_a_notebook_without_a_question_is_refused_by_name(tmp_path):
    file = notebook(tmp_path)
    content = nbformat.read(file, as_version=4)
    content.cells[0].source = "# 03 · Customers\n\nWho comes back?"
    nbformat.write(content, file)
    with pytest.raises(InputError, match=r"03_rfm\.ipynb has no title or no question"):
        webpage.steps(tmp_path)


def test_a_notebook_that_is_no_step_is_refused(tmp_path):
    steps = (webpage.Step("01_sampling", "Sampling", "What?"),)
    with pytest.raises(InputError, match=r"03_rfm\.ipynb is none of the steps: 01_sampling"):
        webpage.export(notebook(tmp_path), tmp_path / "x.html", simulated=False, steps=steps)


def test_the_same_notebook_gives_the_same_bytes(export):
    assert export() == export()


def test_nothing_is_loaded(export):
    text = export().decode()
    soup = BeautifulSoup(text, "html.parser")
    loaded = [tag for tag in soup.find_all(src=True) if not tag["src"].startswith("data:")]
    assert not loaded
    assert not soup.select("script[src], iframe, object, embed")
    links = [tag["href"] for tag in soup.select("link:not([href^='data:'])")]
    assert links == [
        "../status.css"
    ]  # words and colours only, beside the page; else it stands alone
    assert "@import" not in text
    assert not re.search(r"url\((?!data:)", text)


def test_only_our_script_may_run(soup):
    script = soup.script.string
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = soup.select_one("meta[http-equiv=Content-Security-Policy]")["content"]
    assert len(soup.select("script")) == 1
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_the_contents_lead_to_every_section_once(soup):
    links = [a["href"] for a in soup.select(".toc a")]
    assert links == ["#what-is-bought-together", "#what-is-bought-together-2"]
    assert [tag["id"] for tag in soup.select("h2, h3")] == [link[1:] for link in links]
    assert soup.select_one(".toc a").text == "What is bought together?"


def test_code_is_folded_and_escaped(soup):
    assert all("open" not in fold.attrs for fold in soup.select("details"))
    sources = [fold.pre.get_text().strip() for fold in soup.select("details.code:not(.messages)")]
    assert "x = '<b>'" in sources
    assert len(sources) == 6  # all code cells but the injected one


def test_the_parameters_of_the_run_are_a_readable_box(soup):
    box = soup.select_one("aside.parameters")
    values = {row.dt.text: row.dd.text for row in box.select("dl div")}
    assert values == {
        "as_of": "null",
        "ks": "[2, 3]",
        "split.train": "0.7",
        "split.shuffle": "false",
        "seed": "20240301",
    }
    assert [group.text for group in box.select(".group")] == ["rfm", "shared"]


def test_injected_parameters_that_are_no_literals_are_shown_as_code(export):
    cell = code("settings = params.section('rfm')", tags=("injected-parameters",))
    boxes = BeautifulSoup(export(more=[cell]), "html.parser").select("aside.parameters")
    assert boxes[1].pre.get_text().strip() == "settings = params.section('rfm')"


def test_what_was_printed_is_shown_escaped(soup):
    printed, warned = soup.select("pre.stream")
    assert printed.get_text() == "printed <i>\n"
    assert warned.get_text() == "warned\n"
    assert warned.find_parent("details")


def test_markup_in_a_computed_sentence_is_shown_not_obeyed(export):
    said = shown("From <style>p {}</style> &lt;b&gt; &#42;x&#42; at $5 to $10", "text/markdown")
    last = BeautifulSoup(export(more=[code("say()", said)]), "html.parser").select(".text")[-1]
    assert last.text.strip() == "From <style>p {}</style> <b> *x* at $5 to $10"


def test_figures_named_in_the_text_are_linked_if_they_are_there(soup):
    links = [(a.text, a["href"]) for a in soup.select("a.ref")]
    assert links == [
        ("Figure 1", "#figure-1"),
        ("Table 1", "#table-1"),
        ("Table 1", "#table-1"),  # in the caption; the figure's own name there is no link
        ("Table 1", "#table-1"),  # in the sentence; its `Figure 1` is code
    ]
    assert all(soup.select(link) for _, link in links)


def test_links_hold_in_the_folder_of_the_reports(soup):
    assert [a["href"] for a in soup.select("section.text p a:not(.ref)")] == [
        "04_rules.html#rules",
        "../../docs/words.md#session",
        "#table-1",
        "https://example.org/",
    ]


def test_every_table_can_scroll_in_its_box(soup):
    tables = soup.select("article table")
    assert len(tables) == 2
    assert all(len(table.find_parents(class_="tw-scroll")) == 1 for table in tables)
    assert all(table.parent["tabindex"] == "0" for table in tables)


def test_long_words_in_tables_may_be_broken(soup):
    assert len(soup.select("#table-1 th:first-child wbr")) == 4  # a_long_column_name_0
    assert soup.select_one("#table-1 th").text == "a_long_column_name_0"
    assert [cell.text for cell in soup.select("td.long")] == ["x" * 40]
    assert [cell.text for cell in soup.select("#table-1 td.words")] == ["a rule in several words"]
    assert [cell.text for cell in soup.select("td.interval")] == ["0.7 [0.6,\u00a00.8]"]


@pytest.mark.parametrize(
    ("stem", "previous", "following"),
    [
        ("01_sampling", [], ["03_rfm.html"]),
        ("03_rfm", ["01_sampling.html"], ["04_rules.html"]),
        ("04_rules", ["03_rfm.html"], []),
    ],
)
def test_it_leads_to_its_neighbours_and_to_the_index(export, stem, previous, following):
    soup = BeautifulSoup(export(stem), "html.parser")
    assert [a["href"] for a in soup.select(".onward a[rel=prev]")] == previous
    assert [a["href"] for a in soup.select(".onward a[rel=next]")] == following
    assert soup.select_one("a.home")["href"] == "../index.html"


@pytest.mark.parametrize("simulated", [True, False])
def test_a_simulated_shop_is_named_at_the_head(export, simulated):
    notes = BeautifulSoup(export(simulated=simulated), "html.parser").select(".simulated")
    assert [note.b.text for note in notes] == (["Simulated shop."] if simulated else [])


def test_a_title_cannot_bring_markup(tmp_path):
    file = notebook(tmp_path, title="</title><script>alert(1)</script>")
    target = tmp_path / "page.html"
    webpage.export(file, target, simulated=False, steps=webpage.steps(tmp_path))
    head = target.read_text(encoding="utf-8").split("<style>")[0]
    assert "<script>" not in head


def test_a_page_too_large_to_hand_round_is_said(export):
    picture = shown("x" * webpage.LARGEST, "text/html")
    with pytest.warns(UserWarning, match=r"03_rfm\.html has 5\.0 MB, more than 5 MB"):
        export(more=[code("show()", picture)])
