"""What the shop sells: categories, brands, prices, a long tail, and pairs that belong together."""

from dataclasses import dataclass

import numpy as np

from trackway.demo.world import World

PRODUCTS = 3000
PAIRS = 60  # true complements
CODES = """electronics.smartphone electronics.audio.headphone electronics.video.tv
electronics.clocks computers.notebook computers.desktop computers.peripherals.mouse
computers.peripherals.printer computers.components.memory appliances.kitchen.refrigerators
appliances.kitchen.washer appliances.kitchen.kettle appliances.kitchen.mixer
appliances.environment.vacuum appliances.environment.water_heater appliances.personal.massager
appliances.iron furniture.living_room.sofa furniture.bedroom.bed furniture.kitchen.table
apparel.shoes apparel.shoes.sandals apparel.shirt apparel.jacket apparel.underwear
accessories.bag accessories.wallet kids.toys kids.carriage kids.skates sport.bicycle
sport.trainer sport.ski auto.accessories.player auto.accessories.compressor
construction.tools.drill construction.tools.light country_yard.lawn_mower
stationery.cartridge medicine.tools.tonometer""".split()
UNCODED = 20  # further categories the shop never gave a code
CODE_MISSING = 0.33  # REES46 head of 2019-Oct: 32.96 % of the rows
BRAND_MISSING = 0.128  # with the rows that lose theirs (`dirt`), 14.2 % of the rows, as there


@dataclass(frozen=True)
class Catalogue:
    """Products sorted by category and price tier, so that each such shelf is one slice.

    Attributes
    ----------
    product_id, category_id : int64 arrays, shape (P,)
    category : int array, shape (P,), number of the category
    code, brand : object arrays, shape (P,), None where the shop has none
    cents : int64 array, shape (P,), the price outside the sale
    sale_cents : int64 array, shape (P,), the price in the sale
    tier : int array, shape (P,), 0 cheap, 1 middle, 2 dear within its category
    appeal : float array, shape (P,), share of people who take to it, in [0, 1]
    mass : float array, shape (P + 1,), popularity up to each product
    shelf : int array, shape (C, 4), where each category's tiers begin, and its end
    complement : int array, shape (P,), the product that belongs to it, or -1
    category_mass : float array, shape (C + 1,), popularity up to each category
    """

    product_id: np.ndarray
    category_id: np.ndarray
    category: np.ndarray
    code: np.ndarray
    brand: np.ndarray
    cents: np.ndarray
    sale_cents: np.ndarray
    tier: np.ndarray
    appeal: np.ndarray
    mass: np.ndarray
    shelf: np.ndarray
    complement: np.ndarray
    category_mass: np.ndarray

    @property
    def popularity(self) -> np.ndarray:
        return np.diff(self.mass)

    def any_category(self, u: np.ndarray) -> np.ndarray:
        """A category by popularity, for each uniform number."""
        return np.searchsorted(self.category_mass[1:-1], u, side="right")

    def pick(self, u: np.ndarray, category: np.ndarray, tier: np.ndarray) -> np.ndarray:
        """A product by popularity, from a category's tier, or from all of it where tier is -1."""
        own = tier >= 0
        shelf = np.where(own, tier, 0)
        low = self.mass[self.shelf[category, shelf]]
        high = self.mass[np.where(own, self.shelf[category, shelf + 1], self.shelf[category, 3])]
        return self.any_product(low + u * (high - low))

    def any_product(self, u: np.ndarray) -> np.ndarray:
        """A product by popularity, for each uniform number."""
        return np.searchsorted(self.mass[1:-1], u, side="right")


def stock(world: World) -> Catalogue:
    """The catalogue of `world`; the same for every size."""
    rng = world.random("catalogue")
    weight = _category_weights(rng)
    n_categories = len(weight)
    codes = _codes(rng, weight)
    counts = np.maximum(6, PRODUCTS * np.sqrt(weight) / np.sqrt(weight).sum()).astype(int)
    counts[np.argmax(counts)] += PRODUCTS - counts.sum()
    category = np.repeat(np.arange(n_categories), counts)

    cents = _prices(rng, category)
    tier = _tiers(category, cents)
    order = np.lexsort((tier, category))
    category, cents, tier = category[order], cents[order], tier[order]
    popularity = _popularity(rng, category, weight)
    mass = np.concatenate([[0.0], np.cumsum(popularity)])
    mass /= mass[-1]
    begins = np.searchsorted(category * 3 + tier, np.arange(n_categories * 3))
    shelf = np.column_stack([begins.reshape(-1, 3), np.append(begins[3::3], PRODUCTS)])
    return Catalogue(
        product_id=_product_ids(rng, category),
        category_id=_category_ids(rng, n_categories)[category],
        category=category,
        code=codes[category],
        brand=_brands(rng, category, tier, popularity / popularity.sum()),
        cents=cents,
        sale_cents=_sale_prices(rng, cents),
        tier=tier,
        appeal=rng.beta(2, 4, PRODUCTS),
        mass=mass,
        shelf=shelf,
        complement=_complements(rng, world, category, popularity),
        category_mass=mass[np.append(shelf[:, 0], PRODUCTS)],
    )


