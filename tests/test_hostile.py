"""What products, brands and categories call themselves is shown, and does nothing."""

import csv
import re
import warnings
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from playwright.sync_api import sync_playwright
from test_browser import CHROMIUM, DESK, PHONE, QUIET, heeded
from test_pipeline import copy

from shopsim import shop
from shopsim.world import World
from trackway.core.escaping import CLOSE, OPEN, safe, visible
from trackway.eda import plots
from trackway.report import figures

NAMES = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "=cmd|' /C calc'!A0",
    "../../../../tmp/trackway-was-here",
    "long" * 2500,
    "nul\x00nul",
    "\u202egnitirw fo noitcerid",
    "\u05d0\u05d1\u05d2 \u05d3\u05d4",  # Hebrew: written from right to left
    "zero\u200bwidth\ufeff",
    "👩‍💻 😀 emoji",
    "two\r\nlines\u2028more",
    "\"quoted\" 'and' `ticked`",
    "$\\frac{x}{$ {curly} %s {0}",
    "| a | table |\n|---|---|",
    "[link](javascript:alert(1)) **bold**",
    "]]><!--",
    "商品名",
    "' OR 1=1; DROP TABLE events; --",
    "−1,234.5",
    "NaN",
]
ACTS = re.compile(r"[\x00-\x08\x0b-\x1f\u200b\u200e\u200f\u202a-\u202e\u2066\u2067\ufeff]")


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_one_line_without_unseen_characters(name):
    shown = visible(name, 40)
    assert not ACTS.search(shown)
    assert len(shown.splitlines()) <= 1
    assert len(shown) <= 40 + 2
    assert visible(shown) == shown, "showing it twice changes nothing"


