"""What we saw, in sentences and numbers that are true of any data."""

import pandas as pd

from trackway.core.cannot import Cannot, need, or_cannot
from trackway.core.escaping import safe, visible
from trackway.evaluation.intervals import wilson_of_counts
from trackway.report import phrases
from trackway.report.claims import Claim
from trackway.report.phrases import count
from trackway.report.references import figure, table
from trackway.sampling.heavy import Heavy
from trackway.sampling.study import Study
from trackway.tables.extent import FAR

LONG_DAYS, LONG_SHARE = 7, 0.1  # days without an event of which one must know, and of all days
LONGEST = 40  # characters of a value that is shown


def findings(study: Study) -> list[str]:
    """What the tables and figures of the notebook show, as sentences true of these data."""
    sentences = [*_rows(study), _lost(study), _stood_in(study), _returns(study)]
    sentences += [_far(study), _silence(study)]
    sentences += [_coarse(study), *(_heavy(one, study) for one in study.heavy)]
    sentences += [_open_at_end(study), _smallest_part(study)]
    return [sentence for sentence in sentences if isinstance(sentence, str)]


def _rows(study: Study) -> list[str]:
    book = study.ledger
    rows, studied = int(book["rows"].iloc[0]), int(book["rows"].iloc[-1])
    largest = book.iloc[1:-1].nlargest(1, "rows").iloc[0]
    shown = f"({table('ledger')})"
    sentences = [f"Of {rows:,} rows, {studied:,} ({studied / rows:.2%}) are studied {shown}."]
    if largest["rows"]:
        sentences.append(
            f"The largest loss, {largest['rows']:,} rows, has the reason "
            f"“{safe(largest['reason'])}” {shown}."
        )
    return sentences


def _lost(study: Study) -> str | None:
    """What cannot be read of rows that can: values by column and reason, and the first of each."""
    lost = study.rows.raw.lost
    if lost.empty:
        return None
    parts = []
    for (column, reason), rows in lost.groupby(["column", "reason"], sort=True):
        first = rows.iloc[0]
        line = "" if pd.isna(first["line"]) else f", line {first['line']:,}"
        parts.append(
            f"{count(rows['values'].sum(), 'value')} of {column} ({reason}; the first is "
            f"“{safe(visible(first['value'], LONGEST))}” in {safe(first['file'])}{line})"
        )
    return (
        "What could not be read in rows that otherwise can is missing there: "
        f"{'; '.join(parts)} ({table('ledger')})."
    )


def _stood_in(study: Study) -> str | None:
    raw, key = study.rows.raw, study.rows.found.schema.missing_user
    if not raw.stood_in:
        return None
    return (
        f"In {count(raw.stood_in, 'row')} without a user the `{key}` stands in; who comes again "
        f"without a name is then another user ({table('ledger')})."
    )


def _returns(study: Study) -> str | None:
    counts = study.counts
    if not counts.get("returns"):
        return None
    sold, back = counts["purchases"], counts["returns"]
    sentence = f"Beside {sold:,} lines bought, {back:,} were returned"
    if counts["priced"]:
        gross = counts["revenue"] + counts["returned"]
        share = f" ({counts['returned'] / gross:.1%})" if gross > 0 else ""
        sentence += (
            f": {counts['returned']:,.2f} of {gross:,.2f}{share} is taken off the revenue, "
            "whether or not the purchase lies in these data"
        )
    return f"{sentence} ({table('data_set')})."


@or_cannot
def _far(study: Study) -> str | Cannot:
    rows, known = study.rows, study.facts
    n = int(rows.fates.get(FAR, 0))
    if not n:
        return Cannot("No time is far from all others.")
    named = ", ".join(
        f"{row.event_time:%Y-%m-%d %H:%M:%S} (user {row.user_id}, product {row.product_id})"
        for row in rows.far.itertuples()
    )
    more = f" and {n - len(rows.far):,} more" if n > len(rows.far) else ""
    return (
        f"{count(n, 'row')} far in time from all others, which lie between {known.first:%Y-%m-%d} "
        f"and {known.last:%Y-%m-%d}, {'is' if n == 1 else 'are'} set aside: {named}{more} (UTC; "
        f"`sampling.far` says what is far; {table('ledger')})."
    )


@or_cannot
def _silence(study: Study) -> str | Cannot:
    """The longest hole in the days that are studied, where one must know of it."""
    days = study.rows.days
    holes = pd.Series(days.index, days.index).diff().sub(1)
    empty, span = holes.max(), days.index[-1] - days.index[0] + 1
    if not empty >= max(LONG_DAYS, LONG_SHARE * span):
        return Cannot("There is no long silence.")
    after = int(holes.idxmax())
    start, end = (f"{pd.Timestamp(day, unit='D'):%Y-%m-%d}" for day in (after - empty, after - 1))
    later = int(days.loc[after:].sum())
    return (
        f"Nothing is recorded from {start} to {end}, {empty:.0f} of {span:,} days; {later:,} of "
        f"{days.sum():,} rows lie after it. What hangs on the end of the data hangs on these "
        f"({figure('over_time')})."
    )


