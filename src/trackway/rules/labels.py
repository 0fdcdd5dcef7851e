"""Labels a reader knows: a product's number alone says nothing."""

from collections.abc import Collection

import ibis.expr.types as ir

from trackway.core.escaping import visible
from trackway.rules.data import LEVELS, named
from trackway.rules.models import MinedRules
from trackway.tables import ids

LONGEST = 40  # characters of a name
KINDS_OF_ID = {"product": "product_id", "category": "category_id"}
SIDES = ["antecedent", "consequent"]


def of_rules(mined: list[MinedRules], events: ir.Table) -> dict[str, dict[str, str]]:
    """For each level, a label for every item that is part of a rule."""
    used = {level: set() for level in LEVELS}
    for one in mined:
        codes = [code for side in SIDES for rule in one.rules[side] for code in rule]
        used[one.level] |= {one.baskets.items[code] for code in codes}
    return {level: of_items(events, level, items) for level, items in used.items() if items}


def of_items(events: ir.Table, level: str, items: Collection[str]) -> dict[str, str]:
    """A label for each of `items`, in one line.

    A product is called by its title, or its brand and the last part of its category code, and by
    its id, as far as they are known; where its events disagree, by the first in the order of
    letters. A category without code is called by its id.
    """
    called = own_ids(events, level, items)
    if level == "product":
        labels = _products(events, items)
        return {item: f"{label} {_line(called[item])}" for item, label in labels.items()}
    numbered = f"{level} {{}}" if level == "category" else "{}"
    return {
        item: (numbered if item.isdigit() else "{}").format(_line(called[item])) for item in items
    }


def own_ids(events: ir.Table, level: str, items: Collection[str]) -> dict[str, str]:
    """What the shop itself calls each of `items`: a text id by its text, all others as they are."""
    kind = KINDS_OF_ID.get(level)
    return ids.called(events.get_backend(), kind, items) if kind else {item: item for item in items}


def _products(events: ir.Table, items: Collection[str]) -> dict[str, str]:
    asked = events.filter(LEVELS["product"](events).isin(sorted(items)))
    columns = [name for name in ["brand", "category_code", "title"] if name in asked.columns]
    known = asked.group_by(item=LEVELS["product"](asked)).aggregate(
        **{name: named(asked[name]).min() for name in columns}
    )
    table = known.order_by("item").to_pandas()
    rows = zip(table["item"], *(table[name] for name in columns), strict=True)
    return {item: _product(*names) for item, *names in rows}


def _product(brand: str | None, code: str | None, title: str | None = None) -> str:
    if isinstance(title, str):
        return _line(title)
    kind = [_line(code.rsplit(".", 1)[-1].replace("_", " "))] if isinstance(code, str) else []
    maker = [_line(brand)] if isinstance(brand, str) else []
    return " ".join(maker + kind or ["product"])


def _line(text: str) -> str:
    return visible(text, LONGEST)
