"""The best SQL for DuckDB that we could write by hand; `convert` is the raw file's floor.

It takes what the study's definitions may not: that this file's sessions are all its own, that a
line that cannot be read may be passed over, and that no other engine has to understand it.
"""

from pathlib import Path

import duckdb

from benchmarks import features_sql
from benchmarks.tasks import Inputs
from trackway import engine
from trackway.params import section


def start() -> duckdb.DuckDBPyConnection:
    chosen = section("engine")
    limits = {"threads": chosen.threads, "memory_limit": chosen.memory}
    connection = duckdb.connect(config=limits | {"temp_directory": str(engine.spill())})
    connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
    return connection


def stop(connection: duckdb.DuckDBPyConnection) -> None:
    connection.close()


def convert(connection: duckdb.DuckDBPyConnection, inputs: Inputs, out: Path) -> None:
    connection.execute("SET preserve_insertion_order = false")
    _copy(connection, f"SELECT * FROM {raw(inputs, key='VARCHAR')}", out / "events", "zstd")


def tables(connection: duckdb.DuckDBPyConnection, inputs: Inputs, out: Path) -> None:
    connection.execute(
        f"""
        CREATE TEMP TABLE kept AS SELECT DISTINCT * REPLACE (
            CASE event_type WHEN 'remove_from_cart' THEN 'remove' ELSE event_type END AS event_type)
        FROM {raw(inputs)};
        CREATE TEMP TABLE brands AS {_usual("product_id", "brand")};
        CREATE TEMP TABLE codes AS {_usual("category_id", "category_code")};
        CREATE TEMP TABLE visits AS SELECT user_id, user_session,
            row_number() OVER (ORDER BY user_id, started, user_session) - 1 AS session_id
        FROM (SELECT user_id, user_session, min(event_time) AS started FROM kept GROUP BY ALL)
        """
    )
    filled = f"""
        SELECT session_id, kept.user_id, event_time, event_type, product_id, category_id,
            coalesce(kept.category_code, codes.category_code, 'unknown') AS category_code,
            coalesce(kept.brand, brands.brand, 'unknown') AS brand, price
        FROM kept JOIN visits USING (user_id, user_session)
        LEFT JOIN brands USING (product_id) LEFT JOIN codes USING (category_id)
        ORDER BY session_id, event_time, {RANK}, {", ".join(TIE_BREAK)}
    """
    numbered = f"SELECT row_number() OVER () - 1 AS event_id, * FROM ({filled})"
    _copy(connection, numbered, out / "events", "zstd")
    events = f"read_parquet('{out / 'events.parquet'}')"
    _copy(connection, f"{session_table(events)} ORDER BY session_id", out / "sessions", "zstd")


def sessions(connection: duckdb.DuckDBPyConnection, inputs: Inputs, out: Path) -> None:
    _copy(connection, session_table(f"'{inputs.events}'"), out / "answer")


def plain(connection: duckdb.DuckDBPyConnection, inputs: Inputs, out: Path) -> None:
    _copy(connection, features_sql.plain(inputs), out / "answer")


def features(connection: duckdb.DuckDBPyConnection, inputs: Inputs, out: Path) -> None:
    _copy(connection, features_sql.before_first_purchase(inputs), out / "answer")


def prefixes(connection: duckdb.DuckDBPyConnection, inputs: Inputs, out: Path) -> None:
    _copy(connection, features_sql.at_moments(inputs), out / "answer")


def rfm(connection: duckdb.DuckDBPyConnection, inputs: Inputs, out: Path) -> None:
    kinds = {"views": "view", "favorites": "favorite", "carts": "cart", "removes": "remove"}
    counts = [
        f"count(*) FILTER (event_type = '{kind}') AS n_{name}" for name, kind in kinds.items()
    ]
    sums = [f"sum(n_{name})::BIGINT AS n_{name}" for name in ["events", *kinds, "purchases"]]
    query = f"""
        SELECT user_id, min(first) AS first_seen, max(last) AS last_seen,
            min(first_order) AS first_order_at, max(last_order) AS last_order_at,
            count(*) AS n_sessions, count(first_order) AS n_orders, {", ".join(sums)},
            coalesce(sum(money), 0)::DOUBLE AS money
        FROM (
            SELECT user_id, min(event_time) AS first, max(event_time) AS last,
                min(event_time) FILTER (event_type = 'purchase') AS first_order,
                max(event_time) FILTER (event_type = 'purchase') AS last_order,
                count(*) AS n_events, count(*) FILTER (event_type = 'purchase') AS n_purchases,
                sum(price) FILTER (event_type = 'purchase') AS money, {", ".join(counts)}
            FROM '{inputs.events}' GROUP BY session_id, user_id)
        GROUP BY 1
    """
    _copy(connection, query, out / "answer")


