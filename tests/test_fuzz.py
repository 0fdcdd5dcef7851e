"""However a raw file is broken, every line of it is accounted for, or the file is refused in words.

The files are mutated as they break in the world: torn, merged, saved by a spreadsheet, written on
another machine, concatenated from two downloads. What is promised is held against a count of the
lines that knows nothing of our parser.
"""

import gzip
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from making import HEADER, row

from trackway import engine, params
from trackway.core.errors import InputError
from trackway.sampling import ledger
from trackway.tables import build
from trackway.tables.sources import files
from trackway.tables.sources.files import Found
from trackway.tables.sources.read import Raw, read

ENDS = [b"\n", b"\r\n"]
VALUES = [
    *["", " ", "0", "-1", "1.5", "nan", "inf", "1e400", "9" * 30, "NULL", "true", "x" * 9000],
    *['"', '""', '"a', 'a"', '"a,b"', '"a""b"', '"a\nb"', "'", "\\", "\\n", ";", "\t"],
    *["\x00", "\x1a", "\r", "\ufeff", "\u202eabc", "\u200b", "😀", "é", "=1+1", "<b>", "../../x"],
    *["view", "cart", "purchase", "remove_from_cart", "pv", "VIEW", HEADER.replace(",", ";")],
    *["2019-10-01 10:00:00 UTC", "2019-10-01T10:00:00Z", "2019-10-01 10:00:00+02:00"],
    *["01/10/2019 10:00", "1569924000", "2019-13-45 99:99:99 UTC", "0000-00-00 00:00:00 UTC"],
    *["2019-10-01 10:00:00 CET", "294247-01-10 04:00:54 UTC", "-290308-12-22 00:00:00 UTC"],
]

few = st.integers(1, 3)
good = st.builds(row, user=few, product=few, event=st.sampled_from(["view", "cart", "purchase"]))


@st.composite
def bad_field(draw) -> str:
    """A line with one field of it replaced."""
    fields = draw(good).split(",")
    fields[draw(st.integers(0, len(fields) - 1))] = draw(st.sampled_from(VALUES))
    return ",".join(fields)


@st.composite
def torn(draw) -> str:
    """A line of which an end is missing, as two merged halves leave it."""
    line = draw(good)
    cut = draw(st.integers(0, len(line)))
    return draw(st.sampled_from([line[:cut], line[cut:], line[:cut] + draw(good)]))


lines = st.one_of(
    good,
    good,
    bad_field(),
    torn(),
    st.just(HEADER),
    st.sampled_from(["", " ", ",", ",,,,,,,,", "\t", '"', "#", "﻿" + HEADER]),
    st.builds(lambda line, more: f"{line},{more}", good, st.sampled_from(VALUES)),
    st.text(max_size=40),
)


@st.composite
def raw_files(draw) -> bytes:
    """The bytes of a file that once was in REES46's form."""
    order = draw(st.one_of(st.just(None), st.permutations(range(9))))
    body = [line.encode("utf-8", "surrogatepass") for line in draw(st.lists(lines, max_size=12))]
    if draw(st.booleans()):
        body += body[: draw(st.integers(0, 3))]  # duplicates
    end = draw(st.sampled_from(ENDS))
    text = end.join([HEADER.encode(), draw(good).encode(), *body]) + draw(
        st.sampled_from([b"", end, end * 3])
    )
    if order:
        text = end.join(_shuffled(line, order) for line in text.split(end))
    return draw(st.sampled_from(WHOLE))(text)


def _shuffled(line: bytes, order: list[int]) -> bytes:
    fields = line.split(b",")
    return b",".join(fields[i] for i in order) if len(fields) == 9 else line


