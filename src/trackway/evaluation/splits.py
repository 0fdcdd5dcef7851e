"""Cut time once, for all models: train, then validation, then test.

A model is always asked about a time it has not seen. So the cut is two moments, the same for
every user, never a draw of rows: a random split lets a model train on Tuesday's rows and be
tested on Monday's. This is the only place that knows where the moments lie.
"""

from dataclasses import dataclass
from typing import Self

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from trackway.core.errors import InputError

PARTS = ("train", "validation", "test")
STRADDLES = "straddles"  # lies on both sides of a cut, so it belongs to no part


def utc(times: object) -> pd.Series:
    """`times` as a series of moments in UTC; times without a zone are refused."""
    series = pd.Series(times).reset_index(drop=True)
    zone = getattr(series.dtype, "tz", None)
    if str(zone) != "UTC":
        raise ValueError(f"times must be in UTC with their zone attached, got {series.dtype}")
    return series


@dataclass(frozen=True)
class TimeSplit:
    """Two moments that cut time into train, validation and test.

    A moment belongs to the part that begins with it: train is everything before `train_end`,
    test everything from `validation_end` on.
    """

    train_end: pd.Timestamp
    validation_end: pd.Timestamp

    def __post_init__(self) -> None:
        if self.train_end > self.validation_end:
            raise ValueError(f"train ends {self.train_end}, after {self.validation_end}")

    @classmethod
    def of(cls, starts: object, train: float = 0.7, validation: float = 0.15) -> Self:
        """Cut so that the given shares of sessions start before the cuts.

        Parameters
        ----------
        starts : series or array of moments, UTC
            When each session started.
        train, validation : float
            Shares of the sessions; what they leave is the test part. Sessions that start at
            one instant fall on one side, so the shares are met as nearly as that allows.

        Raises
        ------
        InputError
            If there is no session, or the shares leave a part empty by construction.

        Examples
        --------
        >>> days = pd.Series(pd.date_range("2024-03-01", periods=10, tz="UTC"))
        >>> split = TimeSplit.of(days, train=0.6, validation=0.2)
        >>> split.train_end.day, split.validation_end.day
        (7, 9)
        """
        ordered = utc(starts).sort_values(ignore_index=True)
        return cls(*ordered.iloc[_first_after(len(ordered), train, validation)])

    @classmethod
    def of_table(cls, sessions: ir.Table, train: float = 0.7, validation: float = 0.15) -> Self:
        """The same for a lazy table with a column ``started``; only the two moments leave it."""
        wanted = _first_after(int(sessions.count().execute()), train, validation)
        # Sessions are counted by instant first: a place in the order of all needs no sort of all.
        starts = sessions.group_by("started").aggregate(n=sessions.count())
        in_order = ibis.window(order_by="started", preceding=None, following=0)
        starts = starts.mutate(so_far=starts.n.sum().over(in_order))
        cuts = {
            f"cut_{i}": starts.started.min(where=starts.so_far > place)
            for i, place in enumerate(wanted)
        }
        return cls(*starts.aggregate(**cuts).to_pandas().iloc[0])

    def part(self, started: object, ended: object) -> np.ndarray:
        """To which part each session belongs.

        A session belongs to a part that holds the whole of it. One that started before a cut
        and had not ended by then belongs to none: its beginning would teach what its end is
        tested on.

        Parameters
        ----------
        started, ended : series or array of moments, UTC, shape (n,)
            First and last event of each session.

        Returns
        -------
        object array, shape (n,)
            'train', 'validation', 'test' or 'straddles'.
        """
        began, ended = self._number(started), self._number(ended)
        return np.where(began == ended, np.array(PARTS, dtype=object)[began], STRADDLES)

    def part_of(self, started: ir.TimestampValue, ended: ir.TimestampValue) -> ir.StringValue:
        """The same as `part`, as a lazy expression."""
        return ibis.cases(
            (ended < self._literal(self.train_end), "train"),
            (started < self._literal(self.train_end), STRADDLES),
            (ended < self._literal(self.validation_end), "validation"),
            (started < self._literal(self.validation_end), STRADDLES),
            else_="test",
        )

    def refuse_to_score_before(self, starts: object, cut: str = "train_end") -> None:
        """Stop if a model trained on data up to a cut is asked about a time before it.

        Parameters
        ----------
        starts : series or array of moments, UTC
            When that which is to be scored started.
        cut : {'train_end', 'validation_end'}
            Up to where the model, or the choices made for it, have seen the data.
        """
        moment = getattr(self, cut)
        n_before = int((utc(starts) < moment).sum())
        if n_before:
            raise ValueError(
                f"the model has seen the data up to {moment}, and {n_before:,} of the "
                f"{len(starts):,} rows to score start before it; score later ones"
            )

    def describe(self, parts: object | None = None) -> pd.DataFrame:
        """When each part begins and ends; with `parts`, also how many sessions it holds.

        Parameters
        ----------
        parts : array of part names, optional
            What `part` returned. Sessions on a cut are then counted in a row of their own.

        Returns
        -------
        DataFrame
            part : str
            from, before : Timestamp, UTC; null where the part is open
            sessions : int, with `parts` only
        """
        table = pd.DataFrame(
            {
                "part": [*PARTS, STRADDLES],
                "from": [pd.NaT, self.train_end, self.validation_end, pd.NaT],
                "before": [self.train_end, self.validation_end, pd.NaT, pd.NaT],
            }
        )
        if parts is None:
            return table.iloc[:3]
        counts = pd.Series(parts, dtype=object).value_counts()
        return table.assign(sessions=[int(counts.get(part, 0)) for part in table["part"]])

    def _number(self, times: object) -> np.ndarray:
        """0 before the first cut, 1 between the cuts, 2 from the second on."""
        times = utc(times)
        reached = [(times >= cut).to_numpy() for cut in (self.train_end, self.validation_end)]
        return np.sum(reached, axis=0)

    def _literal(self, moment: pd.Timestamp) -> ir.TimestampValue:
        return ibis.timestamp(moment.isoformat()).cast("timestamp('UTC')")


def _first_after(n: int, train: float, validation: float) -> list[int]:
    """Places, in order of start, of the first session after each cut."""
    if not (train > 0 and validation > 0 and train + validation < 1):
        raise InputError(
            f"train={train} and validation={validation} leave a part empty; choose shares "
            "above 0 that add up to less than 1 (shared.split in params.yaml)"
        )
    if not n:
        raise InputError("there is no session to split in time; use more data")
    # shares are decimal fractions, so .85 * 20 must be 17 and not 16.999...
    return [min(int(round(n * share, 6)), n - 1) for share in (train, train + validation)]
