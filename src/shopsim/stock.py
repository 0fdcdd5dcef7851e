"""The catalogue is made: categories, brands, prices, a long tail, pairs that belong together."""

import numpy as np

from shopsim.catalogue import Catalogue
from shopsim.world import World

PRODUCTS = 3000
PAIRS = 5  # true complements in each pair of `COMPANIONS`
UNCODED = 20  # categories the shop never gave a code
CODE_MISSING = 0.33  # of views; REES46's head of 2019-Oct: 32.96 % of the rows
BRAND_MISSING = 0.128  # of views; with the rows that lose theirs (`noise`) 14.2 %, as there
REDUCED = 0.4  # share of products with a lower price in the sale ...
REDUCED_BY = (10, 36)  # ... by so many per cent
RAISED = 0.4  # share of products whose price is higher from the drift on ...
RAISED_BY = (10, 26)  # ... by so many per cent
MOVES = ("electronics.smartphone", "electronics.clocks")  # where interest leaves, where it goes
PRICE_SIGMA = 0.5  # lognormal, within a category
ENDINGS, ENDING_SHARES = [0.99, 0.90, 0.49, 0.00], [0.5, 0.2, 0.1, 0.2]
ODD_CENTS = 0.3  # share of prices that were computed, and end anyhow
SOUNDS = [[*"bdfgklmnprstvz"], [*"aeiou"]]  # of which brands are made up
# Categories, the most viewed first, and the middle of their prices in the shop's currency.
# fmt: off
CODES = {
    "electronics.smartphone": 240, "electronics.audio.headphone": 60, "computers.notebook": 560,
    "electronics.video.tv": 380, "electronics.clocks": 120, "appliances.kitchen.washer": 310,
    "apparel.shoes": 70, "appliances.environment.vacuum": 130, "kids.toys": 25,
    "appliances.kitchen.refrigerators": 420, "computers.peripherals.mouse": 30,
    "appliances.kitchen.kettle": 32, "accessories.bag": 45, "appliances.iron": 40,
    "computers.peripherals.printer": 150, "stationery.cartridge": 22, "furniture.bedroom.bed": 260,
    "apparel.shirt": 28, "kids.carriage": 170, "auto.accessories.player": 75,
    "computers.desktop": 480, "computers.components.memory": 65, "appliances.kitchen.mixer": 48,
    "furniture.living_room.sofa": 350, "construction.tools.drill": 80, "apparel.jacket": 90,
    "sport.bicycle": 210, "construction.tools.light": 24, "appliances.personal.massager": 35,
    "accessories.wallet": 26, "appliances.environment.water_heater": 140, "kids.skates": 38,
    "sport.trainer": 190, "furniture.kitchen.table": 120, "apparel.underwear": 14,
    "medicine.tools.tonometer": 33, "auto.accessories.compressor": 42, "sport.ski": 160,
    "country_yard.lawn_mower": 180, "apparel.shoes.sandals": 36,
}
# Categories whose products complement each other; the pairs of products are drawn within.
COMPANIONS = [
    ("electronics.smartphone", "electronics.audio.headphone"),
    ("electronics.smartphone", "electronics.clocks"),
    ("computers.notebook", "computers.peripherals.mouse"),
    ("computers.notebook", "accessories.bag"),
    ("computers.desktop", "computers.components.memory"),
    ("computers.peripherals.printer", "stationery.cartridge"),
    ("appliances.kitchen.kettle", "appliances.kitchen.mixer"),
    ("appliances.environment.vacuum", "appliances.iron"),
    ("furniture.bedroom.bed", "construction.tools.light"),
    ("apparel.shoes", "apparel.shirt"),
    ("apparel.jacket", "accessories.wallet"),
    ("kids.toys", "kids.carriage"),
]
# fmt: on


def stock(world: World) -> Catalogue:
    """The catalogue of `world`; the same for every size and, complements apart, every effect."""
    rng = world.random("catalogue")
    weight = 1 / (np.arange(len(CODES) + UNCODED) + 1.8) ** 1.15
    weight /= weight.sum()
    code = _codes(rng, weight)
    category = np.repeat(np.arange(len(weight)), _counts(weight))
    cents = _prices(rng, code, category)
    cents = cents[np.lexsort((cents, category))]
    counts = np.bincount(category)
    begins = np.cumsum(counts) - counts
    tier = 3 * (np.arange(PRODUCTS) - begins[category]) // counts[category]
    popularity = _popularity(rng, category, weight, begins)
    mass = np.append(0.0, np.cumsum(popularity))
    tiers = np.searchsorted(category * 3 + tier, np.arange(3 * len(weight))).reshape(-1, 3)
    return Catalogue(
        product_id=_product_ids(rng, category),
        category_id=_category_ids(rng, len(weight))[category],
        category=category,
        code=code[category],
        brand=_brands(rng, category, tier, popularity),
        cents=cents,
        sale_cents=_sale_prices(rng, cents),
        raised=_raised(world.random("catalogue", 1)),
        tier=tier,
        appeal=rng.beta(2, 4, PRODUCTS),
        mass=mass / mass[-1],
        shelf=np.column_stack([tiers, begins + counts]),
        category_mass=mass[np.append(begins, PRODUCTS)] / mass[-1],
        complement=_complements(rng, world, code[category], popularity),
        moves=tuple(int(np.flatnonzero(code == name)[0]) for name in MOVES),
    )


