"""The cleaning ledger: rows in = rows out + rows set aside, by reason, to the last row."""

import ibis.expr.types as ir
import pandas as pd

from trackway.core.errors import InputError
from trackway.report import Page
from trackway.tables.sources.read import Raw

IN_FILES, STUDIED, DUPLICATES = "rows in the files", "events studied", "exact duplicates"


def refuse_many(rejects: pd.DataFrame, readable: int, most: float) -> None:
    """Stop when more than the share `most` of the rows cannot be read.

    Raises
    ------
    InputError
        With the share, the limit and the most frequent reason.
    """
    share = len(rejects) / (len(rejects) + readable)
    if share <= most:
        return
    reason, count = next(iter(rejects["reason"].value_counts().items()))
    first = rejects.sort_values("line").iloc[0]
    raise InputError(
        f"{len(rejects):,} of {len(rejects) + readable:,} rows ({share:.1%}) cannot be read, more "
        f"than sampling.max_rejects allows ({most:.1%}). The first is in {first['file']}, line "
        f"{first['line']}: {first['reason']}: {first['text'][:200]!r}. Most frequent, {count:,} "
        f"times: {reason}. Mend the file or sampling.mapping, or raise sampling.max_rejects if "
        "these rows may be left out."
    )


def refuse_none(rejects: pd.DataFrame, fate: pd.Series) -> None:
    """Stop when no row is kept.

    Parameters
    ----------
    fate : rows by fate, from `fates`

    Raises
    ------
    InputError
        With the reasons why rows were left out.
    """
    if fate.get("kept", 0):
        return
    left_out = pd.concat([_by_reason(rejects), fate])
    raise InputError(
        f"no event is left of {left_out.sum():,} rows: "
        + "; ".join(f"{reason}: {n:,}" for reason, n in left_out.items())
        + ". Check sampling.window, sampling.users and sampling.mapping."
    )


def _by_reason(rejects: pd.DataFrame) -> pd.Series:
    return rejects.groupby("reason", sort=True).size()


def fates(rows: ir.Table) -> pd.Series:
    """How many readable rows met which fate."""
    counts = rows.group_by("fate").agg(rows=rows.count().cast("int64")).order_by("fate")
    return counts.to_pandas().set_index("fate")["rows"]


def ledger(raw: Raw, fate: pd.Series, studied: int) -> pd.DataFrame:
    """Account for every row.

    Parameters
    ----------
    fate : rows by fate, from `fates`
    studied : events left after exact duplicates were dropped

    Returns
    -------
    DataFrame
        item, reason, rows, share (of the rows in the files). The first line is the rows in the
        files, the last the events studied; those between add up to the difference.
    """
    kept = int(fate.get("kept", 0))
    total = len(raw.rejects) + int(fate.sum())
    unreadable = _by_reason(raw.rejects)
    lines = [
        (IN_FILES, "", total),
        *[("cannot be read", reason, n) for reason, n in unreadable.items()],
        *[("set aside", reason, n) for reason, n in fate.items() if reason != "kept"],
        ("set aside", DUPLICATES, kept - studied),
        (STUDIED, "", studied),
    ]
    table = pd.DataFrame(lines, columns=["item", "reason", "rows"])
    if studied > kept or table["rows"].iloc[1:].sum() != total:
        raise AssertionError(f"the ledger does not add up:\n{table}")
    return table.assign(share=table["rows"] / total)


def rejects_by_reason(rejects: pd.DataFrame) -> pd.DataFrame:
    """Each reason with its count and its first line."""
    groups = rejects.groupby("reason", sort=True)
    first = groups.first()
    return pd.DataFrame(
        {
            "rows": groups.size(),
            "first_file": first["file"],
            "first_line": first["line"],
            "first_text": first["text"],
        }
    ).reset_index()


def show_rejects(page: Page, number: int, rejects: pd.DataFrame) -> None:
    """Table `number`, or the good news in its place."""
    if rejects.empty:
        page.cannot("Table", number, "rejects", "Every row of the files could be read.")
        return
    page.table(
        number,
        rejects_by_reason(rejects),
        "rejects",
        caption="Rows that cannot be read, by reason, each with its first line. All of them are in "
        "`data/interim/rejects.parquet`.",
    )


def show_fills(page: Page, number: int, catalogue: ir.Table, columns: list[str]) -> None:
    """Table `number`, or why there is nothing to fill; `catalogue` is filled already."""
    if not columns:
        page.cannot("Table", number, "fills", "The source has neither brands nor category names.")
        return
    caption = (
        "Where the values come from, for the rows that are kept: the row itself (`source`), or the "
        "policy that filled it."
    )
    page.table(
        number, fills(catalogue, {c: f"{c}_from" for c in columns}), "fills", caption=caption
    )


def fills(catalogue: ir.Table, columns: dict[str, str]) -> pd.DataFrame:
    """On how many rows a value came from the source, and on how many from which policy.

    Parameters
    ----------
    catalogue : of `events.catalogue`, filled
    columns : what a column is called -> the column in which `fills.fill` kept the policy
    """
    parts = []
    for name, column in columns.items():
        counts = catalogue.group_by(by=catalogue[column]).agg(rows=catalogue.rows.sum())
        parts.append(counts.to_pandas().assign(column=name))
    table = pd.concat(parts).fillna({"by": "left empty"})
    table["share"] = table["rows"] / table.groupby("column")["rows"].transform("sum")
    order = ["column", "rows", "by"]
    table = table.sort_values(order, ascending=[True, False, True], ignore_index=True)
    return table.rename(columns={"by": "value_from"})[["column", "value_from", "rows", "share"]]
