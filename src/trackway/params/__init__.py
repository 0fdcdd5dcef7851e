"""What `params.yaml` may say: one class per section, every number with its bounds.

An unknown or missing name, a wrong type or a value out of bounds is refused with the place, the
value and what is allowed, all faults at once.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import ValidationError

from trackway import ROOT
from trackway.core.errors import InputError
from trackway.core.watched import SECTION
from trackway.params.demo import Demo
from trackway.params.eda import Eda
from trackway.params.engine import Engine
from trackway.params.intent import Intent
from trackway.params.recommend import Recommend
from trackway.params.rfm import Rfm
from trackway.params.rules import Rules
from trackway.params.sampling import Sampling
from trackway.params.sequences import Sequences
from trackway.params.shared import Shared
from trackway.params.values import MEANT, Section


class Params(Section):
    shared: Shared
    engine: Engine
    demo: Demo
    sampling: Sampling
    eda: Eda
    rfm: Rfm
    rules: Rules
    intent: Intent
    sequences: Sequences
    recommend: Recommend


def section(name: str) -> Section:
    """One section of `params.yaml`, or a part such as ``demo.effects``, as its typed object.

    Raises
    ------
    InputError
        If `params.yaml` holds an unknown name, misses one, or a value cannot be used.
    """
    sys.audit(SECTION, name)  # the watcher holds it against the stage's params
    return _part(read(ROOT / "params.yaml"), name)


def checked(name: str, content: Section | Mapping | None) -> Section:
    """`content` as the section `name`; None for that of `params.yaml`.

    Parameters
    ----------
    content : the section itself, or a dictionary such as papermill injects

    Raises
    ------
    InputError
        If a name or a value in it cannot be used. All faults are named.
    """
    if content is None:
        return section(name)
    if isinstance(content, Section):
        return content
    try:
        return Params.model_fields[name].annotation.model_validate(content)
    except ValidationError as error:
        faults = "\n".join(f"  - {name}.{_fault(one)}" for one in error.errors())
        raise InputError(f"the parameters of {name} cannot be used:\n{faults}") from None


def _part(content: Section, name: str) -> Section:
    for part in name.split("."):
        content = getattr(content, part)
    return content


def read(file: Path) -> Params:
    """The checked contents of `file`.

    Raises
    ------
    InputError
        If the file is no YAML, or a name or value in it cannot be used. All faults are named.
    """
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{file.name} is missing; restore it: git checkout {file.name}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{file.name} is not readable as YAML: {error}") from None
    if not isinstance(content, dict):
        raise InputError(
            f"{file.name} holds {content!r}, not sections; see git show HEAD:params.yaml"
        )
    try:
        return Params.model_validate(content)
    except ValidationError as error:
        faults = "\n".join(f"  - {_fault(one)}" for one in error.errors())
        raise InputError(f"{file.name} cannot be used:\n{faults}") from None


def _fault(error) -> str:
    name = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{name}: no such parameter (a typing error?); it is set to {error['input']!r}"
    if error["type"] == "missing":
        return f"{name}: is missing; data/README.md and `git diff params.yaml` show what there was"
    if error["type"] == "string_pattern_mismatch":
        meant = MEANT.get(error["ctx"]["pattern"], error["msg"])
        return f"{name}: {meant} is meant, got {error['input']!r}"
    return f"{name}: {error['msg']}, got {error['input']!r}"
