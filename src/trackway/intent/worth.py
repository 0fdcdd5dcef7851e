"""What a probability is worth in money: when to act on a session or a user, and whether it pays.

What is known and what is assumed, kept apart. Whether a session bought is seen. What acting
would have changed is not: nobody was acted on. We assume that acting multiplies the chance of a
purchase by ``1 + uplift``, the same for everyone. Then the purchases that acting adds are a fixed
share of those seen, and profit is a sum over outcomes that did happen, not over probabilities
that a model believes in. A trial with a control group would measure the uplift; no log can.

Acting costs something for every session acted on (`contact`, a minute of chat) and something for
every order they then place (`per_order`, a coupon's discount, also given to those who would have
bought without).

Source: C. Elkan, IJCAI 2001, 973-978 (a threshold from costs). For why uplift needs a trial: P.
Gutierrez and J.-Y. Gérardy, PMLR 67 (2017) 1-13.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from trackway.evaluation.bootstrap import column_means
from trackway.intent.models import Scored
from trackway.intent.parts import Examples

PER = 1000  # sessions, or users, a profit is quoted for
POINTS = 41  # thresholds of a profit curve
FEWEST = 10  # acted on at the highest of them
NOBODY = np.inf  # a threshold that no probability reaches
TENTHS = np.arange(1, 11) / 10


@dataclass(frozen=True)
class Action:
    """Something a shop can do to a session or a user: what it costs and is assumed to bring.

    Attributes
    ----------
    name : str
    margin : float, shop currency
        What one order leaves, before acting.
    contact, per_order : float, shop currency
        Cost of every one acted on, and of every order these then place.
    uplift : float
        Purchases that acting adds, per purchase seen without. An assumption.
    """

    name: str
    margin: float
    contact: float
    per_order: float
    uplift: float

    @property
    def per_buyer(self) -> float:
        """What acting on one who buys anyway is expected to bring, contact aside."""
        return self.uplift * self.margin - (1 + self.uplift) * self.per_order

    @property
    def break_even(self) -> float:
        """The probability from which acting is expected to pay, were probabilities true."""
        return self.contact / self.per_buyer if self.per_buyer > 0 else NOBODY

    def gain(self, bought: object) -> np.ndarray:
        """Expected profit of acting on each, given whether it bought without."""
        return np.asarray(bought, dtype=float) * self.per_buyer - self.contact


def actions(settings: dict, uplift: float | None = None) -> list[Action]:
    """The actions of `params.yaml`, at its assumed uplift or at another."""
    assumed = settings["uplift"] if uplift is None else uplift
    return [
        Action(name, settings["margin"], cost["contact"], cost["per_order"], assumed)
        for name, cost in settings["actions"].items()
    ]


def best_threshold(action: Action, bought: object, probability: np.ndarray) -> float:
    """The probability from which acting brings most on these sessions; of equals the highest.

    Examples
    --------
    Chat pays for one buyer in five; where nobody buys it is best left alone:

    >>> chat = Action("chat", margin=20, contact=1, per_order=0, uplift=0.25)
    >>> best_threshold(chat, [1, 0, 0], np.array([0.9, 0.5, 0.1]))
    0.9
    >>> best_threshold(chat, [0, 0, 0], np.array([0.9, 0.5, 0.1]))
    inf
    """
    order = np.argsort(-probability, kind="stable")
    ordered = probability[order]
    total = action.gain(bought)[order].cumsum()
    last_of_tie = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
    best = last_of_tie[np.argmax(total[last_of_tie])]
    return float(ordered[best]) if total[best] > 0 else NOBODY


def profit(
    plans: list[tuple[Action, float]], scored: Scored, examples: Examples, n: int, seed: int
) -> pd.DataFrame:
    """Profit on test of acting from a threshold on, for several plans on one draw of users.

    Parameters
    ----------
    plans : list of (Action, float)
        What is done, and from which probability on.

    Returns
    -------
    DataFrame, one row per plan
        action : str
        threshold : float
        acted : float, share of the sessions
        value, low, high : float, shop currency per `PER` sessions scored
    """
    test = examples.of("test")
    thresholds = np.array([threshold for _, threshold in plans])
    acted = scored.test[:, None] >= thresholds  # (N, plans)
    gain = np.column_stack([action.gain(test["bought"]) for action, _ in plans])
    money = column_means(acted * gain * PER, test["user_id"], n, seed)
    names = [action.name for action, _ in plans]
    return pd.DataFrame(
        {"action": names, "threshold": thresholds, "acted": acted.mean(axis=0)}
    ).join(money)


def chosen_threshold(action: Action, scored: Scored, examples: Examples) -> float:
    """The best threshold on validation."""
    return best_threshold(action, examples.of("validation")["bought"], scored.validation)


def by_threshold(
    settings: dict, scored: Scored, examples: Examples, n: int, seed: int
) -> pd.DataFrame:
    """`profit` of every action at many thresholds, which act on a few, and on ever more by ratio.

    Where buyers are rare, what pays lies among the likeliest few; equal steps would leap over it.
    """
    shares = np.geomspace(min(FEWEST / len(scored.test), 1), 1, POINTS)
    thresholds = np.unique(np.quantile(scored.test, 1 - shares))
    plans = [(action, threshold) for action in actions(settings) for threshold in thresholds]
    return profit(plans, scored, examples, n, seed)


def compare(settings: dict, scored: Scored, examples: Examples, n: int, seed: int) -> pd.DataFrame:
    """Ways to choose whom to act on, by their `profit`; acting on nobody brings 0.

    Returns
    -------
    DataFrame, see `profit`, and
        who : str
            ``everyone``; ``break-even``, from the probability that the costs alone give; or
            ``chosen``, from the best threshold on validation.
    """
    ways = {
        "everyone": lambda action: 0.0,
        "break-even": lambda action: action.break_even,
        "chosen": lambda action: chosen_threshold(action, scored, examples),
    }
    named = [(way, action) for action in actions(settings) for way in ways]
    plans = [(action, ways[way](action)) for way, action in named]
    table = profit(plans, scored, examples, n, seed)
    table.insert(1, "who", [way for way, _ in named])
    return table


def by_moment(
    settings: dict,
    ladders: dict[str, dict[str, Scored]],
    name: str,
    examples: dict[str, Examples],
    n: int,
    seed: int,
) -> pd.DataFrame:
    """`profit` of the model called `name`, from its threshold chosen on validation, by moment.

    Returns
    -------
    DataFrame, one row per moment and action; see `profit`, and
        moment : str
        sessions : int, test sessions scored at that moment
        total : float, shop currency, of all of them
    """
    tables = []
    for moment, ladder in ladders.items():
        one, made = ladder[name], examples[moment]
        plans = [(action, chosen_threshold(action, one, made)) for action in actions(settings)]
        table = profit(plans, one, made, n, seed)
        size = len(one.test)
        tables.append(table.assign(moment=moment, sessions=size, total=table["value"] * size / PER))
    return pd.concat(tables, ignore_index=True)


def earliest(table: pd.DataFrame) -> dict[str, str | None]:
    """Of each action, the first moment whose whole interval lies above 0; None if none does."""
    pays = table[table["low"] > 0].groupby("action", sort=False)["moment"].first()
    return {action: pays.get(action) for action in table["action"].unique()}


def by_uplift(
    settings: dict, scored: Scored, examples: Examples, n: int, seed: int
) -> pd.DataFrame:
    """`profit` under other assumed uplifts, with the threshold chosen anew for each.

    Returns
    -------
    DataFrame, one row per action and uplift; see `profit`, and
        uplift : float
    """
    assumed = [action for uplift in settings["uplifts"] for action in actions(settings, uplift)]
    assumed.sort(key=lambda action: list(settings["actions"]).index(action.name))
    plans = [(action, chosen_threshold(action, scored, examples)) for action in assumed]
    table = profit(plans, scored, examples, n, seed)
    table.insert(1, "uplift", [action.uplift for action in assumed])
    return table


def gains(scored: Scored, examples: Examples, n: int, seed: int) -> pd.DataFrame:
    """Of the sessions, or users, told most likely, what share holds what share of the buyers.

    Returns
    -------
    DataFrame, one row per tenth of the test rows
        share : float, taken from the top
        value, low, high : float, share of all buyers among them
        lift, lift_low, lift_high : float, over a share drawn by lot

    Notes
    -----
    Those of one probability enter in the order of their ids, which say nothing of the outcome.
    """
    test = examples.of("test")
    place = np.empty(len(test))
    place[np.argsort(-scored.test, kind="stable")] = np.arange(len(test))
    taken = place[:, None] < TENTHS * len(test)  # (N, 10)
    buyers = np.repeat(test["bought"].to_numpy(dtype=bool)[:, None], len(TENTHS), axis=1)
    table = column_means(taken, test["user_id"], n, seed, among=buyers)
    lift = table.div(TENTHS, axis=0).set_axis(["lift", "lift_low", "lift_high"], axis=1)
    return table.assign(share=TENTHS).join(lift)
