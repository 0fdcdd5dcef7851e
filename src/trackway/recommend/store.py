"""The fitted towers as files that any other system can read: Parquet and safetensors, no pickle.

``data/processed/recommend/``:

- ``products.parquet``: product_id (and ``product_text``, where the shop's own id is a text), its
  names, price, popularity (0 to 1), codes of its attributes, and ``vector``;
- ``users.parquet``: user_id, segment, ``latest`` (products met, newest first), ``vector``;
- ``segments.parquet``: segment, product_id, popularity: the most popular of each segment;
- ``towers.safetensors``: what turns latest products into a user's vector, so that users who come
  later have one;
- ``card.json``: from what it was made and how good it is.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet
from safetensors.numpy import load_file, save

from trackway.core import paths
from trackway.core.errors import InputError
from trackway.recommend.models.counts import InSegment, Popular
from trackway.recommend.models.towers import TwoTowers
from trackway.recommend.snapshot import Snapshot
from trackway.recommend.walks import NONE

FOLDER = "processed/recommend"
ROWS = 50_000  # users written at once: of five times as many the writer holds half a gigabyte
IN_SEGMENT = 50  # most popular products kept of each segment
CODES = ["category_number", "brand_number", "price_level"]


@dataclass(frozen=True)
class UserTower:
    """The user's side of the towers, in numpy.

    Attributes
    ----------
    read : float32 array, shape (N, D), what the tower reads of each product
    weights : the two layers: ``0.weight`` (H, 2D), ``0.bias``, ``2.weight`` (D, H), ``2.bias``
    """

    read: np.ndarray
    weights: dict[str, np.ndarray]

    def vector(self, latest: np.ndarray) -> np.ndarray:
        """The vector of a user from product numbers, newest first; shape (D,)."""
        size = self.read.shape[1]
        context = np.zeros(2 * size, dtype=np.float32)
        if len(latest):
            context[:size] = self.read[latest].mean(axis=0)
            context[size:] = self.read[latest[0]]
        hidden = np.maximum(self.weights["0.weight"] @ context + self.weights["0.bias"], 0)
        return self.weights["2.weight"] @ hidden + self.weights["2.bias"]


@dataclass(frozen=True)
class Stored:
    """What `write` wrote, read again.

    Attributes
    ----------
    products : DataFrame, in order of product_id
    vectors : float32 array, shape (N, D)
    users : DataFrame, indexed by user_id: segment, latest (product ids)
    in_segment : segment -> numbers of its most popular products, best first
    tower : UserTower
    """

    products: pd.DataFrame
    vectors: np.ndarray
    users: pd.DataFrame
    in_segment: dict[str, np.ndarray]
    tower: UserTower


def write(
    towers: TwoTowers, popular: Popular, segment: InSegment, snapshot: Snapshot, card: dict
) -> None:
    """Write the files; every row in order of its id."""
    products = snapshot.history.products.drop(columns="known")
    codes = pd.DataFrame(snapshot.profile.codes, columns=CODES)
    table = pd.concat([products, codes], axis=1)
    table = pa.Table.from_pandas(table.assign(popularity=popular.popular), preserve_index=False)
    _parquet([table.append_column("vector", _lists(towers.vectors))], "products")
    _parquet(_users(towers, snapshot), "users")
    _parquet([pa.Table.from_pandas(_segments(segment, snapshot), preserve_index=False)], "segments")
    file = paths.target(f"{FOLDER}/towers.safetensors")
    file.write_bytes(save(_weights(towers)))
    text = json.dumps(card, indent=2, sort_keys=True, ensure_ascii=False)
    paths.target(f"{FOLDER}/card.json").write_text(text + "\n", encoding="utf-8")


def _users(towers: TwoTowers, snapshot: Snapshot) -> Iterator[pa.Table]:
    ids = snapshot.history.products["product_id"].to_numpy()
    seen = np.flatnonzero(towers.contexts[:, 0] != NONE)
    names = np.array(snapshot.names, dtype=object)
    for begin in range(0, max(len(seen), 1), ROWS):
        some = seen[begin : begin + ROWS]
        contexts = towers.contexts[some]
        met = contexts != NONE  # the newest first, so that what is there stands in front
        ends = np.append(0, np.cumsum(met.sum(axis=1))).astype(np.int32)
        columns = {
            "user_id": snapshot.history.users[some],
            "segment": pa.array(names[snapshot.segment[some]], pa.string()),
            "latest": pa.ListArray.from_arrays(ends, ids[contexts[met]]),
            "vector": _lists(towers.users(contexts)),
        }
        yield pa.table(columns)


def _lists(vectors: np.ndarray) -> pa.ListArray:
    n, size = vectors.shape
    ends = np.arange(0, n * size + 1, size, dtype=np.int32)
    return pa.ListArray.from_arrays(ends, vectors.ravel())


def _segments(segment: InSegment, snapshot: Snapshot) -> pd.DataFrame:
    ids = snapshot.history.products["product_id"].to_numpy()
    tables = []
    for number, name in enumerate(snapshot.names):
        best = np.lexsort([ids, -segment.popular[number]])[:IN_SEGMENT]
        of = {"product_id": ids[best], "popularity": segment.popular[number][best]}
        tables.append(pd.DataFrame({"segment": name} | of))
    return pd.concat(tables, ignore_index=True)


def _weights(towers: TwoTowers) -> dict[str, np.ndarray]:
    state = towers.network.state_dict()
    layers = {name: state[f"user.{name}"] for name in ("0.weight", "0.bias", "2.weight", "2.bias")}
    return {name: value.numpy() for name, value in layers.items()} | {"read": towers.read()}


def _parquet(parts: Iterable[pa.Table], name: str) -> None:
    writer = None
    for part in parts:
        file = paths.target(f"{FOLDER}/{name}.parquet")
        writer = writer or parquet.ParquetWriter(file, part.schema, compression="zstd")
        writer.write_table(part)
    writer.close()


def read() -> Stored:
    """What the stage `recommend` wrote last.

    Raises
    ------
    InputError
        If it has not been run.
    """
    file = paths.path(f"{FOLDER}/towers.safetensors")
    if not file.exists():
        raise InputError(
            f"data/{FOLDER} holds no recommender; run: dvc repro recommend, or make repro"
        )
    weights = load_file(file)
    products, segments = (
        pd.read_parquet(paths.path(f"{FOLDER}/{name}.parquet")) for name in ("products", "segments")
    )
    columns = ["user_id", "segment", "latest"]
    users = pd.read_parquet(paths.path(f"{FOLDER}/users.parquet"), columns=columns)
    ids = products["product_id"].to_numpy()
    numbers = segments.assign(number=np.searchsorted(ids, segments["product_id"]))
    return Stored(
        products.drop(columns="vector"),
        np.stack(products["vector"].to_list()).astype(np.float32),
        users.set_index("user_id"),
        {name: rows["number"].to_numpy() for name, rows in numbers.groupby("segment")},
        UserTower(weights.pop("read"), weights),
    )