WHOLE = [  # what befalls a whole file
    *[lambda text: text] * 4,
    lambda text: b"\xef\xbb\xbf" + text,
    lambda text: text[: len(text) * 2 // 3],
    lambda text: text.replace(b"b,1.50", "caf\u00e9,1.50".encode("latin-1")),
    lambda text: text.replace(b"\n", b"\r\n", 3),
    lambda text: text.replace(b"c.d", b"c\x00d", 1),
    lambda text: text.replace(b" UTC", b"+00:00", 2),
    lambda text: text.replace(b"\n", b"\n\n", 2),
    lambda text: text + text,
    lambda text: text.replace(b",", b";"),
    lambda text: text.decode("utf-8", "replace").encode("utf-16"),
]


def rows_in(content: bytes) -> int:
    """Lines below the header that are not empty: counted by nothing but the line ends."""
    return sum(1 for line in content.split(b"\n")[1:] if line.rstrip(b"\r"))


@pytest.fixture(scope="module")
def backend():
    backend = engine.connect()
    backend.raw_sql("SET threads = 1")  # the files are small
    return backend


def taken_in(backend, content: bytes, packed: bool, folder: Path) -> tuple[Found, Raw] | None:
    """What 01_sampling reads of a file with `content`; None if it is refused in words."""
    file = folder / ("a.csv.gz" if packed else "a.csv")
    file.write_bytes(gzip.compress(content, 1) if packed else content)
    try:
        found = files.find(str(file), None)
        return found, read(backend, found, progress=lambda _: None)
    except InputError:
        return None


def examples(number: int, **options):
    """Settings for `number` broken files."""
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return hypothesis_settings(
        max_examples=number, deadline=None, suppress_health_check=checks, **options
    )


def every_line_is_a_row_or_a_reject(backend, folder: Path, content: bytes, packed: bool) -> None:
    if taken := taken_in(backend, content, packed, folder):
        raw = taken[1]
        assert int(raw.rows.count().execute()) + len(raw.rejects) == rows_in(content)
        assert raw.rejects["line"].notna().all()
        assert raw.rejects["line"].is_unique
        assert (raw.rejects["reason"].str.len() > 0).all()


@examples(40, derandomize=True)
@given(content=raw_files(), packed=st.booleans())
def test_every_line_of_a_broken_file_is_read_or_rejected(backend, tmp_path, content, packed):
    every_line_is_a_row_or_a_reject(backend, tmp_path, content, packed)


# How many files are broken; 30,000 take an hour: TRACKWAY_FILES=30000 pytest tests/test_fuzz.py
FILES_BROKEN = int(os.environ.get("TRACKWAY_FILES", "60"))


@pytest.mark.slow
@examples(FILES_BROKEN)
@given(content=raw_files(), packed=st.booleans())
def test_so_is_every_line_of_many_broken_files(backend, tmp_path, content, packed):
    every_line_is_a_row_or_a_reject(backend, tmp_path, content, packed)


@pytest.mark.slow
@examples(30)
@given(content=raw_files(), share=st.sampled_from([0.3, 1.0]))
def test_the_ledger_of_a_broken_file_adds_up(backend, tmp_path, content, share):
    if not (taken := taken_in(backend, content, False, tmp_path)):
        return
    found, raw = taken
    settings = params.section("sampling").model_copy(update={"users": share})
    try:
        rows = build.prepare(found, raw, settings, 7)
    except InputError as refused:
        assert "no event is left" in str(refused)  # noqa: PT017
        return
    numbered, _ = build.store(rows)
    book = ledger.ledger(raw, rows.fates, int(numbered.count().execute()))
    assert book["rows"].iloc[0] == book["rows"].iloc[1:].sum() == rows_in(content)


@examples(20, derandomize=True)
@given(content=raw_files(), share=st.floats(0, 0.99))
def test_a_download_that_broke_off_is_refused_in_words(backend, tmp_path, content, share):
    packed = gzip.compress(content)
    file = tmp_path / "a.csv.gz"
    file.write_bytes(packed[: int(len(packed) * share)])
    with pytest.raises(InputError, match="a.csv.gz"):
        read(backend, files.find(str(file), None), progress=lambda _: None)
