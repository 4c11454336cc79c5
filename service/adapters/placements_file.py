"""The placements' manners as the shop writes them: read once, from placements.yaml, every fault reported at once."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from models.errors import Fault, InvalidInputError
from models.yaml_file import mapping_of, number, read_yaml, whole_number
from service.core.personal import MAX_REST_DAYS
from service.core.placements import PLACEMENTS, Moment, Placement, Restraint

MAX_RESULTS = 100
TRAINED = "trained"
"""Word for the bar that the bundle was trained with."""


def read_placements(path: Path | None) -> Mapping[str, Placement]:
    """The placements of a file, with defaults for what it leaves out; the defaults where there is no file.

    Raises:
        InvalidInputError: Names every unknown placement or key, and every value out of range.
    """
    if path is None:
        return PLACEMENTS
    faults: list[Fault] = []
    given = mapping_of(read_yaml(path, faults), "", faults, known=tuple(PLACEMENTS))
    placements = {name: _placement(own, given.get(name, {}), faults) for name, own in PLACEMENTS.items()}
    if faults:
        raise InvalidInputError(str(path), faults)
    return MappingProxyType(placements)


_WHOLE = {
    "max_results": (1, MAX_RESULTS),
    "most_results": (1, MAX_RESULTS),
    "min_results": (1, MAX_RESULTS),
    "rest_after": (0, 100),
    "rest_days": (1, MAX_REST_DAYS),
}
_NUMBERS = {
    "min_probability": (0.0, 1.0),
    "max_price_share": (0.0, 100.0),
    "max_category_share": (0.0, 1.0),
    "max_likeness": (0.05, 2.0),
}
"""Least and most of each key. A price share of 1 lets an accessory cost what its anchor does; a likeness over 1 lets
titles be."""
KEYS = (*_WHOLE, *_NUMBERS, "moments")
_MOMENTS = {moment.name.lower(): moment for moment in Moment}


def _placement(own: Placement, value: object, faults: list[Fault]) -> Placement:
    given = mapping_of(value, own.name, faults, known=KEYS)
    changed: dict[str, Any] = {}
    for key, one in given.items():
        where = f"{own.name}.{key}"
        if key in _WHOLE:
            changed[key] = whole_number(one, where, *_WHOLE[key], faults)
        elif key == "moments":
            changed[key] = {**own.moments, **_moments(one, where, faults)}
        elif key == "min_probability" and one == TRAINED:
            changed[key] = None
        else:
            changed[key] = number(one, where, *_NUMBERS[key], faults)
    placement = replace(own, **changed)
    _check_numbers(placement, faults)
    return placement


def _moments(value: object, where: str, faults: list[Fault]) -> dict[Moment, Restraint]:
    found: dict[Moment, Restraint] = {}
    for name, one in mapping_of(value, where, faults, known=tuple(_MOMENTS)).items():
        at = f"{where}.{name}"
        given = mapping_of(one, at, faults, known=("max_results", "bar_factor"))
        most = given.get("max_results")
        found[_MOMENTS[name]] = Restraint(
            None if most is None else whole_number(most, f"{at}.max_results", 1, MAX_RESULTS, faults),
            number(given.get("bar_factor", 1.0), f"{at}.bar_factor", 1.0, 100.0, faults),
        )
    return found


def _check_numbers(placement: Placement, faults: list[Fault]) -> None:
    """A placement that shows at least more than at most would never speak."""
    most = min([placement.max_results, *(one.max_results for one in placement.moments.values() if one.max_results)])
    if placement.min_results > most:
        where = f"{placement.name}.min_results"
        faults.append(Fault(where, f"must be at most {most}, the least max_results of it and its moments"))
