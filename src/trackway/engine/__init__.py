"""The engine of all event-level work, reached through Ibis: the one door to it.

Tables are defined as Ibis expressions, lazily and once; `params.yaml: engine` says who computes
them. DuckDB, embedded, is the default (`embedded`); Spark takes over where one machine does not do
(`spark`); events that live in a warehouse can be looked at where they are (`warehouse`). Each is a
module with the same four functions - connect, read, store, write - and only the chosen one is
imported.

Where tables lie: in ``data/``, each a Parquet file, or at `engine.tables`.
"""

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import ibis.expr.types as ir
from ibis.backends.sql import SQLBackend
from ibis.common.exceptions import TableNotFound

from trackway.core import paths
from trackway.core.errors import InputError
from trackway.engine.embedded import spill
from trackway.params import section

TABLE = "table://"  # before the name of a table in the engine's own catalogue

__all__ = ["at", "coded", "connect", "parser", "read", "read_files", "spill", "store", "write"]


def connect() -> SQLBackend:
    """A connection to the engine that `params.yaml` names, in UTC.

    Raises
    ------
    InputError
        If the engine is not installed, or cannot be reached.
    """
    chosen = section("engine")
    return _named(chosen.name).connect(chosen)


def parser(backend: SQLBackend) -> SQLBackend:
    """A DuckDB that parses raw files for `backend`; that itself, where it is one.

    It alone keeps unreadable lines with their numbers.
    """
    from trackway.engine import embedded

    return backend if backend.name == "duckdb" else embedded.connect(section("engine"))


def read(backend: SQLBackend, name: str) -> ir.Table:
    """The table `name`, such as ``interim/events``, lazily."""
    place = _elsewhere(name) or paths.path(f"{name}.parquet")
    return _of(backend).read(backend, [place])


def read_files(backend: SQLBackend, files: list[Path]) -> ir.Table:
    """The rows of Parquet `files`, which share their columns, lazily."""
    return _of(backend).read(backend, files)


def at(backend: SQLBackend, place: str) -> ir.Table:
    """What lies at a URI: ``table://schema.name`` of the engine's own, else Parquet; lazily.

    Raises
    ------
    InputError
        If the engine cannot read it.
    """
    if place.startswith(TABLE):
        *schema, name = place.removeprefix(TABLE).split(".")
        try:
            return backend.table(name, database=".".join(schema) or None)
        except TableNotFound:
            raise InputError(f"{place}: the {backend.name} engine has no such table") from None
    if backend.name != "pyspark":
        raise InputError(f"{place}: DuckDB reads files; engine.name: spark reads such places")
    return read_files(backend, [place])


def store(table: ir.Table) -> ir.Table:
    """The same rows, computed once, for as long as the session lives; in no particular order."""
    return _of(table._find_backend()).store(table)


def coded(table: ir.Table, names: Sequence[str], values: Sequence[str] | None = None) -> ir.Table:
    """The same rows, in which DuckDB holds the texts of columns `names` as numbers.

    They compare as their texts do, and are sorted and written at half the cost.

    Parameters
    ----------
    values : all the texts there are in these columns
        Where they are left out, they are looked for in `table`, which is small then.
    """
    return _of(table._find_backend()).coded(table, names, values)


def write(
    table: ir.Table,
    name: str,
    order_by: list[str | ir.Value],
    number: str | None = None,
    distinct: bool = False,
    unwritten: Sequence[str] = (),
) -> None:
    """Write `table` as `name`, in the order of `order_by`, a total key.

    Parameters
    ----------
    number : name of a first column to add
        It holds the place of the row in that order, from 0.
    distinct : whether rows that agree in `order_by`, columns all, are one, and written once
        As such rows follow each other, DuckDB drops them as they pass by, at next to no cost.
    unwritten : columns that serve the order alone
    """
    place = _elsewhere(name) or paths.target(f"{name}.parquet")
    _of(table._find_backend()).write(table, place, order_by, number, distinct, unwritten)


def _elsewhere(name: str) -> str | None:
    tables = section("engine").tables
    return f"{tables}/{name}.parquet" if tables else None


def _named(name: str) -> ModuleType:
    if name == "warehouse":
        from trackway.engine import warehouse

        return warehouse
    if name == "duckdb":
        from trackway.engine import embedded

        return embedded
    try:
        from trackway.engine import spark
    except ModuleNotFoundError as error:
        raise InputError(
            f"engine.name is spark, but {error.name} is not installed: "
            "pip install -r requirements-spark.txt"
        ) from None
    return spark


def _of(backend: SQLBackend) -> ModuleType:
    return _named({"duckdb": "duckdb", "pyspark": "spark"}.get(backend.name, "warehouse"))
