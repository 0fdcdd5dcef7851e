"""Time is cut once, for all models, and what lies on a cut belongs to no part."""

import ibis
import pandas as pd
import pyarrow as pa
import pytest

from trackway.core.errors import InputError
from trackway.evaluation.splits import TimeSplit


def moments(*clock: str) -> pd.Series:
    return pd.Series(pd.to_datetime([f"2024-03-01 {t}" for t in clock], utc=True))


SPLIT = TimeSplit(*moments("12:00", "18:00"))
STARTED = moments("11:00", "11:00", "11:59", "12:00", "17:00", "17:59", "18:00", "11:00")
ENDED = moments("11:00", "11:59", "12:00", "12:00", "17:59", "18:00", "18:00", "19:00")
PARTS = ["train", "train", "straddles", "validation", "validation", "straddles", "test"]
PARTS = [*PARTS, "straddles"]  # the last one lies across both cuts


def test_a_session_belongs_to_the_part_that_holds_the_whole_of_it():
    assert SPLIT.part(STARTED, ENDED).tolist() == PARTS


def test_the_lazy_form_says_the_same():
    rows = pd.DataFrame({"n": range(8), "started": STARTED, "ended": ENDED})
    sessions = ibis.memtable(pa.Table.from_pandas(rows))
    part = SPLIT.part_of(sessions.started, sessions.ended).name("part")
    said = sessions.select("n", part).order_by("n").to_pyarrow()
    assert said["part"].to_pylist() == PARTS


def test_the_cuts_are_quantiles_of_the_starts_and_the_same_for_all_users():
    starts = pd.Series(pd.date_range("2024-03-01", periods=20, freq="D", tz="UTC"))
    split = TimeSplit.of(starts.sample(frac=1, random_state=1), train=0.7, validation=0.15)
    parts = pd.Series(split.part(starts, starts))
    assert parts.value_counts().to_dict() == {"train": 14, "validation": 3, "test": 3}
    assert parts.tolist() == sorted(parts, key=["train", "validation", "test"].index)


def test_a_lazy_table_is_cut_at_the_same_moments():
    for starts in (moments("10:00"), STARTED, pd.concat([STARTED] * 7)):
        table = ibis.memtable(pa.Table.from_pandas(pd.DataFrame({"started": starts})))
        assert TimeSplit.of_table(table, 0.6, 0.2) == TimeSplit.of(starts, 0.6, 0.2)
    with pytest.raises(InputError, match="no session to split"):
        TimeSplit.of_table(table.limit(0))


def test_sessions_of_one_instant_are_not_torn_apart():
    starts = moments(*["10:00"] * 5, *["11:00"] * 5)
    split = TimeSplit.of(starts, train=0.6, validation=0.2)
    assert (split.part(starts, starts)[:5] == "train").all()
    assert (split.part(starts, starts)[5:] == "test").all()


def test_one_session_is_the_test_part():
    starts = moments("10:00")
    assert TimeSplit.of(starts).part(starts, starts).tolist() == ["test"]


def test_no_session_is_refused():
    with pytest.raises(InputError, match="no session to split"):
        TimeSplit.of(moments().astype("datetime64[us, UTC]"))


@pytest.mark.parametrize(("train", "validation"), [(0, 0.5), (0.5, 0), (0.7, 0.3), (0.9, 0.2)])
def test_shares_that_leave_no_part_are_refused(train, validation):
    with pytest.raises(InputError, match=f"train={train} and validation={validation}"):
        TimeSplit.of(moments("10:00"), train, validation)


def test_times_without_a_zone_are_refused():
    with pytest.raises(ValueError, match="must be in UTC"):
        TimeSplit.of(STARTED.dt.tz_localize(None))


def test_a_model_refuses_to_score_before_its_cut():
    with pytest.raises(ValueError, match=r"data up to 2024-03-01 12:00.* 4 of the 8 "):
        SPLIT.refuse_to_score_before(STARTED)
    SPLIT.refuse_to_score_before(moments("12:00"))  # the cut itself is the future
    with pytest.raises(ValueError, match=r"18:00.* 1 of the 1 "):
        SPLIT.refuse_to_score_before(moments("12:00"), "validation_end")


def test_the_description_counts_every_session():
    described = SPLIT.describe(SPLIT.part(STARTED, ENDED))
    assert described["sessions"].tolist() == [2, 2, 1, 3]
    assert described["before"].tolist()[:2] == described["from"].tolist()[1:3]
    assert SPLIT.describe()["part"].tolist() == ["train", "validation", "test"]