def baskets(connection: duckdb.DuckDBPyConnection, inputs: Inputs, out: Path) -> None:
    query = f"""
        SELECT basket, "user", item::VARCHAR AS item,
            row_number() OVER (PARTITION BY basket ORDER BY first) - 1 AS place
        FROM (
            SELECT session_id AS basket, any_value(user_id) AS "user", product_id AS item,
                min(event_id) AS first
            FROM '{inputs.events}' WHERE event_type = 'view' GROUP BY session_id, product_id)
    """
    _copy(connection, query, out / "answer")


def pairs(connection: duckdb.DuckDBPyConnection, inputs: Inputs, out: Path) -> None:
    query = f"""
        SELECT event_type AS now, next, count(*) AS pairs,
            count(*) FILTER (event_time = next_at) AS same_instant
        FROM (
            SELECT event_type, event_time, lead(event_type) OVER visit AS next,
                lead(event_time) OVER visit AS next_at
            FROM '{inputs.events}'
            WINDOW visit AS (PARTITION BY session_id ORDER BY event_id))
        WHERE next IS NOT NULL GROUP BY ALL
    """
    _copy(connection, query, out / "answer")


TIE_BREAK = ["product_id", "category_id", "category_code", "brand", "price"]
RANK = (
    "CASE event_type WHEN 'view' THEN 0 WHEN 'favorite' THEN 1 WHEN 'cart' THEN 2 "
    "WHEN 'remove' THEN 3 ELSE 4 END"
)


def raw(inputs: Inputs, key: str = "UUID") -> str:
    """The file's rows, typed; with `key` UUID what follows is quicker, with VARCHAR the reading."""
    columns = {
        "event_time": "TIMESTAMPTZ",
        "event_type": "VARCHAR",
        "product_id": "BIGINT",
        "category_id": "BIGINT",
        "category_code": "VARCHAR",
        "brand": "VARCHAR",
        "price": "DECIMAL(12,2)",
        "user_id": "BIGINT",
        "user_session": key,
    }
    return (
        f"read_csv('{inputs.raw}', auto_detect = false, header = true, delim = ',', quote = '\"', "
        f"escape = '\"', columns = {columns}, ignore_errors = true)"
    )


def _usual(key: str, column: str) -> str:
    """The most frequent value of `column` by `key`; of several the first in the alphabet."""
    return f"""
        SELECT {key}, arg_max({column}, (n, -place)) AS {column} FROM (
            SELECT *, rank() OVER (ORDER BY {column}) AS place FROM (
                SELECT {key}, {column}, count(*) AS n FROM kept
                WHERE {column} IS NOT NULL GROUP BY ALL))
        GROUP BY 1
    """


def session_table(events: str) -> str:
    kinds = ["view", "favorite", "cart", "remove", "purchase"]
    counts = [f"count(*) FILTER (event_type = '{kind}') AS n_{kind}s" for kind in kinds]
    gap = section("sampling").gap
    return f"""
        SELECT * EXCLUDE priced REPLACE (
                CASE WHEN priced > 0 THEN coalesce(revenue, 0) END AS revenue),
            epoch_us(ended - started) / 1e6 AS duration_s,
            first_purchase_at IS NOT NULL AS bought,
            (SELECT max(event_time) FROM {events}) - ended <= INTERVAL '{gap}' AS open_at_end
        FROM (
            SELECT session_id, any_value(user_id) AS user_id, min(event_time) AS started,
                max(event_time) AS ended, count(*) AS n_events, {", ".join(counts)},
                count(DISTINCT product_id) AS n_products, count(price) AS priced,
                sum(price) FILTER (event_type = 'purchase') AS revenue,
                min(event_time) FILTER (event_type = 'purchase') AS first_purchase_at
            FROM {events} GROUP BY session_id)
    """


def _copy(
    connection: duckdb.DuckDBPyConnection, query: str, file: Path, compression: str = "lz4_raw"
) -> None:
    target = f"{file}.parquet"
    connection.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet, COMPRESSION {compression})")
