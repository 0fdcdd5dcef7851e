"""The clock on the shop's wall. Everything is kept in UTC; local time is looked at only here."""

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir


# Ibis 12 compiles a cast to another zone into one that keeps UTC, so DuckDB's function is named.
@ibis.udf.scalar.builtin(name="timezone")
def _wall_clock(zone: str, moment: dt.Timestamp("UTC", 6)) -> dt.timestamp: ...


def local(moment: ir.TimestampValue, timezone: str) -> ir.TimestampValue:
    """`moment` (UTC) as the clock on the shop's wall showed it, without a zone."""
    return _wall_clock(timezone, moment)
