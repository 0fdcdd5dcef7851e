"""The ledger of rejects names true lines, wherever DuckDB cuts the file into pieces.

The pieces are small here, so that a small file has many; the files are made line by line, and so
the lines that no parser can read are known.
"""

import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from making import HEADER, rees46, row

from trackway import engine
from trackway.tables.sources import files, lines, part, read, text, values

PIECE = 300  # bytes
TORN, TOO_FEW = "2019-10-01 09:00:00 UTC,vi", "too few fields (torn?)"


@pytest.fixture(scope="module")
def backend():
    """One that reads in pieces of `PIECE` bytes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "LONGEST_LINE", PIECE)
        yield engine.connect()


def taken_in(backend, file):
    """The users of the rows that can be read, and the line, reason and text of the others."""
    taken = read.read(backend, files.find(str(file), None), progress=lambda _: None)
    rejects = taken.rejects[["line", "reason", "text"]]
    return sorted(taken.rows.user_id.to_pandas()), list(rejects.itertuples(index=False, name=None))


def up_to(size: int) -> list[str]:
    """Lines that with Windows line ends have `size` bytes: a header, and rows of users 0, 1 ..."""
    made = [HEADER]
    while (left := size - len("\r\n".join([*made, ""]))) > 120:
        made.append(row(user=len(made) - 1))
    short = left - len(row(user=len(made) - 1, brand="") + "\r\n")
    return [*made, row(user=len(made) - 1, brand="b" * short)]


@pytest.mark.parametrize("shift", [-1, 0, 1])
@pytest.mark.parametrize("cut", [1, 3, 4])
def test_a_piece_that_ends_inside_a_line_end_shifts_no_line(backend, tmp_path, cut, shift):
    made = up_to(cut * PIECE + 1 + shift)
    content = "\r\n".join([*made, TORN, row(user=len(made) - 1), ""]).encode()
    assert (content[cut * PIECE - 1 : cut * PIECE + 1] == b"\r\n") == (shift == 0)
    (tmp_path / "a.csv").write_bytes(content)
    users, rejects = taken_in(backend, tmp_path / "a.csv")
    assert users == list(range(len(made)))
    assert rejects == [(len(made) + 1, TOO_FEW, TORN)]


@pytest.mark.parametrize("after", [0, 1, 3])
@pytest.mark.parametrize("torn", [1, 2])
def test_a_last_piece_that_begins_with_a_torn_line_is_not_lost(backend, tmp_path, torn, after):
    made = up_to(2 * PIECE + 5)
    content = "\r\n".join([*made, *[TORN] * torn, *[row(user=100)] * after, ""])
    (tmp_path / "a.csv").write_bytes(content.encode())
    users, rejects = taken_in(backend, tmp_path / "a.csv")
    assert users == [*range(len(made) - 1), *[100] * after]
    assert rejects == [(len(made) + n, TOO_FEW, TORN) for n in range(1, torn + 1)]


def test_a_buffer_holds_whole_pieces_and_all_rows(backend, tmp_path):
    """Of a piece that is left over DuckDB loses rows; what is lost would be read again, slowly."""
    (tmp_path / "a.csv").write_text(rees46(*[row(user=n) for n in range(2000)]))
    schema, typed = files.find(str(tmp_path / "a.csv"), None).schema, tmp_path / "a.parquet"
    opened = text.Text(tmp_path / "a.csv", files.head_of(tmp_path / "a.csv", schema), schema)
    assert text._parse(backend, opened, values.kinds(schema), typed).rejects.empty
    assert sorted(pq.read_table(typed)["user_id"].to_pylist()) == list(range(2000))


def test_ibis_may_ask_right_after_each_part_of_the_reading(backend, tmp_path):
    """A result of DuckDB's that is left open would lock the connection for Ibis."""
    (tmp_path / "a.csv").write_text(rees46(row(), row("never"), row(event="clicked")))
    schema, typed = files.find(str(tmp_path / "a.csv"), None).schema, tmp_path / "a.parquet"
    opened = text.Text(tmp_path / "a.csv", files.head_of(tmp_path / "a.csv", schema), schema)
    rows = values.parsed(opened.view(backend), opened.columns, schema, values.kinds(schema))
    written = part.write(backend, rows, schema, typed)
    table = engine.read_files(backend, [typed])

    def counted() -> int:
        [(count,)] = backend.con.table(table.get_name()).count("*").fetchall()
        assert count == table.count().execute()
        return count

    assert counted() == written.rows == 3
    assert text._torn(backend, opened, written.rows) == []
    assert counted() == 3
    part.drop_refused(backend, typed)
    assert counted() == 1


