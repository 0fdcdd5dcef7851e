"""In JupyterLab a cell that makes a page says what is stale; the pipeline's kernels say nothing."""

from types import SimpleNamespace

import pytest

from trackway.core import paths
from trackway.study import notice


@pytest.fixture
def said(monkeypatch):
    """What is displayed, for a step that is stale for an evil reason."""
    shown = []
    monkeypatch.setattr(notice, "display", lambda markdown: shown.append(markdown.data))
    monkeypatch.setattr(notice, "_why", lambda step: step and f"{step}: <b>*k*</b>")
    monkeypatch.setenv("JPY_SESSION_NAME", "notebooks/03_rfm.ipynb")
    return shown


def cell(source):
    return SimpleNamespace(raw_cell=source)


def test_a_cell_that_makes_a_page_says_why_it_is_stale(said):
    notice.tell(cell('page = report.Page("rfm")'))
    assert len(said) == 1
    assert "**Stale:** rfm: &lt;b&gt;&#42;k&#42;&lt;/b&gt;" in said[0]


def test_other_cells_and_other_notebooks_say_nothing(said, monkeypatch):
    notice.tell(cell("1 + 1"))
    notice.tell(cell(None))
    monkeypatch.setenv("JPY_SESSION_NAME", "scratch.ipynb")
    notice.tell(cell('report.Page("rfm")'))
    assert said == []


@pytest.mark.parametrize(("in_pipeline", "watching"), [(True, 0), (False, 1)])
def test_a_kernel_of_the_pipeline_is_not_watched(monkeypatch, tmp_path, in_pipeline, watching):
    registered = []
    events = SimpleNamespace(register=lambda *event: registered.append(event))
    monkeypatch.setattr(notice, "get_ipython", lambda: SimpleNamespace(events=events))
    if in_pipeline:
        monkeypatch.setenv(paths.STAGING, str(tmp_path))
    notice.watch()
    assert len(registered) == watching
