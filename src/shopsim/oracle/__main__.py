"""The stage `oracle`: what could be known at best of each visit of the simulated shop.

``python -m shopsim.oracle`` simulates the shop of `params.yaml` again and writes its oracle's
answers to ``data/interim/oracle``. Of real data, and of files of Taobao's form, it has none; the
tables are then empty.
"""

import sys

import pyarrow as pa
import pyarrow.parquet as pq

from shopsim.oracle import tables, users
from shopsim.oracle.replay import replay
from shopsim.world import World
from trackway import engine, params
from trackway.core import paths
from trackway.core.errors import InputError
from trackway.evaluation.splits import TimeSplit
from trackway.pipeline import environment, stage
from trackway.tables import truth, user_sampling
from trackway.tables.facts import facts


def main() -> None:
    with stage.running("oracle", replaced=[f"data/{truth.ORACLE}"]):
        for name, table in answers().items():
            file = paths.target(f"{truth.ORACLE}/{name}.parquet")
            pq.write_table(table, file, compression="zstd")


def answers() -> dict[str, pa.Table]:
    """The tables of `tables.SCHEMAS`, empty where the data under study have no oracle.

    Raises
    ------
    InputError
        If the demo that lies there is not that of `params.yaml`.
    """
    demo, shared = params.section("demo"), params.section("shared")
    if not facts().simulated or demo.shape != "rees46":
        return {name: schema.empty_table() for name, schema in tables.SCHEMAS.items()}
    shop = replay(World.of(demo, shared.seed))
    tables.refuse_another(shop, truth.read("sessions"))
    backend = engine.connect()
    events, sessions = (engine.read(backend, f"interim/{name}") for name in ("events", "sessions"))
    split = TimeSplit.of_table(sessions, **shared.split.model_dump())
    moments = params.section("intent.moments")
    scored = user_sampling.first_users(
        users.scored(events, sessions, split, moments),
        params.section("intent.oracle_users"),
        shared.seed,
    )
    most = params.section("sequences.max_examples")
    followed = users.followed(events, split, most, shared.seed)
    asked = [str(moment) for moment in moments]
    answered = {
        "purchases": tables.purchases(shop, users.ids(scored), asked),
        "next_actions": tables.next_actions(shop, users.ids(followed)),
    }
    return {
        name: pa.Table.from_pandas(answered[name], schema, preserve_index=False)
        for name, schema in tables.SCHEMAS.items()
    }


if __name__ == "__main__":
    try:
        environment.begin_anew(params.section("engine"))
        main()
    except InputError as error:
        sys.exit(f"oracle: {error}")
    except OSError as error:  # such as a full disk
        sys.exit(f"oracle: not written, and nothing replaced: {error}")
