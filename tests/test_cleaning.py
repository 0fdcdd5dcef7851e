"""Two equal runs leave equal notebooks, and git keeps none of a run."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from trackway import ROOT
from trackway.pipeline.cleaning import clean, strip
from trackway.study.lab import strip_on_save


def notebook(*outputs, tags=()):
    cell = new_code_cell("1 + 1", execution_count=3, metadata={"tags": list(tags)})
    cell["id"] = "abc"
    cell.metadata["papermill"] = {"duration": 1.5}
    cell.outputs = list(outputs)
    return new_notebook(cells=[cell], metadata={"papermill": {}, "widgets": {}})


def text_after_cleaning(text):
    return clean(notebook(new_output("stream", name="stdout", text=text))).cells[0].outputs[0].text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<Axes at 0x7f9747b66790>", "<Axes at 0x...>"),
        (f"read {ROOT}/data/x.csv", "read data/x.csv"),
        ("/tmp/ipykernel_123/456.py:3: Warning", "cell:3: Warning"),
        ("\x1b[31mred\x1b[39m", "red"),
    ],
)
def test_addresses_and_places_are_taken_out(before, after):
    assert text_after_cleaning(before) == after


def test_an_image_is_left_as_it_is():
    image = '<img src="data:image/svg+xml;base64,AA/0xabcdef01/BB">'
    output = new_output("display_data", data={"text/html": image})
    assert clean(notebook(output)).cells[0].outputs[0].data["text/html"] == image


def test_pieces_of_one_stream_become_one():
    pieces = [new_output("stream", name="stdout", text=t) for t in "ab"]
    (output,) = clean(notebook(*pieces)).cells[0].outputs
    assert output.text == "ab"


def test_times_go_and_tags_stay():
    cleaned = clean(notebook(tags=["injected-parameters"]))
    (cell,) = cleaned.cells
    assert cell.metadata == {"tags": ["injected-parameters"]}
    assert cell["id"] == "injected-parameters"
    assert set(cleaned.metadata) == {"kernelspec", "language_info"}


def test_git_keeps_no_outputs_and_no_counts():
    (cell,) = strip(notebook(new_output("stream", text="x"))).cells
    assert (cell.outputs, cell.execution_count, cell["id"]) == ([], None, "abc")


class Manager:
    root_dir = str(ROOT)


@pytest.mark.parametrize(("path", "outputs"), [("notebooks/03_rfm.ipynb", 0), ("scratch.ipynb", 1)])
def test_jupyterlab_strips_numbered_notebooks_only(path, outputs):
    content = notebook(new_output("stream", text="x"))
    model = {"type": "notebook", "content": content}
    strip_on_save(model, path, Manager())
    assert len(model["content"].cells[0].outputs) == outputs
    nbformat.validate(model["content"])
