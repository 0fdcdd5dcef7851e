"""The published facts of the real files come out to the digit."""

import pytest

from trackway import engine
from trackway.tables import events, sessions
from trackway.tables.sources import files
from trackway.tables.sources.read import read

HALF_HOUR = sessions.parse_gap("30min")


@pytest.fixture(scope="module")
def study(shared):
    """Rows as read, rejects, and the numbered events of a shared file."""
    backend = engine.connect()

    def open_file(name: str, *, in_window: bool = True):
        found = files.find(str(shared(name)), None)
        raw = read(backend, found, progress=lambda _: None)
        rows = events.canonical(raw.rows, found.schema)
        window = found.schema.window if in_window else (None, None)
        rows = rows.mutate(fate=events.fate(rows, window, 1.0, 1))
        kept = rows.filter(rows.fate == "kept").drop("fate")
        from_source = "session" in found.schema.columns
        return rows, raw.rejects, sessions.number(kept, HALF_HOUR, from_source)

    return open_file


def test_rees46_head(study):
    rows, rejects, numbered = study("rees46/2019-Oct-head.csv")
    assert rows.count().execute() == 17_434
    assert rejects[["line", "reason"]].values.tolist() == [[17_436, "too few fields (torn?)"]]
    assert rows.user_id.nunique().execute() == 4_504
    assert rows.product_id.nunique().execute() == 6_493
    assert rows.session.nunique().execute() == 5_066
    assert numbered.session_id.nunique().execute() == 5_067, "one is shared by two users"
    assert numbered.count().execute() == 17_434 - 5, "five exact duplicates"
    assert (rows.price == 0).sum().execute() == 19
    assert round(100 * rows.brand.isnull().mean().execute(), 2) == 14.21
    assert round(100 * rows.category_code.isnull().mean().execute(), 2) == 32.96


def test_taobao_users(study):
    rows, rejects, numbered = study("taobao/UserBehavior-114-users.csv")
    assert rejects.empty
    assert rows.count().execute() == 10_000
    assert (rows.fate == "before the window").sum().execute() == 4
    assert (rows.product_id.nunique().execute(), rows.category_id.nunique().execute()) == (
        7_623,
        1_096,
    )
    shares = rows.event_type.value_counts().to_pandas().set_index("event_type").iloc[:, 0] / 10_000
    assert shares.to_dict() == {
        "view": 0.9046,
        "cart": 0.0536,
        "favorite": 0.0212,
        "purchase": 0.0206,
    }
    bought = numbered.filter(numbered.event_type == "purchase")
    assert bought.user_id.nunique().execute() == 74
    _, _, whole = study("taobao/UserBehavior-114-users.csv", in_window=False)
    assert whole.session_id.nunique().execute() == 1_700


def test_electronics_duplicates_and_ids_beyond_32_bits(study):
    rows, rejects, numbered = study("rees46/electronics-duplicates.csv")
    assert rejects.empty
    assert rows.count().execute() == 1_284
    assert rows.count().execute() - numbered.count().execute() == 655
    assert numbered.user_id.max().execute() > 2**32


def test_electronics_without_a_session_are_cut_by_the_gap(study):
    rows, rejects, numbered = study("rees46/electronics-missing-session.csv")
    assert rejects.empty
    assert rows.count().execute() == 162
    assert rows.session.count().execute() == 0
    assert numbered.session_id.nunique().execute() >= numbered.user_id.nunique().execute()