@pytest.mark.parametrize("name", NAMES)
def test_a_name_as_markdown_has_no_markup(name):
    assert not re.search(r"[<>`*_\[\]|~$\n]", safe(name))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\u05d0", f"{OPEN}\u05d0{CLOSE}"),
        (f"{CLOSE}a{OPEN}b", f"a{OPEN}b{CLOSE}"),
        (f"{OPEN}\u05d0{CLOSE} 7", f"{OPEN}\u05d0{CLOSE} 7"),
        (f"\u05d0{CLOSE}", f"{OPEN}\u05d0{CLOSE}"),
    ],
)
def test_what_runs_from_right_to_left_is_set_apart_once(text, shown):
    assert visible(text) == shown


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_drawn_without_a_warning_or_a_formula(name, tmp_path):
    fig, ax = figures.new()
    ax.set_yticks([0], [plots._label(name)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figures.save(fig, tmp_path / "a.svg")
    assert "<script" not in (tmp_path / "a.svg").read_text()


MAPPING = {
    "columns": {
        **{name: name for name in ["event_time", "event_type", "product_id", "user_id", "price"]},
        **{name: name for name in ["category_id", "category_code", "brand"]},
        "session": "user_session",
    },
    "event_types": {"view": "view", "cart": "cart", "purchase": "purchase"},
}
STEPS = ["01_sampling", "02_eda", "03_rfm", "04_rules"]


def renamed(values: pd.Series) -> pd.Series:
    """`values` under hostile names: the same one is called the same, each differently."""
    code, _ = pd.factorize(values)
    names = [f"{NAMES[i % len(NAMES)]}{i // len(NAMES) or ''}" for i in range(max(code) + 1)]
    return pd.Series([names[i] if i >= 0 else None for i in code], values.index)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A checkout that has studied a shop in which every name is hostile."""
    checkout = copy(tmp_path_factory.mktemp("hostile"))
    made = tmp_path_factory.mktemp("made") / "demo"
    shop.make(World(seed=1, events=12_000, days=30), made)
    rows = pd.concat(pd.read_csv(file, dtype=str) for file in sorted(made.glob("*.csv")))
    rows = rows[rows["event_type"].isin(MAPPING["event_types"])].reset_index(drop=True)
    for column in ["brand", "category_code", "category_id", "product_id"]:
        rows[column] = renamed(rows[column])
    folder = checkout.root / "data/raw"
    folder.mkdir(parents=True, exist_ok=True)
    rows.to_parquet(folder / "=own' <b>.parquet", index=False)
    checkout.set(sampling={"mapping": MAPPING, "max_rejects": 0.5})
    for command in [*(["trackway.pipeline.run", step] for step in STEPS), ["trackway.study.index"]]:
        result = checkout.run("python", "-m", *command)
        assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    return checkout


@pytest.mark.slow
def test_nothing_that_acts_unseen_is_in_what_the_study_leaves(hostile):
    for file in [*hostile.root.glob("reports/**/*.html"), *hostile.root.glob("reports/**/*.csv")]:
        found = ACTS.search(file.read_text(encoding="utf-8"))
        assert not found, f"{file.name}: {found}"


@pytest.mark.slow
def test_no_cell_of_its_tables_is_a_formula(hostile):
    for file in hostile.root.glob("reports/tables/**/*.csv"):
        with file.open(encoding="utf-8", newline="") as opened:
            cells = [cell for line in csv.reader(opened) for cell in line]
        formulas = [c for c in cells if re.match(r"\s*[=+@-]", c) and not _is_number(c)]
        assert not formulas, f"{file.name}: {formulas[:3]}"


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[-+]?[\d.]+(e[-+]?\d+)?", text))


@pytest.mark.slow
def test_no_cell_of_its_notebooks_warns(hostile):
    for file in hostile.root.glob("reports/notebooks/*.ipynb"):
        cells = nbformat.read(file, as_version=4).cells
        outputs = [output for cell in cells for output in cell.get("outputs", [])]
        warned = [output.text for output in outputs if output.get("name") == "stderr"]
        assert not warned, f"{file.name}: {warned}"


@pytest.mark.slow
def test_no_name_became_a_path(hostile):
    assert not Path("/tmp/trackway-was-here").exists()
    tracked = hostile.run("git", "ls-files", "--others", "--exclude-standard").stdout.splitlines()
    assert not [name for name in tracked if "trackway-was-here" in name]


@pytest.mark.slow
@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no {CHROMIUM}")
def test_in_a_browser_its_pages_show_the_names_and_do_nothing_else(hostile):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        for file in sorted(hostile.root.glob("reports/**/*.html")):
            page = browser.new_page(viewport=DESK)
            did = []
            page.on("dialog", lambda dialog, did=did: did.append(dialog.message))
            page.on("console", lambda said, did=did: did.extend([said.text] * heeded(said)))
            page.on("request", lambda request, did=did: did.append(request.url))
            page.goto(file.as_uri())
            asked = [what for what in did if not what.startswith(("file:", "data:"))]
            assert asked == [], file.name
            assert page.evaluate("document.querySelectorAll('main script').length") == 0
            for viewport in [PHONE, DESK]:
                page.set_viewport_size(viewport)
                width = page.evaluate("document.documentElement.scrollWidth")
                assert width == viewport["width"], file.name
        browser.close()


SENTENCE = "<p><i>Of</i> <i>{}</i> <i>7 of 10</i> <i>are left</i>."
PLACES = "[...document.querySelectorAll('i')].map((word) => word.getBoundingClientRect().x)"


@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no {CHROMIUM}")
def test_a_name_from_right_to_left_does_not_turn_its_sentence():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = browser.new_page(viewport=DESK)

        def in_order(name: str) -> bool:
            page.set_content(SENTENCE.format(name))
            return page.evaluate(PLACES) == sorted(page.evaluate(PLACES))

        for name in ["\u05d0\u05d1\u05d2", "\u202edcba", "\u0627\u0628 12"]:
            assert not in_order(name), "else the test shows nothing"
            assert in_order(safe(name))
        browser.close()
