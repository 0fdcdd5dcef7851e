"""Examples: what a user had done up to a moment, and the action that came next.

An example is one event that has at least one event of the same user strictly before it. Events
of one instant do not see each other: their order is ours, not the user's, and a model must not
learn our tie-break.
"""

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from trackway.core.cannot import Cannot
from trackway.evaluation.splits import PARTS, TimeSplit
from trackway.tables import user_sampling
from trackway.tables.events import IN_ORDER

PAD = 0  # actions, gaps and relations are numbered from 1, so 0 is never one of them
INPUTS = ("action", "gap", "relation")  # columns of an example, in this order
FIRST_GAP = FIRST_RELATION = 1  # the user's first event: there is none before it
SAME_PRODUCT, SAME_CATEGORY, OTHER = 2, 3, 4
N_RELATIONS = 5  # with the padding


@dataclass(frozen=True)
class Examples:
    """Examples in order of user and time.

    Attributes
    ----------
    inputs : uint8 array, shape (N, L, 3)
        Action, gap and relation of the last L events, newest last, padded with `PAD` on the left.
    target : int64 array, shape (N,)
        Index into `actions` from 0; -1 where the action never was a target in the training part.
    user_id, event_id : int64 arrays, shape (N,)
        Whose event the target is, and which.
    part : object array, shape (N,)
        The part of time the target lies in.
    actions : names of the classes
    """

    inputs: np.ndarray
    target: np.ndarray
    user_id: np.ndarray
    event_id: np.ndarray
    part: np.ndarray
    actions: tuple[str, ...]

    def of(self, part: str) -> "Examples":
        """The examples of one part whose action can be named."""
        return self.where((self.part == part) & (self.target >= 0))

    def came(self, action: str) -> np.ndarray:
        """Which of the examples `action` is the target of; bool array, shape (N,)."""
        return self.target == self.actions.index(action)

    def where(self, kept: np.ndarray) -> "Examples":
        """The examples marked in `kept`, shape (N,)."""
        arrays = (self.inputs, self.target, self.user_id, self.event_id, self.part)
        return Examples(*(array[kept] for array in arrays), self.actions)

    def comparable(self, min_users: int) -> "Examples | Cannot":
        """These, if models can be compared on them: two actions, and enough users in each part."""
        if len(self.actions) < 2:
            named = " and ".join(f"`{action}`" for action in self.actions) or "none"
            return Cannot(
                f"Kinds of action that follow another before the first cut: {named}. There is "
                "nothing to tell apart; at least 2 are needed."
            )
        users = {part: len(np.unique(self.of(part).user_id)) for part in PARTS}
        if min(users.values()) < min_users:
            counted = ", ".join(f"{part} {count:,}" for part, count in users.items())
            return Cannot(
                f"Users with an example: {counted}. Below {min_users} in a part "
                "(`sequences.min_users`) a comparison would rest on single users."
            )
        return self

    @property
    def history(self) -> np.ndarray:
        """Actions alone, shape (N, L): 0 is padding, 1.. the classes, the last one unknown."""
        return self.inputs[:, :, INPUTS.index("action")]

    def __len__(self) -> int:
        return len(self.target)


def totals(sizes: ir.Table) -> dict[str, int]:
    """How many `users` there are, how many `with_example`, and how many `examples` they make.

    Parameters
    ----------
    sizes : lazy table, `user_sampling.histories` of the events
    """
    counted = sizes.agg(
        users=sizes.count(),
        with_example=(sizes.n_examples > 0).sum().cast("int64"),
        examples=sizes.n_examples.sum().cast("int64"),
    )
    return {name: int(value) for name, value in counted.to_pyarrow().to_pylist()[0].items()}


def draw_users(sizes: ir.Table, max_examples: int, seed: int) -> ir.Table:
    """The ``user_id`` of whole users in the order of a seeded hash, as long as their examples fit.

    Users without an example are left out, and so is one who alone has more than `max_examples`.
    """
    return user_sampling.whole_users(sizes.select("user_id", size="n_examples"), max_examples, seed)


def stream(events: ir.Table, users: ir.Table) -> pd.DataFrame:
    """The events of `users`, in order of user, time and `event_id`.

    Returns
    -------
    DataFrame, one row per event
        event_id, user_id, product_id, category_id : int, the last one null where it is not known
        event_time : Timestamp, UTC; event_type : str
    """
    columns = ["event_id", "user_id", "event_time", "event_type", "product_id", "category_id"]
    kept = events.semi_join(users, "user_id").select(columns)
    return kept.order_by(["user_id", "event_time", "event_id"]).to_pandas()


def build(events: pd.DataFrame, split: TimeSplit, window: int, gaps: list[str]) -> Examples:
    """Examples of all `events`, their vocabulary taken from the training part.

    Parameters
    ----------
    events : DataFrame, one row per event
        As `stream` returns them.
    split : TimeSplit
        An example belongs to the part its target lies in. Its history may reach back over the
        cut: that is known at the moment.
    window : int
        Events a history holds at most, L.
    gaps : list of durations, rising
        Edges between the classes of pauses.
    """
    start, end = past(events)
    has_past = end > start
    part = np.full(len(events), "", dtype=object)
    part[has_past] = split.part(*[events["event_time"][has_past]] * 2)
    actions = vocabulary(events["event_type"][part == "train"])
    codes = action_codes(events["event_type"], actions)
    inputs = np.stack([codes, gap_codes(events, gaps), relation_codes(events)], axis=1)
    target = np.where(codes > len(actions), -1, codes.astype(np.int64) - 1)
    return Examples(
        inputs=windows(inputs, start[has_past], end[has_past], window),
        target=target[has_past],
        user_id=events["user_id"].to_numpy()[has_past],
        event_id=events["event_id"].to_numpy()[has_past],
        part=part[has_past],
        actions=actions,
    )