@or_cannot
def _coarse(study: Study) -> str | Cannot:
    known, what = study.facts, study.facts.resolution
    if not isinstance(enough := known.times_tell("minute"), Cannot):
        if what.at_midnight < LONG_SHARE * known.events:
            return Cannot("The times tell as much as is asked of them.")
        return (
            f"{what.at_midnight:,} of {known.events:,} events are at midnight, local time: of "
            "these the hour may not be known."
        )
    sentence = f"{enough.reason} Nothing is said of what would need more"
    if known.equal_rows:
        sentence += (
            f"; {count(known.equal_rows, 'row')} that agreed with another in all, the "
            f"{what.time_unit} included, may have been events of their own"
        )
    return f"{sentence} ({table('ledger')})."


def _heavy(one: Heavy, study: Study) -> str:
    named = f"One {one.kind}, {safe(one.name)}, holds {one.events:,}"
    held = f"{named} of {study.facts.events:,} events ({one.share:.1%})"
    untold = study.facts.times_tell("minute")
    if one.kind == "product" or isinstance(untold, Cannot):
        return f"{held} ({table('data_set')})."
    verdict = "nothing here tells it from a person"
    if one.is_unlike_a_person:
        verdict = "no person is like that, so it is a program, or many people under one name"
    return (
        f"{held}: {one.per_hour:,.1f} in each hour with any, in {one.hours_of_day} of 24 hours of "
        f"the day, several views in {one.at_once:.1%} of its instants; {verdict} "
        f"({table('data_set')})."
    )


def _open_at_end(study: Study) -> str:
    counts = study.counts
    return (
        f"{counts['open_at_end']:,} of {counts['sessions']:,} sessions were still open when the "
        f"data end; their outcome is not known ({table('data_set')})."
    )


@or_cannot
def _smallest_part(study: Study) -> str:
    parts = need(study.subsamples)
    smallest = parts[parts["share"] == parts["share"].min()]
    worst = smallest.loc[smallest["off"].abs().idxmax()]
    return (
        f"On {worst['share']:.0%} of the users, {worst['users']:,}, {smallest['within'].sum()} of "
        f"{len(smallest)} figures have the whole's in their interval; the farthest off is "
        f"{worst['figure']}, by {worst['off']:+.1%} ({figure('compared')})."
    )


def claims(study: Study) -> list[Claim]:
    """What later steps lean on: few visits cut short, and samples that tell what all users tell."""
    sessions = study.counts["sessions"]
    still_open = study.counts["open_at_end"] / sessions
    buyers = _buyers_of_samples(study)
    holds, evidence = (None, buyers.reason) if isinstance(buyers, Cannot) else buyers
    return [
        Claim(
            name="few-visits-are-cut-short",
            text="The end of the data cuts short fewer than one visit in a hundred.",
            holds=still_open < 0.01,
            evidence=f"{still_open:.3%} of {sessions:,} sessions ({table('data_set')}).",
        ),
        Claim(
            name="a-sample-tells-the-buyers",
            text="A sample of the users tells the share of buyers as well as its interval says.",
            holds=holds,
            evidence=f"{evidence.rstrip('.')} ({table('compared')}).",
        ),
    ]


@or_cannot
def _buyers_of_samples(study: Study) -> tuple[bool, str] | Cannot:
    parts = need(study.subsamples)
    parts = parts[parts["figure"] == "share of users who buy"]
    if parts.empty:
        return Cannot("Nobody bought anything.")
    shares = [
        f"{row.share:.0%} of the users: {phrases.interval(row.value, row.low, row.high, '.2%')}"
        for row in parts.itertuples()
    ]
    whole = f"all: {parts['whole'].iloc[0]:.2%}"
    return bool(parts["within"].all()), "; ".join([*shares, whole])


def headlines(study: Study) -> dict[str, str]:
    """What the index page shows."""
    counts = study.counts
    return {
        "Events": f"{counts['events']:,}",
        "Users": f"{counts['users']:,}",
        "Sessions with a purchase": f"{_bought_share(study):.1%}",
    }


def metrics(study: Study) -> dict:
    """The numbers worth comparing between two runs."""
    book, counts = study.ledger, study.counts
    names = ["events", "users", "sessions", "products", "purchases", "buyers"]
    _, low, high = wilson_of_counts(counts["buyers"], counts["users"])
    return {
        "rows_in": int(book["rows"].iloc[0]),
        "rows_unreadable": int(book.loc[book["item"] == "cannot be read", "rows"].sum()),
        "rows_set_aside": int(book.loc[book["item"] == "set aside", "rows"].sum()),
        **{name: int(counts[name]) for name in names},
        "buyers_share": {"value": counts["buyers"] / counts["users"], "low": low, "high": high},
        "bought_share": _bought_share(study),
        "open_at_end_share": counts["open_at_end"] / counts["sessions"],
    }


def _bought_share(study: Study) -> float:
    return study.counts["sessions_with_purchase"] / study.counts["sessions"]
