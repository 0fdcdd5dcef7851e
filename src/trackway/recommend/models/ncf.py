"""Neural collaborative filtering: an MLP over the user's and the product's embedding, joined.

X. He et al., WWW 2017, doi:10.1145/3038912.3052569. Trained to tell products met from products
drawn uniformly. It cannot be searched by an index, as its score is no dot product, and it has
nothing to say of a user it was not trained on: those get what is popular. S. Rendle et al., RecSys
2020, doi:10.1145/3383313.3412488, find a dot product hard to beat by it.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from trackway.evaluation.determinism import device, reproducible
from trackway.params.recommend import NcfSettings
from trackway.recommend.history import History
from trackway.recommend.models.counts import popularity
from trackway.recommend.models.learning import place_of, train

CELLS = 16_384  # pairs of user and product given to the MLP at once; its layers fit the cache


class Ncf(nn.Module):
    """The logit of a user meeting a product."""

    def __init__(self, n_users: int, n_products: int, size: int, hidden: list[int]):
        super().__init__()
        self.users = nn.Embedding(n_users, size, sparse=True)
        self.products = nn.Embedding(n_products, size, sparse=True)
        for part in (self.users, self.products):
            nn.init.normal_(part.weight, std=0.01)
        self.first = nn.Linear(2 * size, hidden[0])
        widths = [*hidden, 1]
        self.rest = nn.Sequential(
            *(
                layer
                for a, b in itertools.pairwise(widths)
                for layer in (nn.ReLU(), nn.Linear(a, b))
            )
        )

    def forward(self, user: Tensor, product: Tensor) -> Tensor:
        joined = torch.cat([self.users(user), self.products(product)], dim=-1)
        return self.rest(self.first(joined)).squeeze(-1)

    def every_product(self, user: Tensor) -> Tensor:
        """Logits of all products, shape (B, N); the first layer is computed once for each side."""
        size = self.users.embedding_dim
        of_user = self.users(user) @ self.first.weight[:, :size].T + self.first.bias  # (B, H)
        of_product = self.products.weight @ self.first.weight[:, size:].T  # (N, H)
        logits = torch.empty(len(user), len(of_product))
        for place, one in enumerate(of_user):
            for begin in range(0, len(of_product), CELLS):
                some = self.rest(one + of_product[begin : begin + CELLS])
                logits[place, begin : begin + CELLS] = some.squeeze(-1)
        return logits


@dataclass(frozen=True)
class Neural:
    """A fitted network as a recommender.

    Attributes
    ----------
    cold : bool array, shape (U,), rows without a history
    """

    network: Ncf
    cold: np.ndarray
    popular: np.ndarray
    curve: pd.DataFrame

    def scores(self, rows: np.ndarray) -> np.ndarray:
        with torch.no_grad(), reproducible(0):
            scores = self.network.every_product(_long(rows)).numpy()
        scores[self.cold[rows]] = self.popular
        return scores


def ncf(
    history: History,
    settings: NcfSettings,
    days: float | None,
    wanted: str,
    seed: int,
    later: tuple[np.ndarray, np.ndarray] | None = None,
) -> Neural:
    """Train on the pairs of `history`.

    Parameters
    ----------
    days : in which popularity is counted, for users without a history
    wanted : the device, 'auto', 'cpu' or 'cuda'
    later : rows and products that met after the cut, to stop by; without them all `epochs` are run
    """
    n_users, n = history.shape
    where = device(wanted, "recommend.device")
    with reproducible(seed):
        network = Ncf(n_users, n, settings.dimensions, settings.hidden).to(where)
        held = None if later is None else _with_negatives(*map(_long, later), n, 4)
        curve = train(
            network,
            lambda: _epoch(network, history, settings),
            None if held is None else lambda: _validation_loss(network, held),
            settings.learning_rate,
            settings.epochs,
            settings.patience,
        )
        network.cpu()
    cold = np.diff(history.met.indptr) == 0
    return Neural(network, cold, popularity(history, days), curve)


def _long(numbers: np.ndarray) -> Tensor:
    return torch.from_numpy(numbers.astype(np.int64))


def _with_negatives(
    user: Tensor, product: Tensor, n: int, negatives: int
) -> tuple[Tensor, Tensor, Tensor]:
    drawn = torch.randint(n, (len(user) * negatives,))
    met = torch.cat([torch.ones(len(user)), torch.zeros(len(drawn))])
    return torch.cat([user, user.repeat(negatives)]), torch.cat([product, drawn]), met


def _epoch(network: Ncf, history: History, settings: NcfSettings) -> Iterator[Tensor]:
    n, where = network.products.num_embeddings, place_of(network)
    user, product = (history.pairs[one].to_numpy() for one in ("user", "product"))
    # what is drawn is drawn on the CPU: the same on any device
    for rows in torch.randperm(len(user))[: settings.examples].split(settings.batch):
        met = (_long(one[rows.numpy()]) for one in (user, product))
        given = _with_negatives(*met, n, settings.negatives)
        yield _loss(network, *(one.to(where) for one in given))


@torch.no_grad()
def _validation_loss(network: Ncf, held: tuple[Tensor, Tensor, Tensor]) -> float:
    return _loss(network, *(one.to(place_of(network)) for one in held)).item()


def _loss(network: Ncf, user: Tensor, product: Tensor, met: Tensor) -> Tensor:
    return nn.functional.binary_cross_entropy_with_logits(network(user, product), met)
