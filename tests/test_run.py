"""A run carries the step's typed section, whoever gave it, and refuses what cannot be used."""

import pandas as pd
import pytest

from trackway import params
from trackway.core.errors import InputError
from trackway.report.run import Run
from trackway.tables.facts import Facts

MOMENTS = [pd.Timestamp(day, tz="UTC") for day in ["2024-01-01", "2024-02-01"]]
KNOWN = Facts("rees46", "a shop", False, "UTC", True, True, True, ("view",), *MOMENTS)


def test_it_is_what_the_parameters_say():
    run = Run.of("intent", known=KNOWN)
    assert run.settings == params.section("intent")
    assert run.seed == params.section("shared").seed
    assert run.bootstrap == (params.section("intent").replicates, run.seed)


def test_papermills_dictionaries_become_typed():
    given = params.section("rfm").model_dump() | {"k": 6}
    run = Run.of("rfm", given, params.section("shared").model_dump(), known=KNOWN)
    assert (run.settings.k, run.shared) == (6, params.section("shared"))


def test_with_other_settings_it_is_another_run():
    run = Run.of("rfm", known=KNOWN)
    assert run.with_settings(k=7).settings.k == 7
    assert run.settings == params.section("rfm")


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"k": 0}, "rfm.k: .* got 0"), ({"kk": 3}, "rfm.kk: no such parameter")],
)
def test_a_value_that_cannot_be_used_is_named(changed, said):
    with pytest.raises(InputError, match=said):
        Run.of("rfm", known=KNOWN).with_settings(**changed)
