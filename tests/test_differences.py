"""The first difference between two files is named where a reader would look for it."""


import nbformat
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from safetensors.numpy import save_file

from trackway.study import differences


@pytest.fixture
def two(tmp_path):
    """Write two versions of a file; their paths."""

    def write(name, one, other):
        for side, content in [("here", one), ("there", other)]:
            file = tmp_path / side / name
            file.parent.mkdir(exist_ok=True)
            if content is not None:
                file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path / "here" / name, tmp_path / "there" / name

    return write


@pytest.fixture
def tables(tmp_path):
    """Write two tables as Parquet; their paths."""

    def write(one, other):
        for side, table in [("here", one), ("there", other)]:
            pd.DataFrame(table).to_parquet(tmp_path / f"{side}.parquet")
        return tmp_path / "here.parquet", tmp_path / "there.parquet"

    return write


def test_the_same_bytes_are_the_same(two):
    assert differences.same(*two("a.csv", "n\n1\n", "n\n1\n"))


@pytest.mark.parametrize("other", ["n\n2\n", "n\n1\n ", "", None])
def test_any_other_bytes_are_not(two, other):
    assert not differences.same(*two("a.csv", "n\n1\n", other))


def test_a_difference_beyond_the_first_block_is_seen(two, monkeypatch):
    monkeypatch.setattr(differences, "BLOCK", 4)
    assert not differences.same(*two("a.bin", b"0123456789", b"0123456788"))
    assert differences.same(*two("a.bin", b"0123456789", b"0123456789"))


TEXTS = [
    (
        "a.csv",
        "user,price\n1,2.5\n2,3\n",
        "user,price\n1,2.5\n2,4\n",
        "row 2, column price: '3' / '4'",
    ),
    ("a.csv", "user,price\n", "user,cost\n", "the header: 'user, price' / 'user, cost'"),
    ("a.csv", "n\n1\n", "n\n", "row 1, column n here, nothing there"),
    ("a.json", '{"a": {"b": [1, 2]}}', '{"a": {"b": [1, 3]}}', "key, a, b, 1: 2 / 3"),
    ("a.json", '{"a": 1}', '{"b": 1}', "key, a here, key, b there"),
    ("a.json", '{"a": 1}', '{"a":1}', "holds the same in other bytes"),
    ("a.json", '{"a": ["x", "y"]}', '{"a": ["xy"]}', "key, a, 0 here, key, a there"),
    (
        "dvc.lock",
        "stages: {rfm: {md5: ab}}",
        "stages: {rfm: {md5: cd}}",
        "key, stages, rfm, md5: 'ab' / 'cd'",
    ),
    ("a.html", "<p>\n<b>1</b>\n", "<p>\n<b>2</b>\n", r"line 2: '<b>1</b>\n' / '<b>2</b>\n'"),
    ("a.svg", b"\xff\n", b"\xfe\n", r"line 1: '\\xff\n' / '\\xfe\n'"),
    ("a.csv", None, "n\n", "is not here"),
    ("a.json", "{", "{}", "is no whole .json here or there (JSONDecodeError); line 1: '{' / '{}'"),
    ("a.csv", "n\n", None, "is not there"),
]


@pytest.mark.parametrize(("name", "one", "other", "said"), TEXTS)
def test_it_is_named_in_the_words_of_the_file(two, name, one, other, said):
    assert differences.first(*two(name, one, other)) == said


def test_of_long_lines_the_part_around_it_is_told(two):
    said = differences.first(*two("a.html", "x" * 5000 + "1", "x" * 5000 + "2"))
    assert said.startswith("line 1: '…xxx")
    assert said.endswith("x2'")
    assert len(said) < 2 * differences.LONGEST


def notebook(output="0.36", source="page.metrics()"):
    shown = new_output("display_data", data={"text/html": f"<b>{output}</b>", "text/plain": "t"})
    cells = [
        new_markdown_cell("# 03", id="title"),
        new_code_cell(source, id="ran", outputs=[shown]),
    ]
    return nbformat.writes(new_notebook(cells=cells))


def test_a_notebook_differs_in_an_output_of_a_cell(two):
    said = differences.first(*two("a.ipynb", notebook(), notebook("0.37")))
    assert said == ("cell 2 (ran), output 1, data, text/html: '<b>0.36</b>' / '<b>0.37</b>'")


def test_a_notebook_differs_in_the_text_of_a_cell(two):
    said = differences.first(*two("a.ipynb", notebook(), notebook(source="page.say()")))
    assert said.startswith("cell 2 (ran), its text: 'page.metrics()' / 'page.say()'")


def test_a_table_differs_in_a_row_and_a_column(tables):
    one = {"user": [1, 2, 3], "price": [1.5, None, 2.0]}
    said = differences.first(*tables(one, one | {"price": [1.5, None, 2.25]}))
    assert said == "row 3, column price: 2.0 / 2.25"


def test_a_table_differs_in_a_type_or_in_its_length(tables):
    said = differences.first(*tables({"user": [1]}, {"user": [1.0]}))
    assert said.startswith("the schema: ")
    assert "int64" in said
    said = differences.first(*tables({"user": [1]}, {"user": [1, 2]}))
    assert said == "nothing here, row 2, column user there"


def test_not_a_number_equals_itself(tmp_path):
    for side, n in [("here", 2), ("there", 3)]:
        price = pa.array([float("nan"), 1.0], from_pandas=False)  # no null
        pq.write_table(pa.table({"price": price, "n": [1, n]}), tmp_path / f"{side}.parquet")
    said = differences.first(tmp_path / "here.parquet", tmp_path / "there.parquet")
    assert said == "row 2, column n: 2 / 3"


def test_a_model_differs_in_a_number_of_a_tensor(tmp_path):
    for side, value in [("here", 1.0), ("there", 2.0)]:
        save_file({"w": np.array([[0.0, value]])}, tmp_path / f"{side}.safetensors")
    said = differences.first(tmp_path / "here.safetensors", tmp_path / "there.safetensors")
    assert said == "tensor w, number 1: 1.0 / 2.0"
