"""What a visitor comes to see, whether it suits, and how long it holds them."""

import numpy as np

from shopsim import steps

GREAT, FAIR = 0.10, 0.34  # chances that a product suits greatly or fairly, before taste
OWN_TIER = 0.08  # added to `GREAT` where the price tier is the visitor's own
APPEAL = 0.25  # added to it per unit of the product's appeal above the mean one
MEAN_APPEAL = 0.33
LEAST = 0.02  # chance of a great fit, at least
REDUCED = 0.20  # added to it where the product is reduced now
TO_OWN_TIER = 0.6  # share of views that go to the visitor's own price tier
SEEN_WITH = 0.16  # chance that a product's view leads on to its complement
STAY_S = np.array(
    [17.0, 30.0, 52.0]
)  # median stay with a product that suits poorly, fairly, greatly
ACT_S = 24.0  # median time between cart and till
STAY_SIGMA = 1.15  # lognormal
LONGEST_STAY_S = 1500
PAUSE = 0.004  # chance of a break within a session ...
PAUSE_S = (600, 5400)  # ... of so many seconds, the last not included


def choose(rng, world, catalogue, w, action) -> np.ndarray:
    """The product each step is about, shape (n,)."""
    u, v = rng.random((2, len(action)))
    about = np.where(action == steps.RELOOK, w.product, w.best)  # to act is on the best so far
    fresh = (action == steps.SAME) | (action == steps.ELSEWHERE)
    anywhere = catalogue.any_category(rng.random(len(action)))
    category = np.where(action == steps.ELSEWHERE, anywhere, w.category)
    if world.effects.focus:
        found = catalogue.pick(u, category, np.where(v < TO_OWN_TIER, w.tier, -1))
    else:
        found = catalogue.any_product(u)
    other = np.where(w.product >= 0, catalogue.complement[w.product], -1)
    led = (other >= 0) & (rng.random(len(action)) < SEEN_WITH)
    about = np.where(fresh, np.where(led, other, found), about)
    return np.where((w.extra >= 0) & (action >= steps.EXTRA), w.extra, about)


def fit(rng, calendar, catalogue, w) -> np.ndarray:
    """0, 1 or 2: whether the product in view suits poorly, fairly or greatly. Only we can tell."""
    u = rng.random(len(w))
    great = GREAT + OWN_TIER * (catalogue.tier[w.product] == w.tier)
    great += APPEAL * (catalogue.appeal[w.product] - MEAN_APPEAL)
    reduced = catalogue.sale_cents[w.product] < catalogue.cents[w.product]
    great += REDUCED * (reduced & calendar.in_sale(w.at_s))
    great = np.maximum(great, LEAST)
    return (u < great).astype(int) + (u < great + FAIR)


def stay_s(rng, fit, views) -> np.ndarray:
    """Whole seconds until the next event, one at least: longer with what suits."""
    n = len(fit)
    stay = np.where(views, STAY_S[fit], ACT_S) * np.exp(STAY_SIGMA * rng.standard_normal(n))
    pause = np.where(rng.random(n) < PAUSE, rng.integers(*PAUSE_S, n), 0)
    return np.ceil(np.minimum(stay, LONGEST_STAY_S)) + pause
