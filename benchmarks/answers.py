"""Do all contenders find the same? Every value of an answer goes into one number."""

from pathlib import Path

import duckdb

from benchmarks.tasks import BOOL, FLOAT, INT, MONEY, TEXT, TIME, Task

# Engines write one value in several types; these make it one text. A float keeps 12 digits.
ONE_TEXT = {
    INT: "{}::BIGINT::VARCHAR",
    TIME: "epoch_us({}::TIMESTAMPTZ)::VARCHAR",
    MONEY: "round({} * 100)::BIGINT::VARCHAR",
    FLOAT: "printf('%.12g', {}::DOUBLE)",
    TEXT: "{}::VARCHAR",
    BOOL: "{}::BOOLEAN::INTEGER::VARCHAR",
}


def digest(task: Task, folder: Path) -> str:
    """Rows and a sum of the rows' hashes, which no order of rows changes.

    Where an answer promises numbers by position, such as ``event_id``, they are among its columns.
    """
    parts = [_digest(folder / name, columns) for name, columns in task.answer.items()]
    return "; ".join(parts)


def _digest(place: Path, columns: dict[str, str]) -> str:
    files = f"{place}/*.parquet" if place.is_dir() else f"{place}.parquet"  # Spark writes folders
    values = [ONE_TEXT[kind].format(f'"{name}"') for name, kind in columns.items()]
    texts = [f"coalesce({value}, '')" for value in values]
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        rows, total = connection.execute(
            f"SELECT count(*), sum(hash(concat_ws('|', {', '.join(texts)}))) "
            f"FROM read_parquet('{files}')"
        ).fetchone()
    return f"{rows:,} rows, {int(total or 0) % 2**64:016x}"
