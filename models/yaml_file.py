"""Files that a shop writes by hand, in YAML: every fault of one is gathered and told at once."""

import math
import re
from pathlib import Path
from typing import Any

from models.errors import Fault
from models.yaml_text import Written, parse
from models.yaml_words import closest, did_you_mean, said, wrong


def read_yaml(path: Path, faults: list[Fault]) -> object:
    """What a file holds; an empty mapping where it is empty, cannot be read or is none, with the fault told."""
    written = _read(path, faults, keeps_times=False)
    faults.extend(written.repeated)
    return written.content


def read_places(path: Path, faults: list[Fault]) -> Written:
    """What a file holds and where, days and times as texts; keys that are given twice are the reader's to tell.

    Its content is as of `read_yaml`.
    """
    return _read(path, faults, keeps_times=True)


def mapping_of(value: object, where: str, faults: list[Fault], known: tuple[str, ...] | None = None) -> dict[str, Any]:
    """The entries whose names are words, and known ones where that is asked.

    A name that is much like a known one is told, and its entry then taken for that: nothing else is said to be missing.

    Args:
        value: As the file has it.
        where: Path of the field, empty for the file.
        faults: Gets what is wrong.
        known: Names that may stand there; None for all.
    """
    if not isinstance(value, dict):
        faults.append(Fault(where or "file", wrong("must be a mapping, keys with values", value)))
        return {}
    prefix = f"{where}." if where else ""
    entries: dict[str, Any] = {}
    meant: dict[str, Any] = {}
    for name, entry in value.items():
        if not isinstance(name, str):
            faults.append(Fault(f"{prefix}{said(name)}", "must be a word; in quotes if YAML reads it otherwise, as NO"))
        elif known is not None and name not in known:
            question = did_you_mean(name, known)
            told = f"unknown; {question} Known" if question else "unknown; known"
            faults.append(Fault(f"{prefix}{said(name)}", f"{told} are {', '.join(known)}"))
            meant.setdefault(closest(name, known), entry)
        else:
            entries[name] = entry
    meant.pop("", None)
    return {**meant, **entries}


def list_of(value: object, where: str, faults: list[Fault]) -> list[Any]:
    """The list, an empty one where it is none, with the fault told."""
    if isinstance(value, list):
        return value
    faults.append(Fault(where, wrong("must be a list", value)))
    return []


def whole_number(value: object, where: str, least: int, most: int, faults: list[Fault], hint: str = "") -> int:
    """The number, the least one where it is none, with the fault told and the hint, how to write what was meant."""
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    rule = f"must be a whole number from {least} to {most}"
    faults.append(Fault(where, wrong(rule, value, hint or _as_number(value))))
    return least


def number(value: object, where: str, least: float, most: float, faults: list[Fault], hint: str = "") -> float:
    """The number, the least one where it is none, with the fault told and the hint, how to write what was meant."""
    if isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most:
        return float(value)
    rule = f"must be a number from {least:g} to {most:g}"
    faults.append(Fault(where, wrong(rule, value, hint or _as_number(value))))
    return least


def flag_of(value: object, where: str, faults: list[Fault]) -> bool:
    """The flag, false where it is none, with the fault told."""
    if isinstance(value, bool):
        return value
    faults.append(Fault(where, wrong("must be true or false", value)))
    return False


_DIGITS = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]*)?(?:[eE][+-]?[0-9]+)?")


def _as_number(value: object) -> str:
    """How to write a text that reads like a number; empty where it does not."""
    if not isinstance(value, str) or not _DIGITS.fullmatch(value.strip()):
        return ""
    meant = float(value.strip().replace(",", "."))
    return f"that is a text: write {meant:.12g}, without quotes" if math.isfinite(meant) else ""


def _read(path: Path, faults: list[Fault], *, keeps_times: bool) -> Written:
    try:
        return parse(path.read_text(encoding="utf-8"), keeps_times=keeps_times)
    except OSError as error:
        faults.append(Fault(str(path), f"cannot be read: {error.strerror}"))
    except UnicodeDecodeError as error:
        faults.append(Fault(str(path), f"is not YAML: it is no text in UTF-8 from byte {error.start + 1} on"))
    except ValueError as error:
        faults.append(Fault(str(path), f"is not YAML: {error}"))
    return Written({}, {})
