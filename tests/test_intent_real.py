"""What docs/leaks.md says of real data is what the code finds; how it is asked, on rows by hand."""

import re

import numpy as np
import pandas as pd
import pytest
from making import HEADER

from benchmarks import audit as of_events
from benchmarks import report, shoppers
from benchmarks.shoppers import COPIED, MENDS, Flaws
from trackway import params
from trackway.core.errors import InputError
from trackway.intent.leakage import models
from trackway.intent.leakage.models import HONEST
from trackway.intent.leakage.study import ALONE, METRICS
from trackway.sampling import data as sampling

NUMBER = re.compile(r"\d[\d,]*\.?\d*")


def told(begin: str) -> str:
    """The part of the document that was made by one command."""
    _, _, rest = of_events.DOCUMENT.read_text(encoding="utf-8").partition(begin)
    return rest.partition(report.END)[0].strip()


def assert_same(written: str, found: str) -> None:
    """The same words, and the same numbers but for what another processor rounds otherwise."""
    assert NUMBER.sub("0", written) == NUMBER.sub("0", found)
    one, other = (
        [float(n.replace(",", "")) for n in NUMBER.findall(text)] for text in (written, found)
    )
    assert one == pytest.approx(other, abs=0.02)


QUESTIONS = {step.key: step.question for step in models.steps()}


def ablation(tested: int = 40, low: float = 0.4, at: float = 0.6) -> pd.DataFrame:
    """An ablation in which all steps have tested as many, and claim the same."""
    rows = pd.DataFrame({"question": QUESTIONS.values(), "key": QUESTIONS.keys()})
    rows[["tested", "buyers", "bought_share"]] = tested, tested // 4, 0.25
    for metric in METRICS:
        rows[[metric, f"{metric}_low", f"{metric}_high"]] = at, low, 0.9
    return rows.assign(**dict.fromkeys(ALONE, np.nan))


def test_each_measure_has_a_column_per_shop_and_a_row_per_question():
    text = of_events.markdown([("Ours", "3 rows", ablation())], of_events.simulated())
    heads = [line for line in text.splitlines() if line.startswith("| question")]
    assert heads == ["| question | Ours | the demo, simulated | pure chance, simulated |"] * 4
    rows = [line.split(" | ")[0] for line in text.splitlines() if line.startswith("| ")]
    assert rows[2:10] == [f"| {title}" for title in QUESTIONS.values()]
    assert "| the copied recipe | 40, 10 |" in text
    assert "| the copied recipe | 0.60 [0.40,\N{NO-BREAK SPACE}0.90] |" in text


def test_a_question_nobody_could_be_asked_is_a_dash():
    rows = ablation()
    rows.loc[rows["key"] == HONEST, ["tested", "buyers"]] = 0
    text = of_events.markdown([("Ours", "3 rows", rows)], of_events.simulated())
    assert text.count(f"| {QUESTIONS[HONEST]} | – |") == 4


def test_what_is_said_of_a_shop_follows_its_intervals():
    unsure = of_events.verdict(ablation())
    assert "has 0.600 [0.400,\N{NO-BREAK SPACE}0.900], which cannot be told apart" in unsure
    assert of_events.verdict(ablation(low=0.55)).endswith("above chance.")
    nobody = ablation()
    nobody.loc[nobody["key"] == HONEST, "tested"] = 0
    assert "the honest question has fewer than 5 buyers" in of_events.verdict(nobody)
    assert of_events.verdict(ablation(tested=0)).startswith("Fewer than 5 buyers")


def test_the_simulated_columns_are_those_of_the_report():
    """They are read from its table, so a new run of 05 asks for a new run of the audit."""
    written, simulated = told(of_events.BEGIN).splitlines(), of_events.simulated()
    for title, names in (("ROC AUC", QUESTIONS.values()), ("F1", QUESTIONS.values())):
        start = written.index(f"### {title}")
        for place, name in enumerate(names):
            wanted = simulated[simulated["question"] == name].set_index("shop")[title]
            ends = f"| {wanted['this']} | {wanted['null']} |"
            assert written[start + 4 + place].endswith(ends), "05 has run anew; so must the audit"


def test_a_file_is_read_as_the_study_reads_it_and_left_alone(tmp_path):
    file = tmp_path / "UserBehavior.csv"
    rows = [
        "1,7,3,pv,1511600000",
        "1,7,3,buy,1511600060",
        "2,8,3,pv,1511700000",
        "2,8,3,pv,1511510400",
    ]
    file.write_text("\n".join(rows) + "\n")
    found = sampling.tables(str(file))
    assert found.sessions.order_by("session_id").bought.to_pyarrow().to_pylist() == [True, False]
    assert found.events.count().execute() == 3, "one lies before the source's window"
    assert found.facts.label.startswith("Taobao")
    assert [path.name for path in tmp_path.iterdir()] == ["UserBehavior.csv"]


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match="nowhere.csv"):
        sampling.tables(str(tmp_path / "nowhere.csv"))
    with pytest.raises(InputError, match="no train_data.csv and no test_data.csv"):
        shoppers.audited(tmp_path)