def _counts(weight) -> np.ndarray:
    """Products of each category: more in the popular ones, six at least."""
    counts = np.maximum(6, PRODUCTS * np.sqrt(weight) / np.sqrt(weight).sum()).astype(int)
    counts[0] += PRODUCTS - counts.sum()
    return counts


def _codes(rng, weight) -> np.ndarray:
    """The code of each category, or None for as many as hold `CODE_MISSING` of the views."""
    draws = [rng.permutation(len(weight))[:UNCODED] for _ in range(200)]
    without = min(draws, key=lambda draw: abs(weight[draw].sum() - CODE_MISSING))
    code = np.full(len(weight), None, dtype=object)
    code[np.setdiff1d(np.arange(len(weight)), without)] = list(CODES)
    return code


def _prices(rng, code, category) -> np.ndarray:
    """Cents: lognormal about the category's middle, most of them ending as prices do."""
    anyhow = rng.lognormal(4.0, 0.8, len(code))
    middle = np.array([CODES.get(c, a) for c, a in zip(code, anyhow, strict=True)])
    price = middle[category] * rng.lognormal(0, PRICE_SIGMA, len(category))
    ending = rng.choice(ENDINGS, len(category), p=ENDING_SHARES)
    odd = rng.random(len(category)) < ODD_CENTS
    cents = np.round(100 * np.where(odd, price, np.floor(price) + ending))
    return np.maximum(cents, 99).astype(np.int64)


def _sale_prices(rng, cents) -> np.ndarray:
    reduced = rng.random(len(cents)) < REDUCED
    return cents * (100 - np.where(reduced, rng.integers(*REDUCED_BY, len(cents)), 0)) // 100


def _raised(rng) -> np.ndarray:
    """The price level from the drift on, in per cent of the one before."""
    return np.where(rng.random(PRODUCTS) < RAISED, rng.integers(*RAISED_BY, PRODUCTS), 0) + 100


def _popularity(rng, category, weight, begins) -> np.ndarray:
    """Shares of the views: a Zipf-Mandelbrot law within each category, in any order of price."""
    place = np.empty(len(category), int)
    place[np.lexsort((rng.random(len(category)), category))] = np.arange(len(category))
    within = 1 / (place - begins[category] + 2.5) ** 1.1
    return weight[category] * within / np.bincount(category, within)[category]


def _brands(rng, category, tier, popularity) -> np.ndarray:
    """Made-up brands, nine in each category, a few strong; None for `BRAND_MISSING` of views."""
    sounds = [*SOUNDS, *SOUNDS, [*"lmnrsx"]]
    names = sorted({"".join(rng.choice(sound) for sound in sounds) for _ in range(260)})
    own = rng.choice(np.array(names, dtype=object), (category.max() + 1, 9))
    rank = (9 * rng.random(len(category)) ** 1.8).astype(int)
    brand = own[category, (rank + 2 * tier) % 9]
    order = rng.permutation(len(category))
    brand[order[np.cumsum(popularity[order]) < BRAND_MISSING]] = None
    return brand


def _complements(rng, world, code, popularity) -> np.ndarray:
    """`PAIRS` pairs of products in each pair of categories, from the better known of them.

    A product belongs to one pair at most.
    """
    complement = np.full(len(code), -1)
    if not world.effects.complements:
        return complement
    for pair in COMPANIONS:
        sides = []
        for name in pair:
            free = np.flatnonzero((code == name) & (complement < 0))
            known = free[np.argsort(-popularity[free], kind="stable")][: 4 * PAIRS]
            sides.append(rng.choice(known, PAIRS, replace=False))
        complement[sides[0]], complement[sides[1]] = sides[1], sides[0]
    return complement


def _product_ids(rng, category) -> np.ndarray:
    """Ids that begin with a number of their category's, as REES46's do."""
    prefix = 10 + rng.permutation(category.max() + 1)[category].astype(np.int64)
    return prefix * 100_000 + 1_000 + rng.permutation(90_000)[: len(category)]


def _category_ids(rng, n) -> np.ndarray:
    """Ids beyond 32 bits, as REES46's are."""
    return 2_053_013_550_000_000_000 + rng.choice(10**14, n, replace=False)
