"""JSON lines and baskets come in as any other table: each line is read, or kept with its reason."""

import json

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from making import write

from trackway import engine
from trackway.core.errors import InputError
from trackway.params.sampling import Mapping
from trackway.tables.sources import files, flatten
from trackway.tables.sources.read import read

SESSION = '{"session": 7, "events": [{"aid": 5, "ts": 1661724000278, "type": "clicks"}]}'
FLAT = {
    "format": "jsonl",
    "columns": {"event_time": "at", "event_type": "what", "product_id": "item", "user_id": "who"},
    "event_types": {"look": "view"},
}


@pytest.fixture(scope="module")
def backend():
    return engine.connect()


def taken_in(backend, file, mapping):
    """The rows of `file` as a DataFrame, and its rejects as (line, reason)."""
    found = files.find(str(file), Mapping.model_validate(mapping))
    raw = read(backend, found, progress=lambda _: None)
    told = list(raw.rejects[["line", "reason"]].itertuples(index=False, name=None))
    return raw.rows.to_pandas(), told


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "A.JSON"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_each_line_that_holds_no_event_is_kept_with_its_reason(backend, tmp_path, name, end):
    lines = [
        SESSION,
        "",
        "{torn",
        '{"session": 8, "events": []}',
        '["no object"]',
        '{"session": 9, "events": [{"aid": 5, "ts": "soon", "type": "clicks"}]}',
        '{"session": 9, "events": [{"aid": 5, "ts": 1661724000278, "type": "steps"}]}',
        SESSION.replace("5", "18446744073709551615"),
        SESSION,
    ]
    file = write(tmp_path, name, "\ufeff" + end.join(lines))
    rows, told = taken_in(backend, file, "otto")
    assert rows["session"].tolist() == ["7"] * 3
    assert sorted(rows["product_id"]) == ["18446744073709551615", "5", "5"]
    assert told == [
        (3, "no valid JSON"),
        (4, "no row in 'events'"),
        (5, "no valid JSON"),
        (6, "no valid event_time"),
        (7, "unknown event type 'steps'"),
    ]


def test_a_line_may_be_a_row_whose_keys_stand_in_any_order_or_not_at_all(backend, tmp_path):
    lines = [
        {"at": "2024-03-01 10:00:00", "what": "look", "item": "A-1", "who": 7, "text": "x"},
        {"who": 8, "line": 3, "item": "A-2", "what": "look", "at": "2024-03-01T11:00:00Z"},
        {"who": 9, "what": "look", "at": "2024-03-01 10:00:00", "item": None},
    ]
    file = write(tmp_path, "a.txt", "\n".join(map(json.dumps, lines)))
    rows, told = taken_in(backend, file, FLAT)
    assert rows[["user_id", "product_id"]].to_numpy().tolist() == [[7, "A-1"], [8, "A-2"]]
    assert told == [(3, "no valid product_id")]


def test_a_text_file_is_cut_into_pieces_without_a_trace(tmp_path, monkeypatch):
    monkeypatch.setattr(flatten, "PIECE", 7)
    texts = ["", "short", "much longer than a piece", "", "ünïcödé", "last"]
    for end in ["", "\n"]:
        file = write(tmp_path, "a.jsonl", "\n".join(texts) + end)
        batches = list(flatten.pieces(file))
        found = [text for batch in batches for text in batch["text"].to_pylist()]
        numbers = [n for batch in batches for n in batch["line"].to_pylist()]
        assert found[: len(texts)] == texts
        assert numbers == list(range(1, len(found) + 1))


@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.one_of(
            st.just(SESSION),
            st.text(st.characters(exclude_characters="\n\r\x00", codec="utf-8"), max_size=20),
            st.integers(1, len(SESSION) - 1).map(lambda n: SESSION[:n]),
            st.binary(max_size=9).map(lambda b: b.replace(b"\n", b"").decode("latin-1")),
        ),
        max_size=12,
    )
)
def test_whatever_the_lines_each_is_read_or_refused(backend, tmp_path, lines):
    file = write(tmp_path, "a.jsonl", "\n".join([SESSION, *lines]))
    [schema] = files.find(str(file), Mapping.model_validate("otto")).schemas
    flat = flatten.flatten(backend, file, schema)
    filled = [text for text in lines if text.rstrip("\r").strip(" ")]
    rows = pq.read_metadata(flat.file).num_rows
    assert rows + len(flat.rejects) == 1 + len(filled)


def test_items_may_be_quoted_and_empty_ones_are_none(backend, tmp_path):
    file = write(tmp_path, "a.basket", '"bread, white",milk\n,,\n\n milk ,,"say ""cheese"""\n')
    rows, told = taken_in(backend, file, "baskets")
    baskets = rows.groupby("order_id")["product_id"].agg(sorted).to_dict()
    assert baskets == {1: ["bread, white", "milk"], 4: ["milk", 'say "cheese"']}
    assert told == [(2, "no row in the line")]


def test_baskets_may_be_divided_by_blanks(backend, tmp_path):
    file = write(tmp_path, "retail.dat", "0 1 2 \n3\n")
    rows, _ = taken_in(backend, file, {"name": "baskets", "delimiter": " "})
    assert rows["product_id"].tolist() == ["0", "1", "2", "3"]


@pytest.mark.parametrize("text", ["{torn\n", "[1]\n", '{"session": 7}\n', '{"events": 3}\n', "7\n"])
def test_a_file_that_begins_otherwise_is_refused(tmp_path, text):
    file = write(tmp_path, "a.jsonl", text)
    with pytest.raises(InputError, match="whose 'events' is a list of objects; the first is"):
        files.find(str(file), Mapping.model_validate("otto"))


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_an_empty_file_is_said_to_be(tmp_path, text):
    file = write(tmp_path, "a.jsonl", text)
    with pytest.raises(InputError, match=r"a\.jsonl is empty"):
        files.find(str(file), Mapping.model_validate("otto"))
