"""Facts of a real file, known from elsewhere: `shared/data/README.md`, rees46."""

import ibis
import pyarrow as pa
import pytest
from eda_shop import GAP
from pyarrow import csv

from trackway.eda import funnel, visits
from trackway.tables import sessions

# ibis sets a pandas option on each execution that pandas 3 deprecates
pytestmark = pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated")


@pytest.fixture(scope="module")
def rows(shared):
    """The file's whole rows, exact duplicates included, as those who published figures had them."""
    file = shared("rees46/2019-Oct-head.csv")
    whole_lines = file.read_bytes().splitlines(keepends=True)[:-1]  # the last line is torn
    texts = csv.ConvertOptions(column_types={"event_time": pa.string()}, strings_can_be_null=True)
    raw = ibis.memtable(csv.read_csv(pa.BufferReader(b"".join(whole_lines)), convert_options=texts))
    return raw.mutate(
        event_time=raw.event_time.replace(" UTC", "+00").cast("timestamp('UTC', 6)"),
        price=raw.price.cast("decimal(12, 2)"),
    ).rename(session="user_session")


@pytest.fixture(scope="module")
def rees46(rows):
    """Its events and sessions."""
    numbered = sessions.number(rows, GAP, from_source=True).cache()
    return numbered, sessions.table(numbered, GAP).cache()


def test_the_event_mix(rows, rees46):
    mix = visits.event_mix(sessions.cut(rows, GAP, from_source=True).cache())
    assert mix["events"].sum() == 17_434
    assert rees46[0].count().execute() == 17_434 - 5, "five are logged twice"
    percent = (100 * mix["share"]).round(2).to_dict()
    assert percent == {"view": 97.83, "cart": 0.95, "purchase": 1.23}
    assert mix.at["view", "products"] == 6_493


def test_users_sessions_and_purchases_without_a_cart(rees46):
    found = visits.totals(rees46[1])
    assert found["users"] == 4_504
    # 5,066 keys of the source, one of them shared by two users: two sessions
    assert found["sessions"] == 5_067
    assert (found["without_cart"], found["bought_sessions"]) == (135, 200)


def test_the_length_of_sessions(rees46):
    counts = visits.events_per_session(rees46[1])
    lengths = visits.quantile(counts, 0.5), visits.quantile(counts, 0.99), counts.index.max()
    assert lengths == (2, 21, 51)


def test_every_purchase_has_one_way(rees46):
    counts = funnel.routes(rees46[0])
    assert counts.sum() == (rees46[0].event_type == "purchase").sum().to_pandas()