def visits(n: int = 200) -> pd.DataFrame:
    """Every fourth one bought; page values give it away, and late months come last."""
    random = np.random.default_rng(0)
    bought = np.arange(n) % 4 == 0
    return pd.DataFrame(
        {
            "ProductRelated": random.integers(1, 50, n),
            "PageValues": bought * 10.0,
            "Month": np.where(np.arange(n) < 0.7 * n, "May", "Nov"),
            "VisitorType": "New_Visitor",
            "Weekend": False,
            "Revenue": bought,
        }
    )


def test_every_step_is_rid_of_one_flaw_more():
    (title, before), *others = shoppers.steps().items()
    assert (title, before) == (COPIED, Flaws(**dict.fromkeys(MENDS, True)))
    for (title, flaws), (name, mended) in zip(others, MENDS.items(), strict=True):
        assert title == mended
        changed = [one for one in MENDS if getattr(before, one) != getattr(flaws, one)]
        assert changed == [name]
        before = flaws
    assert before == Flaws()


def test_who_is_invented_before_the_split_is_tested_too():
    rows = visits()
    dealt = shoppers.parts(Flaws(invented_before=True, random_rows=True), rows, seed=1)
    assert len(dealt.bought) + len(dealt.truth) == 300, "as many buyers as the 150 others"
    honest = shoppers.parts(Flaws(random_rows=True), rows, seed=1)
    assert len(honest.bought) + len(honest.truth) == 200
    assert honest.truth.mean() == pytest.approx(0.25, abs=0.02)


def test_without_flaws_the_last_months_are_tested_as_they_are():
    rows = visits()
    dealt = shoppers.parts(Flaws(), rows, seed=1)
    assert set(dealt.learned["Month"]) == {"May"}
    assert set(dealt.tested["Month"]) == {"Nov"}
    assert dealt.truth.tolist() == rows.loc[rows["Month"] == "Nov", "Revenue"].tolist()
    assert "PageValues" not in dealt.tested
    assert "PageValues" in shoppers.parts(Flaws(page_values=True), rows, seed=1).tested


def test_an_evened_test_takes_real_rows_of_the_test_part_alone():
    rows = visits()
    dealt = shoppers.parts(Flaws(evened_test=True), rows, seed=1)
    assert dealt.truth.mean() == 0.5
    assert set(dealt.tested["Month"]) == {"Nov"}
    assert dealt.tested.index.is_unique
    assert len(dealt.bought) == (rows["Month"] == "May").sum(), "what is learned from stays"


def test_by_lot_as_many_buy_and_nothing_else_changes():
    rows = visits()
    lot = shoppers.by_lot(rows, seed=1)
    assert lot["Revenue"].sum() == rows["Revenue"].sum()
    assert not lot["Revenue"].equals(rows["Revenue"])
    pd.testing.assert_frame_equal(lot.drop(columns="Revenue"), rows.drop(columns="Revenue"))


@pytest.mark.slow
def test_the_document_says_of_two_shops_what_the_code_finds(shared):
    """Taobao's users, and REES46's first half hour, nearly all of whose sessions may go on."""
    files = ["taobao/UserBehavior-114-users.csv", "rees46/2019-Oct-head.csv"]
    shops = [of_events.audited(str(shared(file))) for file in files]
    taobao, rees46 = (table.set_index("key") for _, _, table in shops)
    assert min(table.loc[models.COPIED, "roc_auc_low"] for table in (taobao, rees46)) > 0.9
    honest = taobao.loc[HONEST]
    assert honest["roc_auc_low"] < 0.5 < honest["roc_auc_high"], (
        "told apart: say so in the document"
    )
    assert rees46.loc[HONEST, "tested"] == 0
    assert_same(told(of_events.BEGIN), of_events.markdown(shops, of_events.simulated()).strip())


@pytest.mark.slow
def test_the_document_says_of_a_table_of_sessions_what_the_code_finds(shared):
    folder = shared("online_shoppers/train_data.csv").parent
    shared("online_shoppers/test_data.csv")
    found = shoppers.audited(folder)
    assert_same(told(shoppers.BEGIN), found.strip())
    copied, *_, last = [line for line in found.splitlines() if line.startswith("| ")][2:]
    (claim, by_lot), (left, nothing) = (
        [float(line.split(" | ")[place][:4]) for place in (2, 5)] for line in (copied, last)
    )
    assert min(claim, by_lot) > 0.9, "the copied recipe claims alike where nothing can be told"
    assert left < claim - 0.2
    assert nothing == pytest.approx(0.5, abs=0.03)


def test_a_file_is_filled_as_the_study_fills_it_by_what_is_predicted_too(tmp_path, monkeypatch):
    file = tmp_path / "one.csv"
    file.write_text(f"{HEADER}\n2019-10-01 00:00:00 UTC,view,1,2,,b,1,7,s\n")
    section = params.section
    fill = section("sampling.fill").model_copy(
        update={"category": ["predicted", "unknown"]}  # of one product nothing is predicted
    )
    chosen = section("sampling").model_copy(update={"fill": fill})
    monkeypatch.setattr(
        params, "section", lambda name: chosen if name == "sampling" else section(name)
    )
    assert sampling.tables(str(file)).events.category_code.execute().tolist() == ["unknown"]
