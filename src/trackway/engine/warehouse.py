"""A warehouse that already holds the events: what Ibis can reach, computes where the rows are.

The place, with its password, is in the environment (`TRACKWAY_WAREHOUSE`), never in a file. Tables
are kept in one schema of the warehouse, `engine.tables`; results are tables there, too. PostgreSQL
is tried in `tests/test_warehouse.py`; docs/engines.md says what is not.
"""

import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import sqlglot as sg
import sqlglot.expressions as sge
from ibis.backends.sql import SQLBackend
from ibis.backends.sql.compilers.postgres import PostgresCompiler
from ibis.common.exceptions import TableNotFound
from ibis.util import gen_name

from trackway.core.errors import InputError
from trackway.engine.hexadecimal import is_hexadecimal
from trackway.params import section
from trackway.params.engine import Engine

URL = "TRACKWAY_WAREHOUSE"


def connect(chosen: Engine) -> SQLBackend:
    """A connection to the warehouse at `TRACKWAY_WAREHOUSE`.

    Raises
    ------
    InputError
        If the variable is not set, or nothing can be reached there.
    """
    url = os.environ.get(URL)
    if not url:
        raise InputError(
            f"engine.name is warehouse: set {URL} in the environment to where it is, such as "
            "postgres://user:password@host/database (docs/engines.md has others)"
        )
    kind = url.partition("://")[0]
    try:
        backend = ibis.connect(url)
    except ModuleNotFoundError as error:
        raise InputError(
            f"{URL} names a {kind} warehouse, whose driver is not installed ({error.name}); for "
            "PostgreSQL: pip install -r requirements-postgres.txt"
        ) from None
    except Exception as error:  # every driver has its own; none may show the password
        raise InputError(
            f"{URL} names a {kind} warehouse that cannot be reached: {type(error).__name__}; "
            "check host, database, user and password"
        ) from None
    if backend.name == "postgres":
        backend.compiler = Postgres()
    return backend


class Postgres(PostgresCompiler):
    """SQL for PostgreSQL, with what Ibis 12 does not know."""

    __slots__ = ()

    def visit_HexDigest(self, op, *, arg, how):
        if how != "md5":
            raise NotImplementedError(how)
        return self.f.md5(arg)

    def visit_Hash(self, op, *, arg):
        return self.f.anon.hashtextextended(self.cast(arg, dt.string), 0)

    def visit_TryCast(self, op, *, arg, to):
        """Null where the value does not fit: this PostgreSQL would raise."""
        kind, cast = op.arg.dtype, super().visit_Cast(op, arg=arg, to=to)
        if kind.is_string():
            cast, fits = self._of_text(arg, to)
        elif to.is_numeric() and kind.is_numeric():
            most = 2**63 - 2**10 if to.is_integer() else 10 ** (to.precision - to.scale) - 1
            fits = sge.Between(this=arg, low=sge.convert(-most), high=sge.convert(most))
        else:
            return cast
        return self.if_(fits, cast, sge.null())

    def _of_text(
        self, arg: sge.Expression, to: dt.DataType
    ) -> tuple[sge.Expression, sge.Expression]:
        """A text cast, and what is asked before."""
        if to.is_timestamp():
            day = self.f.anon.substring(arg, "^[0-9]+-[0-9]+-([0-9]+)")
            month = self.f.anon.substring(arg, "^[0-9]+-[0-9]+")
            last = (
                "extract(day from to_date(%s || '-01', 'YYYY-MM-DD') + interval '1 month -1 day')"
            )
            fits = sge.LTE(
                this=self.cast(day, dt.int32),
                expression=sg.parse_one(last % month.sql("postgres"), read="postgres"),
            )
            return self.cast(arg, to), fits
        plain = self.f.anon.regexp_like(arg, r"^\s*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)\s*$")
        number = self.cast(self.if_(plain, arg, sge.null()), dt.Decimal(None, None))
        if to.is_floating():
            return self.cast(number, to), plain
        most = 2**63 - 1 if to.is_integer() else 10 ** (to.precision - to.scale) - 1
        fits = sge.Between(this=number, low=sge.convert(-most), high=sge.convert(most))
        return self.cast(number, to), fits

    def visit_TimestampFromUNIX(self, op, *, arg, unit):
        if unit.short != "us":
            return super().visit_TimestampFromUNIX(op, arg=arg, unit=unit)
        micro = sge.Interval(this=sge.convert("1"), unit=sge.Var(this="MICROSECOND"))
        return self.f.to_timestamp(sge.convert(0)) + arg * micro  # by seconds, it would be rounded

    def visit_Cast(self, op, *, arg, to):
        if op.arg.dtype.is_boolean() and to.is_integer():  # only its 32-bit integers take a boolean
            arg = self.cast(arg, dt.int32)
        if is_hexadecimal(op):  # its bits, counted from the right
            digits = self.f.lpad(self.f.anon.substr(arg, 3), 16, "0")
            arg = sge.Cast(
                this=self.f.concat("x", digits), to=sge.DataType.build("bit(64)", "postgres")
            )
        return super().visit_Cast(op, arg=arg, to=to)


def read(backend: SQLBackend, places: list[Path | str]) -> ir.Table:
    """The table of that name, in the schema `engine.tables`."""
    place = places[0]
    if isinstance(place, Path):
        raise InputError(
            "a warehouse reads no files: name the table that holds the events, as in "
            "sampling.raw: table://clicks, or choose another engine.name"
        )
    schema, name = _table(place)
    try:
        return backend.table(name, database=schema)
    except TableNotFound:
        raise InputError(
            f"the warehouse has no table {name!r} in the schema {schema!r} (engine.tables); "
            "01_sampling makes it"
        ) from None


def store(table: ir.Table) -> ir.Table:
    """The same rows in a temporary table of the session."""
    return table._find_backend().create_table(gen_name("trackway"), table, temp=True)


def coded(table: ir.Table, names: Sequence[str], values: Sequence[str] | None = None) -> ir.Table:
    """`table` as it is: a warehouse sorts nothing that it keeps."""
    return table


def write(
    table: ir.Table,
    place: str,
    order_by: list[str | ir.Value],
    number: str | None = None,
    distinct: bool = False,
    unwritten: Sequence[str] = (),
) -> None:
    """Make, or replace, the table of that name; a table of a warehouse has no order of its own."""
    schema, name = _table(place)
    if distinct:  # Ibis's own would ask for a FIRST, which PostgreSQL has not
        nth = table.mutate(nth=ibis.row_number().over(group_by=order_by))
        table = nth.filter(nth.nth == 0).drop("nth")
    if number is not None:
        row = ibis.row_number().over(order_by=[table.bind(key)[0] for key in order_by])
        table = table.select(row.cast("int64").name(number), *table.columns)
    table = table.drop(*unwritten)
    table._find_backend().create_table(name, table, database=schema, overwrite=True)


def _table(place: str) -> tuple[str, str]:
    """``study/interim/events.parquet`` -> ("study", "events")."""
    return section("engine").tables, PurePosixPath(place).stem
