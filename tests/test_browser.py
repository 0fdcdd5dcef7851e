"""Every page in a real browser: nothing is loaded, nothing is cut off, the switches work.

The pages are those of `reports/`, where they have been made, and always two small ones.
"""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
from executed import code, notebook, shown
from playwright.sync_api import sync_playwright

from trackway import ROOT
from trackway.report.html import webpage
from trackway.study import banner

CHROMIUM = Path("/usr/bin/chromium")
QUIET = [  # a browser that asks the network for nothing on its own account
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
REPORTS = ROOT / "reports"
MADE = [*sorted(REPORTS.glob("html/*.html")), *sorted(REPORTS.glob("index.html"))]

HOSTILE = """<p id="hostile"><img alt="x" src="{server}/x.png" onerror="window.hit = 1">
<script>window.hit = 2</script><script src="{server}/x.js"></script></p>"""

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no {CHROMIUM}")


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A small report."""
    return small_report(tmp_path_factory.mktemp("small"))


def small_report(folder, more=()):
    file = notebook(folder, "03_rfm", "Customers", more)
    target = folder / "html" / "03_rfm.html"
    webpage.export(file, target, simulated=True, steps=webpage.steps(folder))
    return target


@pytest.fixture
def server():
    """A server that notes what it is asked for."""

    class Noting(BaseHTTPRequestHandler):
        asked: ClassVar[list[str]] = []

        def do_GET(self):
            self.asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Noting) as listening:
        Thread(target=listening.serve_forever, daemon=True).start()
        yield listening
        listening.shutdown()


@pytest.fixture
def visit(chromium):
    """Open a file, and return the page and what it complained of and asked for."""
    opened = []

    def run(file, viewport=DESK):
        page = chromium.new_page(viewport=viewport)
        opened.append(page)
        page.complaints, page.requests = [], []
        page.on("console", lambda said: page.complaints.append(said.text) if heeded(said) else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("request", lambda request: page.requests.append(request.url))
        page.goto(file.as_uri())
        return page

    yield run
    for page in opened:
        page.close()


def heeded(said) -> bool:
    """Whether a message of the console counts: the page may do without what `make status` says."""
    return not said.location.get("url", "").endswith("/status.css")


def check(page):
    """What holds of every page, on a desk and on a phone."""
    assert page.complaints == []
    assert [url for url in page.requests if not url.startswith(("file:", "data:"))] == []
    images = page.evaluate("[...document.images].map((i) => [i.alt.length, i.naturalWidth])")
    assert all(words and width for words, width in images)
    lost = page.evaluate(
        """[...document.querySelectorAll('a[href^="#"]')].map((a) => a.hash.slice(1))
        .filter((id) => !document.getElementById(decodeURIComponent(id)))"""
    )
    assert lost == []
    for viewport in [PHONE, DESK]:
        page.set_viewport_size(viewport)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width == viewport["width"], f"wider than the window of {viewport['width']} px"


@pytest.mark.parametrize("file", MADE, ids=lambda file: file.stem)
def test_a_made_page_stands_alone_and_fits(visit, file):
    assert file.stat().st_size < webpage.LARGEST
    page = visit(file)
    check(page)
    links = page.evaluate("[...document.links].map((a) => a.href.split('#')[0])")
    files = {Path(link.removeprefix("file://")) for link in links if link.startswith("file:")}
    promised = {
        REPORTS / "html" / f"{step.stem}.html" for step in webpage.steps(ROOT / "notebooks")
    }
    promised.add(REPORTS / "index.html")
    assert [path for path in files - promised if not path.exists()] == []


def test_a_small_page_stands_alone_and_fits(visit, small):
    check(visit(small))


def test_what_escaped_our_escaping_still_cannot_run_or_call_home(visit, server, tmp_path):
    bad = HOSTILE.format(server=f"http://127.0.0.1:{server.server_port}")
    page = visit(small_report(tmp_path, [code("display(bad)", shown(bad))]))
    assert page.locator("#hostile").count() == 1
    assert page.evaluate("window.hit") is None
    assert server.RequestHandlerClass.asked == []


def test_its_head_tells_what_make_status_found(visit, tmp_path):
    file = small_report(tmp_path / "reports")
    told = "getComputedStyle(document.querySelector('.state'), '::after').content"
    assert "is not known here" in visit(file).evaluate(told)
    banner.write({"rfm": ['params rfm.k: 5 -> "6"']}, tmp_path)
    assert "Stale, as of" in visit(file).evaluate(told)
    assert 'params rfm.k: 5 -> \\"6\\"' in visit(file).evaluate(told)
    banner.write({"rfm": []}, tmp_path)
    assert "belongs to the present" in visit(file).evaluate(told)


def test_one_switch_shows_all_code(visit, small):
    page = visit(small)
    source = page.locator("details.code pre").first
    assert not source.is_visible()
    page.get_by_role("button", name="Show all code").click()
    assert source.is_visible()
    page.get_by_role("button", name="Hide all code").click()
    assert not source.is_visible()


def test_the_contents_are_open_at_the_desk_and_folded_on_a_phone(visit, small):
    assert visit(small).locator(".toc a").first.is_visible()
    page = visit(small, PHONE)
    assert not page.locator(".toc a").first.is_visible()
    page.get_by_text("Contents").click()
    page.locator(".toc a").last.click()
    assert page.url.endswith("#what-is-bought-together-2")


def test_a_wide_table_scrolls_in_its_own_box(visit, small):
    page = visit(small, PHONE)
    over = page.evaluate(
        """[...document.querySelectorAll('#table-1 .tw-scroll')]
        .map((box) => box.scrollWidth - box.clientWidth)"""
    )
    assert over[0] > 0


def test_on_paper_there_is_no_code_and_no_navigation(visit, small):
    page = visit(small)
    page.get_by_role("button", name="Show all code").click()
    page.emulate_media(media="print")
    for hidden in [".bar", ".toc", "details.code", ".onward"]:
        assert not page.locator(hidden).first.is_visible()
    assert page.locator("#figure-1 img").is_visible()
    assert (
        page.evaluate("getComputedStyle(document.querySelector('figure')).breakInside") == "avoid"
    )
