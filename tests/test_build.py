"""There is one way from raw files to tables, and it ends alike on disk and in memory."""

import subprocess
import sys

import pandas as pd
import pytest
from making import rees46, row, write

from trackway import engine, params
from trackway.core import paths
from trackway.core.errors import InputError
from trackway.tables import build, summary
from trackway.tables.sources import files
from trackway.tables.sources.read import read

SETTINGS = params.section("sampling")
LINES = [
    row("10:00:00", user=1, session="a"),
    row("10:00:00", user=1, session="a"),  # logged twice
    row("10:00:05", "cart", 2, user=1, session="a", brand=""),
    row("10:00:05", "purchase", 2, user=1, session="a"),
    row("11:00:00", product=3, user=2, session="a", price="-1"),
    row("12:00:00", product=3, user=2, session="b"),
]


@pytest.fixture
def rows_of(tmp_path):
    """The rows of a file of REES46, prepared."""

    def prepare(*lines: str, **changed) -> build.Rows:
        found = files.find(str(write(tmp_path, "a.csv", rees46(*lines))), None)
        raw = read(engine.connect(), found, progress=lambda _: None)
        return build.prepare(found, raw, SETTINGS.model_copy(update=changed), seed=1)

    return prepare


def test_what_is_written_is_what_is_stored(rows_of, tmp_path, monkeypatch):
    monkeypatch.setenv(paths.STAGING, str(tmp_path))
    rows = rows_of(*LINES)
    for on_disk, stored, key in zip(
        build.write(rows), build.store(rows), ["event_id", "session_id"], strict=True
    ):
        one, other = (table.order_by(key).to_pandas() for table in (on_disk, stored))
        assert len(one) == {"event_id": 4, "session_id": 2}[key]
        pd.testing.assert_frame_equal(one, other[one.columns], check_dtype=False)


def test_every_step_of_the_way_can_be_looked_at(rows_of):
    rows = rows_of(*LINES)
    assert rows.fates.to_dict() == {"kept": 5, "price below zero": 1}
    assert rows.kept.count().execute() == 5
    assert rows.from_source
    filled = rows.filled.to_pandas().set_index("product_id")["brand_from"]
    assert set(filled[2]) == {"source", "product"}
    assert rows.catalogue.brand.isnull().sum().execute() == 1


def test_the_sessions_may_be_our_own(rows_of):
    assert not rows_of(*LINES, sessions="gap").from_source


def test_nothing_left_stops_the_way(rows_of):
    with pytest.raises(InputError, match="no event is left of 1 rows: price below zero: 1"):
        rows_of(row(price="-1"))


def test_the_facts_say_what_the_events_carry(rows_of):
    rows = rows_of(*LINES)
    events, sessions = build.store(rows)
    counts = summary.data_set(events, sessions)
    facts = build.facts_of(rows.found, events, counts, None, SETTINGS)
    assert facts.event_types == ("view", "cart", "purchase")
    assert (facts.has_price, facts.has_brand, facts.simulated) == (True, True, False)
    assert facts.timezone == rows.found.schema.timezone
    assert facts.hours == pytest.approx(2)


def test_who_reads_the_facts_needs_no_parser():
    asked = "import sys, trackway.tables.facts; print([m for m in sys.modules if 'sources' in m])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
