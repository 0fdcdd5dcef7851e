"""A page speaks of what the log tells: no hours where it has days, no way from views it has not."""

import matplotlib.pyplot as plt
import pytest
from making import rees46, row, write

from trackway.eda import findings as eda_findings
from trackway.eda import page as eda_page
from trackway.eda import study as eda
from trackway.report.run import Run
from trackway.sampling import data
from trackway.tables import facts, resolution
from trackway.tables.facts import Resolution

DAYS = range(1, 28)


def visits(*kinds: str, hours: bool = True) -> list[str]:
    """Every day two users do all of `kinds`, of one product; every third one the first alone."""
    lines = []
    for day in DAYS:
        for user in (day % 9, 20 + day % 7):
            for place, kind in enumerate(kinds if user < 20 or day % 3 else kinds[:1]):
                time = f"{8 + user % 9:02d}:{day:02d}:{place * 7:02d}" if hours else "00:00:00"
                when = f"2024-03-{day:02d} {time}"
                lines.append(row(when, kind, day % 5, user=user, session=f"{user}-{day}"))
    return lines


SHOPS = {
    "days": visits("view", "cart", "purchase", hours=False),
    "purchases": visits("purchase"),
    "views": visits("view", "view"),
    "no carts": visits("view", "purchase"),
    "no views": visits("cart", "purchase"),
    "no purchases": visits("view", "cart"),
}


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shops")
    return {
        name: data.tables(str(write(folder, f"{i}.csv", rees46(*lines))))
        for i, (name, lines) in enumerate(SHOPS.items())
    }


@pytest.mark.parametrize(
    ("times", "unit", "on"),
    [
        (["2024-03-01 00:00:00", "2024-03-31 00:00:00"], "day", 2),
        (["2024-03-01 00:00:00", "2024-03-31 11:00:00"], "hour", 2),
        (["2024-03-01 00:00:00", "2024-03-31 11:30:00"], "minute", 2),
        (["2024-03-01 00:00:00", "2024-03-31 11:30:01"], "second", 2),
        (["2024-03-01 00:00:00", "2024-03-31 11:30:01.5"], "microsecond", 2),
    ],
)
def test_the_times_tell_the_largest_unit_in_which_they_are_whole(tmp_path, times, unit, on):
    lines = [row(time, user=user) for user, time in enumerate(times)]
    known = data.tables(str(write(tmp_path, "a.csv", rees46(*lines)))).facts
    assert (known.resolution.time_unit, known.resolution.on_unit, known.events) == (unit, on, 2)


def test_a_few_odd_times_do_not_make_them_finer(tmp_path):
    for odd, unit in [(1, "day"), (2, "second")]:
        lines = [row("2024-03-01 00:00:00", user=user) for user in range(100 - odd)]
        lines += [row("2024-03-02 10:00:01", user=user) for user in range(odd)]
        known = data.tables(str(write(tmp_path, f"{odd}.csv", rees46(*lines)))).facts
        assert (known.resolution.time_unit, known.resolution.at_midnight) == (unit, 100 - odd)


def test_days_may_be_those_of_the_shop(tmp_path):
    """Midnight in Berlin is 23 o'clock, or 22, in UTC."""
    times = ["2024-03-01 23:00:00", "2024-03-30 23:00:00", "2024-04-01 22:00:00"]
    made = data.tables(str(write(tmp_path, "a.csv", rees46(*(row(time) for time in times)))))
    told = [
        resolution.measure(made.events, zones, 0.99).time_unit
        for zones in (["Europe/Berlin", "UTC"], ["UTC", "Europe/Berlin"], ["UTC"])
    ]
    assert told == ["day", "day", "hour"]