def _category_weights(rng) -> np.ndarray:
    rank = np.arange(1, len(CODES) + UNCODED + 1)
    return rng.permuted(1 / (rank + 1.5) ** 1.05)


def _codes(rng, weight) -> np.ndarray:
    """A code for the categories that have one: all but some that hold `CODE_MISSING` of views."""
    share = weight / weight.sum()
    best, codes = np.inf, None
    for _ in range(200):
        without = rng.permutation(len(weight))[:UNCODED]
        if (off := abs(share[without].sum() - CODE_MISSING)) < best:
            best, named = off, np.setdiff1d(np.arange(len(weight)), without)
            codes = np.full(len(weight), None, dtype=object)
            codes[named] = rng.permutation(np.array(CODES, dtype=object))
    return codes


def _prices(rng, category) -> np.ndarray:
    """Cents: lognormal about the category's own middle, most of them ending as prices do."""
    middle = rng.lognormal(4.4, 0.95, category.max() + 1).clip(6, 1100)
    price = middle[category] * rng.lognormal(0, 0.5, len(category))
    ending = rng.choice([0.99, 0.90, 0.49, 0.00], len(category), p=[0.5, 0.2, 0.1, 0.2])
    odd = rng.random(len(category)) < 0.3  # converted or computed prices keep odd cents
    rounded = np.floor(price) + ending
    return np.maximum(np.round(np.where(odd, price, rounded) * 100), 99).astype(np.int64)


def _sale_prices(rng, cents) -> np.ndarray:
    """Two products in five are reduced, by 10 to 35 %."""
    off = np.where(rng.random(len(cents)) < 0.4, rng.integers(10, 36, len(cents)), 0)
    return np.maximum(cents * (100 - off) // 100, 1)


def _tiers(category, cents) -> np.ndarray:
    order = np.lexsort((cents, category))
    begins = np.searchsorted(category[order], category)
    rank = np.empty(len(cents), int)
    rank[order] = np.arange(len(cents))
    return 3 * (rank - begins) // np.bincount(category)[category]


def _popularity(rng, category, weight) -> np.ndarray:
    """Zipf-Mandelbrot within each category: few stars, a long tail."""
    rank = np.lexsort((rng.random(len(category)), category))
    place = np.empty(len(category), int)
    place[rank] = np.arange(len(category)) - np.searchsorted(category, category[rank])
    within = 1 / (place + 3.0)
    return weight[category] * within / np.bincount(category, within)[category]


def _brands(rng, category, tier, popularity) -> np.ndarray:
    """Made-up brands, a few strong ones in each category; None for `BRAND_MISSING` of views."""
    onset, middle, coda = "b d f g k l m n p r s t v z".split(), "a e i o u".split(), "l m n r s x".split()
    names = sorted({
        rng.choice(onset) + rng.choice(middle) + rng.choice(onset) + rng.choice(middle) + rng.choice(coda)
        for _ in range(260)
    })
    names = rng.permutation(np.array(names, dtype=object))
    own = rng.integers(0, len(names), (category.max() + 1, 9))
    rank = np.minimum((9 * rng.random(len(category)) ** 1.8).astype(int), 8)
    brand = names[own[category, (rank + 2 * tier) % 9]]
    order = rng.permutation(len(category))
    brand[order[np.cumsum(popularity[order]) < BRAND_MISSING]] = None
    return brand


def _complements(rng, world, category, popularity) -> np.ndarray:
    """`PAIRS` pairs across categories, from the better known half; each product in one at most."""
    complement = np.full(len(category), -1)
    if not world.effects.complements:
        return complement
    known = np.argsort(-popularity, kind="stable")[: len(category) // 4]
    known = rng.permutation(known)
    first, second = known[: 2 * PAIRS], known[2 * PAIRS :]
    for a in first[:PAIRS]:
        across = np.flatnonzero((category[second] != category[a]) & (complement[second] < 0))
        b = second[across[0]]
        complement[a], complement[b] = b, a
    return complement


def _product_ids(rng, category) -> np.ndarray:
    """Ids that begin with their category's number, as REES46's do."""
    inside = rng.permutation(90_000)[: len(category)]
    return (category + 10).astype(np.int64) * 100_000 + 1_000 + np.sort(inside)


def _category_ids(rng, n) -> np.ndarray:
    return np.sort(2_053_013_550_000_000_000 + rng.permutation(10**6)[:n] * 10**9 // 7)
