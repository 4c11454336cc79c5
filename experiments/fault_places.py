"""Where in experiments.yaml a fault is, for people: its line, and the names of the test and the arm."""

import re
from collections.abc import Sequence
from dataclasses import replace

from models.errors import Fault
from models.yaml_text import Written
from models.yaml_words import said

_TEST = re.compile(r"experiments\[(\d+)\](?:\.arms\[(\d+)\])?")


def in_order(faults: Sequence[Fault], written: Written) -> list[Fault]:
    """The faults in the order of the file, each with its line and names before what is wrong.

    Args:
        faults: Of the file's fields.
        written: The file.
    """
    told = sorted(faults, key=lambda fault: written.place_of(fault.field))
    return [replace(fault, description=_located(fault, written)) for fault in told]


def _located(fault: Fault, written: Written) -> str:
    line, _ = written.place_of(fault.field)
    where = [f"line {line}"] if line else []
    if found := _TEST.match(fault.field):
        test = _child(_child(written.content, "experiments"), int(found[1]))
        where.append(_named("test", test, int(found[1])))
        if found[2]:
            where.append(_named("arm", _child(_child(test, "arms"), int(found[2])), int(found[2])))
    return f"{', '.join(where)}: {fault.description}" if where else fault.description


def _named(kind: str, entry: object, place: int) -> str:
    name = _child(entry, "name")
    return f'{kind} "{said(name)}"' if isinstance(name, str) and name.strip() else f"{kind} {place + 1}"


def _child(value: object, key: str | int) -> object:
    """What a mapping has under a key, or a list at a place; None where it is no such thing."""
    if isinstance(value, dict):
        return value.get(key)
    return value[key] if isinstance(value, list) and isinstance(key, int) and key < len(value) else None