def test_prices_may_be_one_and_whole(tmp_path):
    lines = [row(price=price, user=user) for user, price in enumerate(["2", "2.00", ""])]
    known = data.tables(str(write(tmp_path, "a.csv", rees46(*lines)))).facts
    assert (known.resolution.prices, known.resolution.whole_prices) == (1, True)
    known = data.tables(str(write(tmp_path, "b.csv", rees46(*lines, row(price="2.5"))))).facts
    assert (known.resolution.prices, known.resolution.whole_prices) == (2, False)


def test_what_is_written_of_the_resolution_is_read(tables, tmp_path, monkeypatch):
    monkeypatch.setenv("TRACKWAY_STAGING", str(tmp_path))
    facts.write(tables["days"].facts)
    assert facts.facts() == tables["days"].facts
    assert facts.facts().resolution == Resolution("day", 144, 144, 1, False)


class Said:
    """A page that keeps what it is told, by kind and name."""

    def __init__(self):
        self.shown, self.reasons = {}, {}

    def cannot(self, kind, name, reason):
        self.reasons[kind, name] = reason.reason

    def table(self, name, content, caption, digits, rows):
        self.shown["table", name] = f"{caption} {' '.join(content.columns)}"

    def figure(self, name, drawing, caption, alt):
        self.shown["figure", name] = f"{caption} {alt}"
        plt.close(drawing)

    def say(self, text):
        self.shown["text", text] = text


def said(module, findings, made) -> tuple[Said, str]:
    """All exhibits of a step's `module`, and all that is said, but for why something is not."""
    page = Said()
    for show in vars(module).values():
        if hasattr(show, "exhibit"):
            show(page, made)
    claims = [claim.evidence for claim in findings.claims(made) if claim.holds is not None]
    lines = [*findings.findings(made), *claims, *map(str, findings.headlines(made).items())]
    text = " ".join([*lines, *page.shown.values(), str(findings.metrics(made))])
    for reason in page.reasons.values():
        text = text.replace(reason, "")
    return page, text


@pytest.fixture(scope="module")
def of_02(tables):
    def of(name: str) -> tuple[Said, str]:
        one = tables[name]
        made = eda.study(Run.of("eda", known=one.facts), one.events, one.sessions)
        return said(eda_page, eda_findings, made)

    return {name: of(name) for name in SHOPS}


def test_of_days_neither_hours_nor_the_order_within_a_day_are_told(of_02):
    page, text = of_02["days"]
    reason = "These data have days, not hours: 144 of 144 events at midnight."
    told = {name for (_, name), why in page.reasons.items() if why == reason}
    assert told == {"routes", "hours", "night", "durations", "transitions"}
    assert f"The order of steps is not told. {reason}" in page.shown["figure", "funnel"]
    for word in ["hour", "night", "In order,", "in_order", "complete in", "ordered"]:
        assert word not in text
    assert "83.33% of 54 sessions and 100.00% of 16 users have a purchase" in text


@pytest.mark.parametrize(
    ("name", "absent"),
    [
        ("purchases", ["view", "seen", "cart", "buy_now", "onversion", "Buy-now"]),
        ("views", ["cart", "bought", "onversion", "buy_now", "Nobody"]),
        ("no carts", ["cart", "buy_now"]),
        ("no views", ["view", "seen"]),
        ("no purchases", ["bought", "onversion", "have a purchase", "Nobody"]),
    ],
)
def test_02_speaks_of_what_the_log_holds(of_02, name, absent):
    page, text = of_02[name]
    said = text.replace("bought_sessions", "").replace("closed_bought", "")
    said = said.replace("without_cart", "")
    assert [word for word in absent if word in said] == []
    assert ("figure", "hours") in page.shown


def test_the_way_is_that_of_the_steps_there_are(of_02):
    assert "the way from view to purchase of one product is complete in" in of_02["no carts"][1]
    assert "In order, one product seen, then bought (full)" in of_02["no carts"][1]
    assert "the way from cart to purchase" in of_02["no views"][1]
    reason = "There is no way to a purchase to be followed: all 54 events are of type purchase."
    assert of_02["purchases"][0].reasons["figure", "funnel"] == reason
