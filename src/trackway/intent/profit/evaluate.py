"""Profit of acting on the likeliest, with intervals over users: by threshold, moment and uplift.

What acting brings is in `actions`. Everything is judged on test, from thresholds chosen before.
"""

import numpy as np
import pandas as pd

from trackway.evaluation.bootstrap import column_means
from trackway.intent.data import Examples
from trackway.intent.models import Scored
from trackway.intent.profit.actions import Action, actions, best_threshold
from trackway.params.intent import Worth

PER = 1000  # sessions, or users, a profit is quoted for
POINTS = 41  # thresholds of a profit curve
FEWEST = 10  # acted on at the highest of them
TENTHS = np.arange(1, 11) / 10


def of_plans(
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
    worth: Worth, scored: Scored, examples: Examples, n: int, seed: int
) -> pd.DataFrame:
    """`of_plans` of every action at many thresholds, which act on a few, and on ever more by ratio.

    Where buyers are rare, what pays lies among the likeliest few; equal steps would leap over it.
    """
    shares = np.geomspace(min(FEWEST / len(scored.test), 1), 1, POINTS)
    thresholds = np.unique(np.quantile(scored.test, 1 - shares))
    plans = [(action, threshold) for action in actions(worth) for threshold in thresholds]
    return of_plans(plans, scored, examples, n, seed)


def compare(worth: Worth, scored: Scored, examples: Examples, n: int, seed: int) -> pd.DataFrame:
    """Ways to choose whom to act on, by their `of_plans`; acting on nobody brings 0.

    Returns
    -------
    DataFrame, see `of_plans`, and
        who : str
            ``everyone``; ``break-even``, from the probability that the costs alone give; or
            ``chosen``, from the best threshold on validation.
    """
    ways = {
        "everyone": lambda action: 0.0,
        "break-even": lambda action: action.break_even,
        "chosen": lambda action: chosen_threshold(action, scored, examples),
    }
    named = [(way, action) for action in actions(worth) for way in ways]
    plans = [(action, ways[way](action)) for way, action in named]
    table = of_plans(plans, scored, examples, n, seed)
    table.insert(1, "who", [way for way, _ in named])
    return table


def by_moment(
    worth: Worth,
    ladders: dict[str, dict[str, Scored]],
    model: str,
    examples: dict[str, Examples],
    n: int,
    seed: int,
) -> pd.DataFrame:
    """`of_plans` of the model called `model`, from its threshold chosen on validation, by moment.

    Returns
    -------
    DataFrame, one row per moment and action; see `of_plans`, and
        moment : str
        sessions : int, test sessions scored at that moment
        total : float, shop currency, of all of them
    """
    tables = []
    for moment, ladder in ladders.items():
        one, made = ladder[model], examples[moment]
        plans = [(action, chosen_threshold(action, one, made)) for action in actions(worth)]
        table = of_plans(plans, one, made, n, seed)
        size = len(one.test)
        tables.append(table.assign(moment=moment, sessions=size, total=table["value"] * size / PER))
    return pd.concat(tables, ignore_index=True)


def earliest(table: pd.DataFrame) -> dict[str, str | None]:
    """Of each action, the first moment whose whole interval lies above 0; None if none does."""
    pays = table[table["low"] > 0].groupby("action", sort=False)["moment"].first()
    return {action: pays.get(action) for action in table["action"].unique()}


def by_uplift(worth: Worth, scored: Scored, examples: Examples, n: int, seed: int) -> pd.DataFrame:
    """`of_plans` under other assumed uplifts, with the threshold chosen anew for each.

    Returns
    -------
    DataFrame, one row per action and uplift; see `of_plans`, and
        uplift : float
    """
    assumed = [action for uplift in worth.uplifts for action in actions(worth, uplift)]
    assumed.sort(key=lambda action: list(worth.actions).index(action.name))
    plans = [(action, chosen_threshold(action, scored, examples)) for action in assumed]
    table = of_plans(plans, scored, examples, n, seed)
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
