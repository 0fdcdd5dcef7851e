"""The cleaning ledger: rows in = rows out + rows set aside, by reason, to the last row."""

import ibis.expr.types as ir
import pandas as pd

from trackway.tables.sources.read import Raw

IN_FILES, STUDIED, DUPLICATES = "rows in the files", "events studied", "exact duplicates"


def _by_reason(rejects: pd.DataFrame) -> pd.Series:
    return rejects.groupby("reason", sort=True).size()


def ledger(
    raw: Raw, fates: pd.Series, studied: int, duplicates: str | tuple[str, ...] | None = None
) -> pd.DataFrame:
    """Account for every row.

    Parameters
    ----------
    fates : rows by fate, from `events.fates`
    studied : events left after duplicates were dropped
    duplicates : `sampling.mapping.duplicates`, what duplicates agree in

    Returns
    -------
    DataFrame
        item, reason, rows, share (of the rows in the files). The first line is the rows in the
        files, the last the events studied; those between add up to the difference.
    """
    kept = int(fates.get("kept", 0))
    total = len(raw.rejects) + int(fates.sum())
    unreadable = _by_reason(raw.rejects)
    lines = [
        (IN_FILES, "", total),
        *[("cannot be read", reason, n) for reason, n in unreadable.items()],
        *[("set aside", reason, n) for reason, n in fates.items() if reason != "kept"],
        ("set aside", _alike(duplicates), kept - studied),
        (STUDIED, "", studied),
    ]
    table = pd.DataFrame(lines, columns=["item", "reason", "rows"])
    if studied > kept or table["rows"].iloc[1:].sum() != total:
        raise AssertionError(f"the ledger does not add up:\n{table}")
    return table.assign(share=table["rows"] / total)


def _alike(duplicates: str | tuple[str, ...] | None) -> str:
    by_key = isinstance(duplicates, tuple)
    return f"the same {', '.join(duplicates)} as an earlier row" if by_key else DUPLICATES


def rejects_by_reason(rejects: pd.DataFrame) -> pd.DataFrame:
    """Each reason with its count and its first line."""
    order = ["reason", "file", "line", "text"]  # a total one: the first is the same everywhere
    groups = rejects.sort_values(order, kind="stable").groupby("reason", sort=True)
    first = groups.first()
    return pd.DataFrame(
        {
            "rows": groups.size(),
            "first_file": first["file"],
            "first_line": first["line"],
            "first_text": first["text"],
        }
    ).reset_index()


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
