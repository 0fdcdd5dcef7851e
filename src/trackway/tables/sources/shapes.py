"""Studies whose files have several shapes: which shape a file has, and what all have together."""

from collections.abc import Callable
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

from trackway.core.errors import InputError
from trackway.params.sampling import Mapping
from trackway.tables.sources.schemas import Schema


def fitting(file: Path, mapping: Mapping, schema_as: Callable[[Path, Mapping], Schema]) -> Schema:
    """The schema of `file`, by the first shape of `mapping` that it has.

    Parameters
    ----------
    schema_as : the schema of a file in a shape; raises InputError where it has it not

    Raises
    ------
    InputError
        If it has none of them; with what each of them lacks.
    """
    tried = [shape for shape in mapping.shapes if fnmatch(file.name.lower(), shape.files or "*")]
    faults = []
    for shape in tried:
        try:
            return schema_as(file, shape)
        except InputError as fault:
            faults.append(str(fault))
    if not tried:
        named = ", ".join(repr(shape.files) for shape in mapping.shapes)
        raise InputError(f"{file.name}: no shape of {mapping.label} is of such a name ({named})")
    raise InputError("\n".join(dict.fromkeys(faults)))


def together(schemas: list[Schema]) -> Schema:
    """One schema that has the columns and the event names of all.

    Raises
    ------
    InputError
        If an event name means one thing in one shape, and another in another.
    """
    first = schemas[0]
    if all(schema == first for schema in schemas):
        return first
    columns, events = {}, {}
    for schema in schemas:
        columns = schema.columns | columns
        for name, ours in _event_types(schema).items():
            if events.setdefault(name, ours) != ours:
                raise InputError(
                    f"sampling.mapping: the event name {name!r} means {events[name]} in one shape "
                    f"of {first.label} and {ours} in another; call it by one name in the files"
                )
    constants = {schema.event_type for schema in schemas}
    if len(constants) == 1 and None not in constants:
        return replace(first, columns=columns)
    return replace(first, columns=columns, event_types=events, event_type=None)


def _event_types(schema: Schema) -> dict[str, str]:
    """Event names and what they mean; the rows of a file that is all of one type bear its name."""
    return {schema.event_type: schema.event_type} if schema.event_type else schema.event_types
