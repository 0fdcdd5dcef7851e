"""What the page on the sample shows: each figure and table with its words, computed."""

from trackway.core.cannot import Cannot, need
from trackway.report import Page, exhibits
from trackway.report.exhibits import Figure, Table
from trackway.sampling import ledger as books
from trackway.sampling import plots
from trackway.sampling.study import Study
from trackway.sampling.subsamples import LEVEL
from trackway.tables import summary
from trackway.tables.build import Rows
from trackway.tables.sources import files as sources
from trackway.tables.sources.files import Found
from trackway.tables.sources.read import Raw


def source(page: Page, found: Found) -> None:
    """Which files are read, and why these."""
    page.say(sources.sentence(found))


@exhibits.table("files")
def files(found: Found) -> Table:
    """The files and their sizes."""
    return Table(sources.described(found), caption="The files read.", digits=1)


@exhibits.table("rejects")
def rejects(raw: Raw) -> Table | Cannot:
    """What cannot be read, by reason; or the good news in its place."""
    if raw.rejects.empty:
        return Cannot("Every row of the files could be read.")
    return Table(
        books.rejects_by_reason(raw.rejects),
        caption="Rows that cannot be read, by reason, each with its first line. All of them are in "
        "`data/interim/rejects.parquet`.",
    )


@exhibits.table("fills")
def fills(rows: Rows) -> Table | Cannot:
    """Where the names come from."""
    if not rows.policies:
        return Cannot("The source has neither brands nor category names.")
    return Table(
        books.fills(rows.filled, {name: f"{name}_from" for name in rows.policies}),
        caption="Where the values come from, for the rows that are kept: the row itself "
        "(`source`), or the policy that filled it.",
    )


@exhibits.figure("pauses")
def pauses(study: Study) -> Figure | Cannot:
    """Pauses by length, with the gap."""
    need(study.facts.times_tell("minute"))
    bins, gap = study.pauses, study.rows.gap
    zero = int(bins.loc[bins["from_s"] == 0, "pauses"].sum())
    total = int(bins["pauses"].sum())
    if total == zero:
        return Cannot(
            f"No user pauses between two events: {total:,} pauses, {zero:,} of them of 0 s."
        )
    longer = bins["longer"].sum() / total
    cut = "The line is the gap at which we cut."
    if study.rows.from_source:
        cut = "The sessions are the source's own; the line is where we would have cut."
    return Figure(
        plots.plot_pauses(bins, gap),
        caption=f"Pauses between neighbouring events of one user. {cut} {longer:.1%} of {total:,} "
        f"pauses are longer; {zero:,} of 0 s have no place on a log axis and are not shown.",
        alt=f"Histogram of pauses between a user's events on a log axis, with a line at {gap}.",
    )


@exhibits.table("ledger")
def ledger(study: Study) -> Table:
    """Every row of the files, and what became of it."""
    return Table(
        study.ledger,
        digits={"share": 4},
        caption="Every row of the files and what became of it; the lines between the first and the "
        "last add up to the difference.",
    )


@exhibits.table("data_set")
def data_set(study: Study) -> Table:
    """What is studied, in a few numbers."""
    return Table(summary.described(study.counts), caption=f"The data set: {study.facts.label}.")


@exhibits.figure("over_time")
def over_time(study: Study) -> Figure | Cannot:
    """Events over time, in the coarsest unit that still shows something."""
    source, unit, counts = study.facts, study.unit, study.over_time
    if len(counts) < 2:
        return Cannot(f"All events lie within one {unit}, from {source.first} to {source.last}.")
    covered = f"{source.days:.1f} days."
    if source.days < 1:
        covered = f"{source.hours:.1f} hours, so nothing can be said of days, weeks or seasons."
    return Figure(
        plots.plot_over_time(counts, unit, source.timezone),
        caption=f"Events per {unit}, local time ({source.timezone}). The data cover {covered}",
        alt=f"Number of events per {unit} from the first to the last event.",
    )


@exhibits.table("compared")
def subsamples(study: Study) -> Table:
    """Figures on part of the users beside those on all."""
    table = need(study.subsamples)
    return Table(
        table.assign(within=table["within"].map({True: "yes", False: "no"})),
        digits={"share": 2, "off": 3} | dict.fromkeys(["value", "low", "high", "whole"], 4),
        caption="Figures on a `share` of the users, with 95 % intervals for what all users would "
        f"give, and what they do give (`whole`). {_held(study)} Money is in shop currency.",
    )


@exhibits.figure("compared")
def subsample_deviations(study: Study) -> Figure:
    """The same as deviations from the figure of all users."""
    return Figure(
        plots.plot_subsamples(need(study.subsamples)),
        caption="How far each figure on part of the users lies from that on all. " + _held(study),
        alt="Points with intervals: relative deviation of each figure from that of all users.",
    )


def _held(study: Study) -> str:
    """How many intervals hold the whole, and how many should."""
    table, share = need(study.subsamples), study.run.settings.users
    drawn = "All users are studied here" if share == 1 else f"{share:.0%} are studied here"
    return (
        f"{table['within'].sum()} of {len(table)} intervals hold the figure of all users; at "
        f"{LEVEL:.0%}, about {LEVEL * len(table):.0f} should. {drawn}."
    )


@exhibits.table("marginals")
def marginals(study: Study) -> Table:
    """The simulated shop beside the real one that it imitates."""
    table = need(study.likeness)
    within = (table["within"] == "yes").sum()
    return Table(
        table,
        digits=2,
        caption=f"The simulated shop beside published figures of REES46: {within} of {len(table)} "
        "lie within their tolerance. Sources: the `month` of October 2019, 42.4 million events, "
        "and its `head`, 17,434. They differ in extent, so that no shop meets all of them at once "
        "(docs/demo.md).",
    )
