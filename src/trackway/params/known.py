"""The mappings that have a name: public data sets, each described in one file of ``known/``.

A mapping is written out in full before it is checked: a name is replaced by what it stands for,
and what several shapes of file share is given to each of them.
"""

from functools import cache
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent / "known"
DEEP = ("columns", "event_types", "kinds")  # merged by their entries, not replaced as a whole


def names() -> list[str]:
    """The names there are, sorted."""
    return sorted(file.stem for file in FOLDER.glob("*.yaml"))


def in_full(mapping: object) -> object:
    """A mapping as `params.yaml` has it, in full; what is none is given back for others to refuse.

    Parameters
    ----------
    mapping : a name; or a dictionary
        With ``name``, what else it says goes before what the name stands for, in all shapes. With
        ``parts``, each is a shape of file that has what the dictionary says, unless it says
        otherwise itself; a dictionary with ``columns`` is the first shape.

    Returns
    -------
    dict
        The first shape, and the others, in full, under ``parts``.

    Raises
    ------
    ValueError
        If no mapping has that name; the names there are.

    Examples
    --------
    >>> in_full({"label": "a shop", "parts": [{"files": "a*"}, {"files": "b*"}]})
    {'label': 'a shop', 'files': 'a*', 'parts': [{'label': 'a shop', 'files': 'b*'}]}
    """
    if isinstance(mapping, str):
        return _named(mapping)
    if not isinstance(mapping, dict):
        return mapping
    own = {key: value for key, value in mapping.items() if key != "name"}
    if "name" not in mapping:
        return _distributed(own)
    base = _named(mapping["name"])
    parts = [_merged(part, own) for part in base.get("parts", [])]
    first = _merged({key: value for key, value in base.items() if key != "parts"}, own)
    return first | ({"parts": parts} if parts else {})


def _named(name: object) -> dict:
    if name not in names():
        raise ValueError(
            f"no mapping has this name; there are {', '.join(names())}. For a table of your own, "
            "say which column holds what; data/README.md shows how"
        )
    return in_full(_read(name))


@cache
def _read(name: str) -> dict:
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


def _distributed(mapping: dict) -> dict:
    parts = mapping.get("parts")
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        return mapping
    shared = {key: value for key, value in mapping.items() if key != "parts"}
    full = [_merged(shared, part) for part in parts]
    if "columns" not in shared and full:
        shared, *full = full
    return shared | {"parts": full}


def _merged(base: dict, over: dict) -> dict:
    deep = {
        key: base[key] | over[key]
        for key in DEEP
        if isinstance(base.get(key), dict) and isinstance(over.get(key), dict)
    }
    return base | over | deep
