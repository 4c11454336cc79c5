"""Files that a shop writes by hand, in YAML: every fault of one is gathered and told at once."""

from pathlib import Path
from typing import Any

import yaml

from models.errors import Fault


def read_yaml(path: Path, faults: list[Fault]) -> object:
    """What a file holds; an empty mapping where it is empty, cannot be read or is none, with the fault told."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_OnceLoader)  # noqa: S506  # a SafeLoader
    except OSError as error:
        faults.append(Fault(str(path), f"cannot be read: {error.strerror}"))
        return {}
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        faults.append(Fault(str(path), f"is not YAML: {error}"))
        return {}
    return {} if content is None else content


def mapping_of(value: object, where: str, faults: list[Fault], known: tuple[str, ...] | None = None) -> dict[str, Any]:
    """The entries whose names are words, and known ones where that is asked.

    Args:
        value: As the file has it.
        where: Path of the field, empty for the file.
        faults: Gets what is wrong.
        known: Names that may stand there; None for all.
    """
    if not isinstance(value, dict):
        faults.append(Fault(where or "file", f"must be a mapping, is {value!r}"))
        return {}
    prefix = f"{where}." if where else ""
    entries: dict[str, Any] = {}
    for name, entry in value.items():
        if not isinstance(name, str):
            faults.append(Fault(f"{prefix}{name}", "must be a word; in quotes if YAML reads it otherwise, as NO"))
        elif known is not None and name not in known:
            faults.append(Fault(f"{prefix}{name}", f"unknown; known are {', '.join(known)}"))
        else:
            entries[name] = entry
    return entries


def list_of(value: object, where: str, faults: list[Fault]) -> list[Any]:
    """The list, an empty one where it is none, with the fault told."""
    if isinstance(value, list):
        return value
    faults.append(Fault(where, f"must be a list, is {value!r}"))
    return []


def whole_number(value: object, where: str, least: int, most: int, faults: list[Fault]) -> int:
    """The number, the least one where it is none, with the fault told."""
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    faults.append(Fault(where, f"must be a whole number from {least} to {most}, is {value!r}"))
    return least


def number(value: object, where: str, least: float, most: float, faults: list[Fault]) -> float:
    """The number, the least one where it is none, with the fault told."""
    if isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most:
        return float(value)
    faults.append(Fault(where, f"must be a number from {least:g} to {most:g}, is {value!r}"))
    return least


def flag_of(value: object, where: str, faults: list[Fault]) -> bool:
    """The flag, false where it is none, with the fault told."""
    if isinstance(value, bool):
        return value
    faults.append(Fault(where, f"must be true or false, is {value!r}"))
    return False


class _OnceLoader(yaml.SafeLoader):
    """YAML in which a key that is given twice is a mistake, and not the last of the two."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [key.value for key, _ in node.value]
        repeated = next((key for key, _ in node.value if names.count(key.value) > 1), None)
        if repeated is not None:
            raise yaml.constructor.ConstructorError(None, None, f"{repeated.value} is given twice", repeated.start_mark)
        return super().construct_mapping(node, deep=deep)
