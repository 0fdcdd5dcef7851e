"""What data cannot carry travels as a reason until somebody says it."""

import pytest

from trackway.core.cannot import Cannot, Missing, need, or_cannot

NOBODY = Cannot("Nobody bought.")


@or_cannot
def share(bought, visits=1):
    return need(bought) / need(visits)


@or_cannot
def doubled(value):
    return 2 * need(value)


def test_a_result_is_the_result():
    assert doubled(share(1, 2)) == 1.0


@pytest.mark.parametrize("result", [0, "", [], None, False])
def test_an_empty_result_is_a_result(result):
    assert need(result) is result


@pytest.mark.parametrize(("args", "kwargs"), [((NOBODY,), {}), ((1,), {"visits": NOBODY})])
def test_the_reason_travels_through_all_that_rests_on_it(args, kwargs):
    assert doubled(share(*args, **kwargs)) is NOBODY


def test_the_first_thing_that_is_missing_is_the_reason():
    assert share(NOBODY, Cannot("No visit.")) is NOBODY


def test_who_asks_without_saying_so_is_stopped():
    with pytest.raises(Missing, match="Nobody bought"):
        need(NOBODY)


def test_other_errors_are_not_reasons():
    with pytest.raises(ZeroDivisionError):
        share(1, 0)
