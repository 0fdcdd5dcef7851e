"""The section `recommend` of `params.yaml`."""

from typing import Annotated, Literal

from pydantic import Field

from trackway.params.values import Section


class Weights(Section):
    views: float = Field(gt=0, description="of a product only viewed")
    carts: float = Field(gt=0, description="of one put into the cart")
    purchases: float = Field(gt=0, description="of one bought")


class Ease(Section):
    products: int = Field(ge=10, le=20_000, description="the most popular; 8 bytes x its square")
    ridge: float = Field(gt=0, description="weight of the penalty")


class Als(Section):
    dimensions: int = Field(ge=1, le=512, description="numbers that stand for a user, a product")
    rounds: int = Field(ge=1, le=200, description="times both sides are solved for")
    ridge: float = Field(gt=0, description="weight of the penalty")
    alpha: float = Field(gt=0, description="confidence that one unit of weight adds")


class Training(Section):
    batch: int = Field(ge=1, description="examples per step of learning")
    learning_rate: float = Field(gt=0, le=1, description="of Adam")
    examples: int = Field(ge=1000, description="of an epoch, at most")
    epochs: int = Field(ge=1, le=1000, description="at most")
    patience: int = Field(ge=1, description="epochs without a better validation loss")


class NcfSettings(Training):
    dimensions: int = Field(ge=1, le=512, description="numbers that stand for a user, a product")
    hidden: list[Annotated[int, Field(ge=1, le=4096)]] = Field(
        min_length=1, description="widths of the layers"
    )
    negatives: int = Field(ge=1, le=100, description="products drawn for each one met")


class TowersSettings(Training):
    dimensions: int = Field(ge=1, le=512, description="numbers that stand for a user, a product")
    hidden: int = Field(ge=1, le=4096, description="width of the user tower")
    context: int = Field(ge=1, le=200, description="latest products a user is told by")
    uniform: int = Field(ge=1, le=100_000, description="uniform negatives of a batch")


class HybridSettings(Section):
    candidates: int = Field(ge=5, le=1000, description="from each source")
    rounds: int = Field(ge=1, le=5000, description="trees, one after the other")
    leaves: int = Field(ge=2, le=1000, description="leaves per tree, at most")
    learning_rate: float = Field(gt=0, le=1, description="of boosting")


class Categories(Section):
    confidence: float = Field(ge=0, le=1, description="from which on a category is told")
    min_products: int = Field(ge=50, description="known by their category, at least")
    max_products: int = Field(ge=50, description="learned from, at most")
    max_users: int = Field(ge=1, description="whose views are looked at, at most")
    longest_day: int = Field(ge=2, le=1000, description="products a user views on a day, at most")
    strength: float = Field(gt=0, description="inverse of the penalty on large weights")


class NextBasket(Section):
    days: list[Annotated[float, Field(gt=0)]] = Field(
        min_length=1, description="in which a basket's weight falls to 1/e; tried"
    )
    shares: list[Annotated[float, Field(ge=0)]] = Field(
        min_length=1, description="weight of what is popular beside the own; tried"
    )


class Recommend(Section):
    max_users: int = Field(ge=100, description="users learned from, at most")
    max_tested: int = Field(ge=100, description="users judged by, at most")
    longest_walk: int = Field(ge=2, description="latest steps of a user that are learned from")
    weights: Weights
    popular_days: float = Field(gt=0, description="days in which popularity is counted")
    shrinkage: float = Field(ge=0, description="users; how small counts are drawn to the whole")
    neighbours: int = Field(ge=1, le=10_000, description="products kept beside each")
    min_count: int = Field(ge=1, description="users who met both products of a rule")
    popular_share: float = Field(ge=0, description="how popularity decides among those alike")
    device: Literal["auto", "cpu", "cuda"] = Field(description="what trains the networks")
    ease: Ease
    als: Als
    ncf: NcfSettings
    towers: TowersSettings
    hybrid: HybridSettings
    next_basket: NextBasket
    categories: Categories
    min_users: int = Field(ge=10, description="users before and after each cut")
    users_shown: int = Field(ge=1, le=20, description="users looked at one by one")
    diversity_weight: float = Field(ge=0, le=1, description="0 by score, 1 by difference alone")
    replicates: int = Field(ge=20, le=10_000, description="draws of users behind an interval")
