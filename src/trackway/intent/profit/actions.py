"""What acting costs and is assumed to bring, and from which probability on it is best.

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

from trackway.params.intent import Worth

NOBODY = np.inf  # a threshold that no probability reaches


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

    def gain(self, y_true: object) -> np.ndarray:
        """Expected profit of acting on each, given whether it bought without."""
        return np.asarray(y_true, dtype=float) * self.per_buyer - self.contact


def actions(worth: Worth, uplift: float | None = None) -> list[Action]:
    """The actions of `params.yaml`, at its assumed uplift or at another."""
    assumed = worth.uplift if uplift is None else uplift
    return [
        Action(name, worth.margin, cost.contact, cost.per_order, assumed)
        for name, cost in worth.actions.items()
    ]


def best_threshold(action: Action, y_true: object, y_proba: np.ndarray) -> float:
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
    order = np.argsort(-y_proba, kind="stable")
    ordered = y_proba[order]
    total = action.gain(y_true)[order].cumsum()
    last_of_tie = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
    best = last_of_tie[np.argmax(total[last_of_tie])]
    return float(ordered[best]) if total[best] > 0 else NOBODY
