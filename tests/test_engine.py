"""What the engine writes: each row once, numbered, the same bytes on any number of threads."""

import ibis
import pyarrow.parquet as pq
import pytest
from equality import ENGINE

from trackway.engine import embedded


def connect(threads: int = 2):
    return embedded.connect(ENGINE.model_copy(update={"threads": threads, "memory": "1GB"}))


@pytest.fixture
def backend():
    return connect()


def rows(backend, key: list, other: list):
    schema = {"key": "int64", "other": "string"}
    table = ibis.memtable({"key": key, "other": other}, schema=schema)
    return backend.create_table("rows", table.to_pyarrow(), temp=True)


def written(table, place, *arguments, **more):
    embedded.write(table, place, *arguments, **more)
    return pq.read_table(place).to_pylist()


def test_rows_that_agree_in_their_order_are_written_once(backend, tmp_path):
    table = rows(backend, [2, None, 1, 2, None, 2], ["b", "z", "a", "b", "z", "c"])
    left = written(table, tmp_path / "a.parquet", ["key", "other"], "place", distinct=True)
    assert [(row["place"], row["key"], row["other"]) for row in left] == [
        (0, 1, "a"),
        (1, 2, "b"),
        (2, 2, "c"),
        (3, None, "z"),
    ]


def test_unless_it_is_asked_for_all_rows_are_written(backend, tmp_path):
    table = rows(backend, [1, 1], ["a", "a"])
    left = written(table, tmp_path / "a.parquet", ["key"], "place", unwritten=["other"])
    assert left == [{"place": 0, "key": 1}, {"place": 1, "key": 1}]


def test_threads_do_not_change_what_is_written(tmp_path):
    """Doubles lie in several row groups, and at their ends."""
    files = []
    for threads in (1, 2, 3):
        one = connect(threads)
        keys = ibis.range(0, 3 * embedded.ROW_GROUP).unnest().name("key").as_table()
        table = one.create_table("keys", keys.union(keys.filter(keys.key % 7 == 0)), temp=True)
        embedded.write(table, tmp_path / f"{threads}.parquet", ["key"], "place", distinct=True)
        assert embedded.scalar(one, "SELECT current_setting('threads')") == threads
        files.append((tmp_path / f"{threads}.parquet").read_bytes())
    assert files[0] == files[1] == files[2]
    assert pq.read_metadata(tmp_path / "1.parquet").num_rows == 3 * embedded.ROW_GROUP


def test_settings_are_put_back_even_if_what_they_are_for_is_interrupted(backend):
    def now():
        names = ["threads", "preserve_insertion_order", "disabled_optimizers", "TimeZone"]
        return tuple(embedded.scalar(backend, f"SELECT current_setting('{n}')") for n in names)

    def interrupted():
        changed = {"preserve_insertion_order": False, "disabled_optimizers": "join_order"}
        with embedded.setting(backend, threads=3, TimeZone="Asia/Shanghai", **changed):
            assert now() == (3, False, "join_order", "Asia/Shanghai")
            raise KeyboardInterrupt

    before = now()
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert now() == before == (2, True, "", "UTC")


def test_ibis_may_ask_right_after_a_value_a_setting_or_a_file(backend, tmp_path):
    """A result of DuckDB's that is left open would lock the connection for Ibis."""
    table = rows(backend, [2, 1], ["b", "a"])

    def free() -> bool:
        return table.count().execute() == len(backend.con.sql("FROM range(2)").fetchall()) == 2

    assert embedded.scalar(backend, "SELECT current_setting('threads')") == 2
    assert free()
    with embedded.setting(backend, threads=1):
        assert free()
    assert free()
    embedded.write(table, tmp_path / "a.parquet", ["key"])
    assert free()
    assert embedded.store(table).count().execute() == 2
    assert free()
    assert embedded.coded(table, ["other"]).count().execute() == 2
    assert free()


def test_coded_texts_sort_and_come_back_as_texts(backend, tmp_path):
    table = rows(backend, [1, 2, 3, 4], ["o'b", "z", None, "a"])
    for values in (None, ["z", "a", "o'b", "of no row"]):
        coded = embedded.coded(table, ["other"], values)
        left = written(coded, tmp_path / "a.parquet", ["other"])
        assert [row["other"] for row in left] == ["a", "o'b", "z", None]


def test_too_many_texts_stay_texts(backend, monkeypatch):
    table = rows(backend, [1, 2], ["a", "b"])
    monkeypatch.setattr(embedded, "MOST_CODED", 1)
    assert embedded.coded(table, ["other"]) is table
