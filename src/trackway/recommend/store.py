"""The fitted towers as files that any other system can read: Parquet and safetensors, no pickle.

``data/processed/recommend/``:

- ``products.parquet``: product_id, its names, price, popularity (0 to 1), codes of its attributes,
  and ``vector``;
- ``users.parquet``: user_id, segment, ``latest`` (products met, newest first), ``vector``;
- ``segments.parquet``: segment, product_id, popularity: the most popular of each segment;
- ``towers.safetensors``: what turns latest products into a user's vector, so that users who come
  later have one;
- ``card.json``: from what it was made and how good it is.
"""

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd
from safetensors.numpy import load_file, save

from trackway import data
from trackway.errors import InputError
from trackway.recommend.counts import InSegment, Popular
from trackway.recommend.ladder import Given
from trackway.recommend.towers import TwoTowers
from trackway.recommend.walks import NONE

FOLDER = "processed/recommend"
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
        told = np.zeros(2 * size, dtype=np.float32)
        if len(latest):
            told[:size] = self.read[latest].mean(axis=0)
            told[size:] = self.read[latest[0]]
        hidden = np.maximum(self.weights["0.weight"] @ told + self.weights["0.bias"], 0)
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
    towers: TwoTowers, popular: Popular, segment: InSegment, given: Given, card: dict
) -> None:
    """Write the files; every row in order of its id."""
    products = given.history.products.drop(columns="known")
    codes = pd.DataFrame(given.known.codes, columns=CODES)
    table = pd.concat([products, codes], axis=1)
    table = table.assign(popularity=popular.popular, vector=list(towers.vectors))
    _parquet(table, "products")
    _parquet(_users(towers, given), "users")
    _parquet(_segments(segment, given), "segments")
    file = data.target(f"{FOLDER}/towers.safetensors")
    file.write_bytes(save(_weights(towers)))
    text = json.dumps(card, indent=2, sort_keys=True, ensure_ascii=False)
    data.target(f"{FOLDER}/card.json").write_text(text + "\n", encoding="utf-8")


def _users(towers: TwoTowers, given: Given) -> pd.DataFrame:
    ids = given.history.products["product_id"].to_numpy()
    seen = np.flatnonzero(towers.contexts[:, 0] != NONE)
    latest = [ids[row[row != NONE]] for row in towers.contexts[seen]]
    names = np.array(given.names, dtype=object)[given.segment[seen]]
    return pd.DataFrame(
        {
            "user_id": given.history.users[seen],
            "segment": names,
            "latest": latest,
            "vector": list(towers.users(towers.contexts[seen])),
        }
    )


def _segments(segment: InSegment, given: Given) -> pd.DataFrame:
    ids = given.history.products["product_id"].to_numpy()
    tables = []
    for number, name in enumerate(given.names):
        best = np.lexsort([ids, -segment.popular[number]])[:IN_SEGMENT]
        of = {"product_id": ids[best], "popularity": segment.popular[number][best]}
        tables.append(pd.DataFrame({"segment": name} | of))
    return pd.concat(tables, ignore_index=True)


def _weights(towers: TwoTowers) -> dict[str, np.ndarray]:
    state = towers.network.state_dict()
    layers = {name: state[f"user.{name}"] for name in ("0.weight", "0.bias", "2.weight", "2.bias")}
    return {name: value.numpy() for name, value in layers.items()} | {"read": towers.read()}


def _parquet(table: pd.DataFrame, name: str) -> None:
    table.to_parquet(data.target(f"{FOLDER}/{name}.parquet"), index=False, compression="zstd")


def read() -> Stored:
    """What the stage `recommend` wrote last.

    Raises
    ------
    InputError
        If it has not been run.
    """
    file = data.path(f"{FOLDER}/towers.safetensors")
    if not file.exists():
        raise InputError(
            f"data/{FOLDER} holds no recommender; run: dvc repro recommend, or make repro"
        )
    weights = load_file(file)
    products, users, segments = (
        pd.read_parquet(data.path(f"{FOLDER}/{name}.parquet"))
        for name in ("products", "users", "segments")
    )
    ids = products["product_id"].to_numpy()
    numbers = segments.assign(number=np.searchsorted(ids, segments["product_id"]))
    return Stored(
        products.drop(columns="vector"),
        np.stack(products["vector"].to_list()).astype(np.float32),
        users.set_index("user_id")[["segment", "latest"]],
        {name: rows["number"].to_numpy() for name, rows in numbers.groupby("segment")},
        UserTower(weights.pop("read"), weights),
    )
