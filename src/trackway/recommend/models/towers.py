"""Two towers: users and products as vectors of one space, their likeness a dot product.

The product tower reads an id's own embedding and the product's category, brand and price level,
so a product nobody has met has a vector, too. The user tower reads the latest products the user
met, so a user the training has not seen has one as well. Trained to tell the next product from
those of the other rows of the batch and from products drawn uniformly. How often a product is drawn
so is taken out of its score (logQ): X. Yi et al., RecSys 2019, doi:10.1145/3298689.3346996; Y.
Bengio and J.-S. Senecal, IEEE TNN 19 (2008), doi:10.1109/TNN.2007.912312.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from trackway.evaluation.determinism import device, reproducible
from trackway.params.recommend import TowersSettings
from trackway.recommend.models.learning import place_of, train
from trackway.recommend.profile import Profile
from trackway.recommend.walks import NONE, Walks

AT_ONCE = 8192  # rows given to a tower in one call
JUDGED = 2048  # examples of the later part that the loss is told on, over the whole catalogue


class ProductTower(nn.Module):
    """A vector of each product from its id and its attributes."""

    def __init__(self, n: int, profile: Profile, size: int):
        super().__init__()
        self.register_buffer("codes", torch.from_numpy(profile.codes), persistent=False)
        self.own = nn.Embedding(n, size, sparse=True)
        self.attributes = nn.ModuleList(nn.Embedding(m, size) for m in profile.sizes)
        self.out = nn.Linear(size, size)
        for part in [self.own, *self.attributes]:
            nn.init.normal_(part.weight, std=size**-0.5)
        nn.init.zeros_(self.own.weight)  # a product nobody met stays what its attributes say

    def read(self, product: Tensor) -> Tensor:
        """What goes into both towers for a product; shape (..., D)."""
        codes = self.codes[product]
        parts = [embed(codes[..., i]) for i, embed in enumerate(self.attributes)]
        return self.own(product) + sum(parts)

    def forward(self, product: Tensor) -> Tensor:
        return self.out(self.read(product))


class Towers(nn.Module):
    """Both towers. A user is the mean and the newest of the products of the context."""

    def __init__(self, n: int, profile: Profile, size: int, hidden: int):
        super().__init__()
        self.products = ProductTower(n, profile, size)
        self.user = nn.Sequential(nn.Linear(2 * size, hidden), nn.ReLU(), nn.Linear(hidden, size))

    def users(self, context: Tensor) -> Tensor:
        """Vectors of users, shape (B, D), from contexts, shape (B, L), newest first."""
        there = (context != NONE).unsqueeze(-1)
        read = self.products.read(context.clamp(min=0)) * there  # (B, L, D)
        mean = read.sum(dim=1) / there.sum(dim=1).clamp(min=1)
        return self.user(torch.cat([mean, read[:, 0]], dim=1))


@dataclass(frozen=True)
class TwoTowers:
    """Fitted towers as a recommender.

    Attributes
    ----------
    network : Towers
    vectors : float32 array, shape (N, D), of all products
    contexts : int32 array, shape (U, L), of the history's rows
    curve : DataFrame, one row per epoch of training
    """

    network: Towers
    vectors: np.ndarray
    contexts: np.ndarray
    curve: pd.DataFrame

    def users(self, contexts: np.ndarray) -> np.ndarray:
        """Vectors of users from their latest products, newest first; float32, shape (B, D)."""
        with torch.no_grad(), reproducible(0):
            parts = torch.from_numpy(contexts.astype(np.int64)).split(AT_ONCE)
            return torch.cat([self.network.users(part) for part in parts]).numpy()

    def scores(self, rows: np.ndarray) -> np.ndarray:
        return self.users(self.contexts[rows]) @ self.vectors.T

    def read(self) -> np.ndarray:
        """What the user tower reads of each product; float32, shape (N, D)."""
        with torch.no_grad(), reproducible(0):
            parts = torch.arange(len(self.vectors)).split(AT_ONCE)
            return torch.cat([self.network.products.read(part) for part in parts]).numpy()


def two_towers(
    walks: Walks,
    n_users: int,
    profile: Profile,
    settings: TowersSettings,
    wanted: str,
    seed: int,
    later: tuple[np.ndarray, np.ndarray] | None = None,
) -> TwoTowers:
    """Train on `walks`.

    Parameters
    ----------
    walks : of users before the cut
    n_users : rows of the history
    wanted : the device, 'auto', 'cpu' or 'cuda'
    later : contexts, shape (V, L), and products, shape (V,), of after the cut, to stop by; without
        them all `epochs` are run
    """
    n = len(profile.codes)
    where = device(wanted, "recommend.device")
    with reproducible(seed):
        network = Towers(n, profile, settings.dimensions, settings.hidden).to(where)
        sampled = Sampled.of(walks.product, n, settings.batch, settings.uniform)
        curve = train(
            network,
            lambda: _epoch(network, walks, sampled, settings),
            None if later is None else lambda: _validation_loss(network, later),
            settings.learning_rate,
            settings.epochs,
            settings.patience,
        )
        network.cpu()
        vectors = _product_vectors(network, n)
    return TwoTowers(network, vectors, walks.latest(n_users, settings.context), curve)


@dataclass(frozen=True)
class Sampled:
    """How often each product is expected among those a batch is compared with.

    Attributes
    ----------
    log_expected : float tensor, shape (N,)
        Log of batch x share of targets + uniform / N.
    uniform : products drawn uniformly for each batch
    """

    log_expected: Tensor
    uniform: int

    @classmethod
    def of(cls, target: np.ndarray, n: int, batch: int, uniform: int) -> "Sampled":
        counts = torch.from_numpy(np.bincount(target, minlength=n))
        share = counts.double() / max(len(target), 1)
        expected = batch * share + uniform / n
        return cls(expected.clamp(min=1e-12).log().float(), uniform)


def _epoch(
    network: Towers, walks: Walks, sampled: Sampled, settings: TowersSettings
) -> Iterator[Tensor]:
    n, where = len(sampled.log_expected), place_of(network)
    log_expected = sampled.log_expected.to(where)
    # what is drawn is drawn on the CPU: the same on any device
    drawn = torch.randperm(len(walks.product))[: settings.examples]
    for steps in drawn.split(settings.batch):
        context = _long(walks.contexts(steps.numpy(), settings.context))
        target = _long(walks.product[steps.numpy()])
        compared = torch.cat([target, torch.randint(n, (sampled.uniform,))])
        given = (one.to(where) for one in (context, target, compared))
        yield loss_of(network, *given, log_expected)


def _long(numbers: np.ndarray) -> Tensor:
    return torch.from_numpy(numbers.astype(np.int64))


def loss_of(
    network: Towers, context: Tensor, target: Tensor, compared: Tensor, log_expected: Tensor
) -> Tensor:
    """Cross-entropy of each row's target among `compared`, which begins with the targets."""
    scores = network.users(context) @ network.products(compared).T - log_expected[compared]
    same = compared[None, :] == target[:, None]
    own = torch.eye(len(target), len(compared), dtype=torch.bool, device=target.device)
    scores = scores.masked_fill(same & ~own, -torch.inf)  # the target drawn again is no negative
    return nn.functional.cross_entropy(scores, torch.arange(len(target), device=target.device))


@torch.no_grad()
def _product_vectors(network: Towers, n: int) -> np.ndarray:
    parts = torch.arange(n, device=place_of(network)).split(AT_ONCE)
    return torch.cat([network.products(part) for part in parts]).cpu().numpy()


@torch.no_grad()
def _validation_loss(network: Towers, later: tuple[np.ndarray, np.ndarray]) -> float:
    """Cross-entropy over the whole catalogue of what came next, in nats."""
    where = place_of(network)
    context, target = (_long(one[:JUDGED]).to(where) for one in later)
    vectors = _product_vectors(network, network.products.own.num_embeddings)
    vectors = torch.from_numpy(vectors).to(where)
    losses = [
        nn.functional.cross_entropy(network.users(c) @ vectors.T, t, reduction="sum")
        for c, t in zip(context.split(256), target.split(256), strict=True)
    ]
    return float(torch.stack(losses).sum() / max(len(target), 1))
