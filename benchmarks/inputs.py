"""The files the contenders start from, made once per size by the study itself."""

import shutil
from pathlib import Path

import duckdb

from benchmarks import child
from benchmarks.tasks import Inputs
from shopsim.__main__ import main as make_shop


def of_size(rows: int, place: Path) -> Inputs:
    """A simulated month of about `rows` rows in REES46's form, and its tables, below `place`."""
    folder = place / str(rows)
    if not list(folder.glob("shop/*.csv")):
        make_shop(["--events", str(rows), "--days", "31", "--to", str(folder / "shop")])
    (raw,) = folder.glob("shop/*.csv")
    return of_file(raw, folder)


def of_file(raw: Path, folder: Path) -> Inputs:
    """`raw`, one CSV file in REES46's form, and its tables in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    inputs = Inputs(raw, folder / "events.parquet", folder / "sessions.parquet")
    if not inputs.sessions.exists():
        child.run("tables", "trackway", inputs, folder)
    return inputs


VARIANTS = 56  # of each of the simulated shop's 3,000 products: as many as REES46 has, 168,000


def of_many_products(inputs: Inputs, folder: Path) -> Path:
    """Tables like those of `inputs`, in `folder`, where each product comes in `VARIANTS`.

    Which of them a user meets is drawn by a hash of user and product, the first ones more often: so
    they are rarer than the products of a real shop that size, and less seems to be known of them.
    """
    if not (folder / "sessions.parquet").exists():
        folder.mkdir(parents=True, exist_ok=True)
        variant = f"floor({VARIANTS} * power(hash(user_id, product_id) / power(2.0, 64), 2))"
        duckdb.sql(
            f"""COPY (SELECT * REPLACE (product_id * {VARIANTS} + {variant}::BIGINT AS product_id)
            FROM '{inputs.events}') TO '{folder / "events.parquet"}' (COMPRESSION zstd)"""
        )
        shutil.copy(inputs.sessions, folder / "sessions.parquet")
    return folder