def past(events: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Per event the rows of its past: from `start` up to, and without, `end`.

    The past of an event is what the same user did strictly before its instant.

    Examples
    --------
    One user, the last two events in one second:

    >>> times = pd.to_datetime(["2024-03-01 09:00", "2024-03-01 09:05", "2024-03-01 09:05"])
    >>> start, end = past(pd.DataFrame({"user_id": 7, "event_time": times}))
    >>> end - start
    array([0, 1, 1])
    """
    new_user = changes(events["user_id"])
    new_instant = new_user | changes(events["event_time"])
    row = np.arange(len(events))
    start = np.maximum.accumulate(np.where(new_user, row, 0)) if len(row) else row
    end = np.maximum.accumulate(np.where(new_instant, row, 0)) if len(row) else row
    return start, end


def last_before(events: pd.DataFrame, event_id: np.ndarray) -> pd.DataFrame:
    """The user's last event strictly before the instant of each of the events `event_id`.

    Parameters
    ----------
    events : DataFrame, as `stream` returns them
    event_id : int array, of events that have such a past

    Returns
    -------
    DataFrame, one row per `event_id`, in their order; columns of `events`
    """
    _, end = past(events)
    place = pd.Series(np.arange(len(events)), events["event_id"]).loc[event_id].to_numpy()
    return events.iloc[end[place] - 1].reset_index(drop=True)


def changes(column: pd.Series) -> np.ndarray:
    """Whether a row differs from the one before it; the first one does."""
    return column.ne(column.shift()).to_numpy(dtype=bool)


def vocabulary(event_types: pd.Series) -> tuple[str, ...]:
    """The actions that occur, in the order of a visit."""
    present = set(event_types.unique())
    return tuple(action for action in IN_ORDER if action in present)


def action_codes(event_types: pd.Series, actions: tuple[str, ...]) -> np.ndarray:
    """1.. for `actions`, one more for any other; uint8."""
    codes = {action: code for code, action in enumerate(actions, start=1)}
    return event_types.map(codes).fillna(len(actions) + 1).to_numpy(dtype=np.uint8)


def gap_codes(events: pd.DataFrame, gaps: list[str]) -> np.ndarray:
    """Class of the pause before each event: 1 if there is none, 2.. by the edges in `gaps`.

    A pause of just an edge still belongs to the shorter class.
    """
    edges = [pd.Timedelta(gap).total_seconds() for gap in gaps]
    pause = events["event_time"].diff().dt.total_seconds().to_numpy()
    codes = np.searchsorted(edges, np.nan_to_num(pause), side="left") + FIRST_GAP + 1
    return np.where(changes(events["user_id"]), FIRST_GAP, codes).astype(np.uint8)


def relation_codes(events: pd.DataFrame) -> np.ndarray:
    """How the product relates to that of the user's event before; an unknown category is other."""
    same_product = ~changes(events["product_id"])
    category = events["category_id"]
    same_category = category.eq(category.shift()).fillna(False).to_numpy(dtype=bool)
    related = np.select([same_product, same_category], [SAME_PRODUCT, SAME_CATEGORY], OTHER)
    return np.where(changes(events["user_id"]), FIRST_RELATION, related).astype(np.uint8)


def windows(inputs: np.ndarray, start: np.ndarray, end: np.ndarray, length: int) -> np.ndarray:
    """The newest `length` rows of each range, newest last.

    Parameters
    ----------
    inputs : array, shape (M, F)
    start, end : int arrays, shape (N,)
        Ranges of rows of `inputs`.
    length : int
        L.

    Returns
    -------
    array, shape (N, L, F)
        Padded with `PAD` on the left, so [:, -1] always holds the newest row.

    Examples
    --------
    >>> rows = np.array([[5], [6], [7]])
    >>> windows(rows, start=np.array([0, 0]), end=np.array([1, 3]), length=2)[:, :, 0]
    array([[0, 5],
           [6, 7]])
    """
    rows = end[:, None] + np.arange(-length, 0)  # (N, L)
    inside = rows >= start[:, None]
    return np.where(inside[:, :, None], inputs[np.where(inside, rows, 0)], PAD).astype(inputs.dtype)


def part_table(examples: Examples) -> pd.DataFrame:
    """How many examples each part of time holds, and of which actions.

    Returns
    -------
    DataFrame, one row per part
        part : str; users, examples : int
        a column per action : int, and "not seen in training" for those that were no class there
    """
    names = [*examples.actions, "not seen in training"]
    rows = []
    for part in PARTS:
        inside = examples.part == part
        counts = np.bincount(examples.target[inside] % len(names), minlength=len(names))
        rows.append(
            {
                "part": part,
                "users": len(np.unique(examples.user_id[inside])),
                "examples": int(inside.sum()),
                **dict(zip(names, counts.tolist(), strict=True)),
            }
        )
    return pd.DataFrame(rows)
