"""The model that is kept, in one JSON file that runs nothing when it is read.

A model per moment: LightGBM's own text, or the terms of a logistic regression. Beside it what it
was made from: the features in order and when each is known, the cut in time, the settings, and
what it reached on test. A checksum over all of it tells a changed file.

scikit-learn has no such format for its trees: pickle, which runs code when it is read, is all
there is, so a forest is not kept.
"""

import hashlib
import json
from dataclasses import dataclass

import lightgbm
import numpy as np
import pandas as pd
from imblearn.pipeline import Pipeline
from sklearn.compose import ColumnTransformer

from trackway.core import paths
from trackway.core.cannot import Cannot
from trackway.core.errors import InputError
from trackway.evaluation.splits import TimeSplit
from trackway.intent.data import Examples
from trackway.intent.features.registry import CALENDAR, REGISTRY
from trackway.intent.models import LIGHTGBM, LOGISTIC, Ladders, circle, ratio

FILE = "data/processed/intent_model.json"
AGAIN = "run 05_intent again (python -m trackway.pipeline.run 05_intent)"
TRANSFORMS = {
    "plain": lambda values: values.to_numpy(dtype=float),
    "ratio": ratio,
    **{
        f"{kind} of {name}": (lambda values, p=period, i=i: circle(values, p)[:, i])
        for name, period in CALENDAR.items()
        for i, kind in enumerate(["sine", "cosine"])
    },
}


@dataclass(frozen=True)
class Stored:
    """A model as it is kept.

    Attributes
    ----------
    card : dict
        ``model`` (its name), ``split``, ``timezone``, ``smoothing`` and what else was noted.
    moments : dict
        By moment: ``features`` in order, and ``text`` (LightGBM) or ``terms`` and ``intercept``.
    """

    card: dict
    moments: dict[str, dict]

    @property
    def split(self) -> TimeSplit:
        """The cut in time the model was fitted and chosen by."""
        return TimeSplit(*(pd.Timestamp(self.card["split"][name]) for name in _CUTS))

    def probability(self, moment: str, rows: pd.DataFrame) -> np.ndarray:
        """Probability of a purchase later in the session, of `rows` scored at `moment`."""
        one = self.moments[moment]
        if self.card["model"] == LOGISTIC:
            return _logistic(one, rows)
        numbers = rows[one["features"]].to_numpy(dtype=float)
        if not len(numbers):
            return np.empty(0)
        booster = lightgbm.Booster(model_str=one["text"])
        return booster.predict(numbers, num_threads=1)


_CUTS = ("train_end", "validation_end")


def keep(name: str, ladders: Ladders, examples: dict[str, Examples], card: dict) -> Stored:
    """The stored form of a fitted model of every moment.

    Parameters
    ----------
    name : LOGISTIC or LIGHTGBM
    ladders : moment to model to what was fitted
    card : what else to note of it; ``split``, ``timezone`` and ``smoothing`` are needed to score
    """
    features = {moment: examples[moment].features for moment in ladders}
    parts = {
        moment: {"features": features[moment], **_PARTS[name](ladder[name].fitted)}
        for moment, ladder in ladders.items()
    }
    known = {
        feature: {"meaning": REGISTRY[feature].meaning, "known": REGISTRY[feature].available}
        for feature in sorted({one for named in features.values() for one in named})
    }
    return Stored({"model": name, "features": known, **card}, parts)


def write(stored: Stored | Cannot) -> None:
    """Write the model, or why there is none: no earlier one may be taken for one of these data."""
    content = (
        {"none": stored.reason}
        if isinstance(stored, Cannot)
        else {"card": stored.card, "moments": stored.moments}
    )
    text = json.dumps(content | {"sha256": _checksum(content)}, indent=1, sort_keys=True)
    paths.target(FILE).write_text(text + "\n", encoding="utf-8")


def read(file: str = FILE) -> Stored:
    """The model that `write` wrote; nothing in it is run.

    Raises
    ------
    InputError
        If there is none, it was changed since, or it asks for features that are not declared.
    """
    path = paths.path(file)
    if not path.exists():
        raise InputError(f"{file} is missing; {AGAIN}")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{file} is no JSON ({error}); {AGAIN}") from None
    if not isinstance(content, dict) or content.pop("sha256", None) != _checksum(content):
        raise InputError(f"{file} is not as it was written, its checksum differs; {AGAIN}")
    if "none" in content:
        raise InputError(f"{file} holds no model: {content['none']}")
    stored = Stored(content["card"], content["moments"])
    unknown = {f for one in stored.moments.values() for f in one["features"]} - set(REGISTRY)
    if unknown or stored.card["model"] not in _PARTS:
        raise InputError(
            f"{file} asks for {', '.join(sorted(unknown)) or stored.card['model']}, which this "
            f"version does not know; {AGAIN}"
        )
    return stored


def _checksum(content: dict) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _text(pipeline: Pipeline) -> dict:
    return {"text": pipeline.named_steps["model"].booster_.model_to_string()}


def _terms(pipeline: Pipeline) -> dict:
    """A logistic regression as a sum: of each term its transform, fill, mean, scale, weight."""
    model = pipeline.named_steps["model"]
    columns = _columns(pipeline.named_steps["prepare"])
    terms = [
        column | {"weight": float(weight)}
        for column, weight in zip(columns, model.coef_[0], strict=True)
    ]
    return {"terms": terms, "intercept": float(model.intercept_[0])}


def _columns(prepare: ColumnTransformer) -> list[dict]:
    """What `models.preparation` makes of the features, column by column."""
    columns = []
    for block, _, names in prepare.transformers_:
        if block in CALENDAR:
            columns += [
                {"feature": block, "transform": f"{kind} of {block}", "fill": 0.0}
                | {"mean": 0.0, "scale": 1.0}
                for kind in ("sine", "cosine")
            ]
        elif block in ("ratios", "plain") and len(names):
            steps = prepare.named_transformers_[block].named_steps
            fill, scale = steps["fill"].statistics_, steps["scale"]
            transform = "ratio" if block == "ratios" else "plain"
            columns += [
                {"feature": name, "transform": transform, "fill": float(f)}
                | {"mean": float(m), "scale": float(s)}
                for name, f, m, s in zip(names, fill, scale.mean_, scale.scale_, strict=True)
            ]
    return columns


_PARTS = {LIGHTGBM: _text, LOGISTIC: _terms}


def _logistic(one: dict, rows: pd.DataFrame) -> np.ndarray:
    """Term by term, so that a row's sum does not hang on the rows beside it."""
    total = np.full(len(rows), one["intercept"])
    for term in one["terms"]:
        values = TRANSFORMS[term["transform"]](rows[term["feature"]])
        filled = np.where(np.isnan(values), term["fill"], values)
        total += term["weight"] * (filled - term["mean"]) / term["scale"]
    return 1 / (1 + np.exp(-total))