@st.composite
def made_lines(draw) -> list[tuple[str, str | None]]:
    """The texts of lines, each its own, and why it is no row: None if it is one."""
    kinds = ["row"] * 8 + ["torn", "more", "hours", "user", "quoted", "open"]
    # These have all of the file read once more: not in every one.
    kinds += [
        k for k in ["time", "event", "nobody", "empty", "break"] if draw(st.integers(0, 3)) < 1
    ]
    made = []
    for n, kind in enumerate(draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=40))):
        brand = "b" * draw(st.integers(0, 40))
        made += {
            "row": [(row(user=n, brand=brand), None)],
            "time": [(row(f"never {n}", brand=brand), "no valid event_time")],
            "torn": [(f"2019-10-01 09:00:00 UTC,view,{n}", TOO_FEW)],
            "more": [(row(user=n, brand=brand) + ",more", "too many fields")],
            "hours": [(row(f"25:00:{n % 60:02d}", user=n), "no valid event_time")],
            "user": [(row(user=f"u{n}", brand=brand), "no valid user_id")],
            "event": [(row(user=n, event="clicked"), "unknown event type 'clicked'")],
            "nobody": [(row(product=n, user=""), "no valid user_id")],
            "empty": [("", "empty")],
            "break": [
                (row(user=n).split(",b,")[0] + f',"{n}', "unbalanced quotes"),
                (f'{n}",1.50,{n},s', TOO_FEW),
            ],
            "quoted": [(row(user=n, brand=f'"{brand}, and"'), None)],
            "open": [(row(user=n, brand=f'"b" {n}'), "unbalanced quotes")],
        }[kind]
    return made


@st.composite
def contents(draw) -> tuple[bytes, list[int], list[tuple[int, str, str]]]:
    """The bytes of a file, the users of its rows, and line, reason and text of what is none."""
    end = draw(st.sampled_from(["\n", "\r\n"]))
    first = (row(user=1000, brand="b" * draw(st.integers(0, 40))), None)
    made = [first, *draw(made_lines())]
    text = draw(st.sampled_from(["", "\ufeff"])) + rees46(*(text for text, _ in made), end=end)
    rejects = [(n, why, t) for n, (t, why) in enumerate(made, start=2) if t and why]
    users = sorted(int(t.split(",")[-2]) for t, why in made if why is None)
    return text.encode(), users, rejects


@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=contents(), suffix=st.sampled_from([".csv", ".csv", ".csv.gz", ".csv.zst"]))
def test_every_reject_stands_in_the_line_it_names(backend, tmp_path, content, suffix):
    whole, users, rejects = content
    file = tmp_path / f"a{suffix}"
    packed = pa.compress(whole, "zstd", asbytes=True) if suffix.endswith(".zst") else whole
    file.write_bytes(gzip.compress(whole, 1) if suffix.endswith(".gz") else packed)
    assert taken_in(backend, file) == (users, rejects)


@given(
    parts=st.lists(st.sampled_from([b"ab", b"\n", b"\r\n", b"c"]), max_size=30).map(b"".join),
    starts=st.sets(st.integers(0, 60)),
)
@hypothesis_settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lines_are_numbered_by_their_first_bytes(tmp_path, parts, starts):
    """At a line end the next line that is not empty is meant, beyond the last there is none."""
    file = tmp_path / "a.csv"
    file.write_bytes(parts)
    within = [s for s in sorted(starts) if parts[s:].strip(b"\r\n")]
    firsts = [len(parts) - len(parts[s:].lstrip(b"\r\n")) for s in within]
    expected = [parts[:first].count(b"\n") + 1 for first in firsts]
    assert lines.number(file, within) == (len(parts.splitlines()), expected)


def test_lines_are_numbered_across_what_is_read_at_once(tmp_path):
    megabyte = 1 << 20
    content = b"a" * (megabyte - 2) + b"\r\n" * 3 + b"b\r\n" + b"c" * megabyte + b"\n" + b"d"
    file = tmp_path / "a.csv"
    file.write_bytes(content)
    starts = [0, megabyte - 2, megabyte - 1, megabyte, megabyte + 4, len(content) - 1]
    assert lines.number(file, starts) == (6, [1, 4, 4, 4, 4, 6])
