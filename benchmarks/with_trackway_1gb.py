"""The study's own way from the raw file to its tables, within a limit of 1 GB."""

from ibis.backends.duckdb import Backend

from benchmarks import with_trackway
from benchmarks.with_trackway import stop, tables

__all__ = ["start", "stop", "tables"]


def start() -> Backend:
    backend = with_trackway.start()
    backend.raw_sql("SET memory_limit = '1GB'")
    return backend
