"""The tests of models as a shop writes them: read from experiments.yaml, every fault reported at once."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from types import MappingProxyType
from typing import Any

from experiments.arm_entries import arms_of, check_interleaved, check_variants, word
from experiments.definition import (
    DECIDING,
    GUARDRAILS,
    N_BUCKETS,
    NEEDS_ITEMS,
    UNCOUNTED,
    Arm,
    Experiment,
    Experiments,
    Guardrail,
    Metric,
    Unit,
)
from experiments.overlaps import check_overlaps
from models.errors import Fault, InvalidInputError
from models.yaml_file import list_of, mapping_of, number, read_yaml, whole_number

KEYS = (
    "name",
    "placements",
    "unit",
    "layer",
    "traffic",
    "starts",
    "ends",
    "salt",
    "arms",
    "control",
    "primary",
    "smallest_effect",
    "guardrails",
    "window_days",
    "alpha",
    "power",
    "interleave",
)
MARGINS: Mapping[Metric, float] = MappingProxyType(
    {
        Metric.OPT_OUTS: 0.001,
        Metric.MUTERS: 0.002,
        Metric.DISMISSAL_RATE: 0.005,
        Metric.QUIET_SHARE: 0.02,
        Metric.LATENCY: 10.0,
    }
)
"""Harm that is put up with where a file does not say: one opt-out and two muters more of a thousand units, one
dismissal more of two hundred items, one empty answer more of fifty, 10 ms. Starting points until a shop has measured
what its own vary by."""
MAX_MARGIN = 10_000.0
DEFAULT_LAYER = "default"
MAX_WINDOW_DAYS = 14
"""A token holds for so long: what is done later is put down to nothing."""
_TIME_RULE = "must be a day or a time with its zone, for instance 2026-12-01T00:00:00Z"


def read_experiments(path: Path | None, placements: Collection[str]) -> Experiments:
    """The tests of a file; none where there is no file.

    Args:
        path: Of the file.
        placements: Names that a test may be on.

    Raises:
        InvalidInputError: Names every fault.
    """
    if path is None:
        return Experiments()
    faults: list[Fault] = []
    content = read_yaml(path, faults)
    tests = [] if faults else _tests(content, placements, faults)
    if faults:
        raise InvalidInputError(str(path), faults)
    return Experiments(MappingProxyType({test.name: test for test in tests}))


def _tests(content: object, placements: Collection[str], faults: list[Fault]) -> list[Experiment]:
    if not isinstance(content, dict) or set(content) != {"experiments"}:
        # A file that was emptied by mistake would end every test.
        faults.append(Fault("file", "must hold `experiments:` and nothing else, a list; [] where there are no tests"))
        return []
    entries = list_of(content["experiments"], "experiments", faults)
    tests = [_test(entry, f"experiments[{place}]", placements, faults) for place, entry in enumerate(entries)]
    for key in ("name", "salt"):
        words = [getattr(test, key) for test in tests]
        again = [place for place, text in enumerate(words) if text and text in words[:place]]
        faults.extend(
            Fault(f"experiments[{place}].{key}", f"{words[place]} is that of a test before") for place in again
        )
    check_overlaps(tests, faults)
    return tests


def _test(value: object, where: str, placements: Collection[str], faults: list[Fault]) -> Experiment:
    given = mapping_of(value, where, faults, known=KEYS)
    interleaved = given.get("interleave")
    name = word(given.get("name"), f"{where}.name", faults)
    salt = word(given["salt"], f"{where}.salt", faults) if "salt" in given else name
    arms = arms_of(given.get("arms"), f"{where}.arms", interleaved=interleaved, faults=faults)
    check_variants(salt, arms, f"{where}.arms", faults)
    unit = _unit(given.get("unit", Unit.SHOPPER), f"{where}.unit", faults)
    layer = word(given.get("layer", DEFAULT_LAYER), f"{where}.layer", faults)
    first_bucket, end_bucket = _slice(given.get("traffic", [0, 100]), f"{where}.traffic", faults)
    starts_at, ends_at = _times(given, where, faults)
    return Experiment(
        name=name,
        salt=salt,
        placements=_placements(given.get("placements"), f"{where}.placements", placements, faults),
        arms=arms,
        control=_control(given.get("control"), arms, f"{where}.control", faults),
        unit=unit or Unit.SHOPPER,
        layer=layer if unit else "",
        first_bucket=first_bucket,
        end_bucket=end_bucket,
        starts_at=starts_at,
        ends_at=ends_at,
        primary=_primary(given.get("primary"), f"{where}.primary", unit or Unit.SHOPPER, arms, interleaved, faults),
        smallest_effect=number(given.get("smallest_effect"), f"{where}.smallest_effect", 0.01, 1_000.0, faults) / 100,
        guardrails=_guardrails(
            given.get("guardrails", {}), f"{where}.guardrails", unit or Unit.SHOPPER, interleaved, faults
        ),
        window_days=whole_number(given.get("window_days", 14), f"{where}.window_days", 1, MAX_WINDOW_DAYS, faults),
        alpha=number(given.get("alpha", 0.05), f"{where}.alpha", 0.0001, 0.2, faults),
        power=number(given.get("power", 0.8), f"{where}.power", 0.5, 0.99, faults),
        interleaved=check_interleaved(interleaved, arms, f"{where}.interleave", faults),
    )


_NEVER = datetime.min.replace(tzinfo=UTC)
"""Of a test whose times are faulty: it overlaps with none."""


def _placements(value: object, where: str, known: Collection[str], faults: list[Fault]) -> tuple[str, ...]:
    names = list_of(value, where, faults)
    if isinstance(value, list) and not names:
        faults.append(Fault(where, f"must be at least one of {', '.join(known)}"))
    found: list[str] = []
    for place, name in enumerate(names):
        if not isinstance(name, str) or name not in known:
            faults.append(Fault(f"{where}[{place}]", f"must be one of {', '.join(known)}, is {name!r}"))
        elif name in found:
            faults.append(Fault(f"{where}[{place}]", f"{name} is there before"))
        else:
            found.append(name)
    return tuple(found)


def _slice(value: object, where: str, faults: list[Fault]) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != 2:
        faults.append(Fault(where, f"must be a list of two, from and to, in percent, is {value!r}"))
        return 0, 0
    ends: list[int] = []
    for place, one in enumerate(value):
        percent = number(one, f"{where}[{place}]", 0.0, 100.0, faults)
        ends.append(round(percent * N_BUCKETS / 100))
        if abs(percent * N_BUCKETS / 100 - ends[-1]) > 1e-6:
            faults.append(Fault(f"{where}[{place}]", f"must be a percentage in tenths, is {one!r}"))
    is_sound = not any(fault.field.startswith(f"{where}[") for fault in faults)
    if is_sound and ends[0] >= ends[1]:
        faults.append(Fault(where, "is empty: its end must be above its beginning"))
    return (ends[0], ends[1]) if is_sound and ends[0] < ends[1] else (0, 0)


def _times(given: Mapping[str, Any], where: str, faults: list[Fault]) -> tuple[datetime, datetime]:
    starts_at = _time(given.get("starts"), f"{where}.starts", faults)
    ends_at = _time(given.get("ends"), f"{where}.ends", faults)
    if starts_at and ends_at and ends_at <= starts_at:
        faults.append(Fault(f"{where}.ends", "must be after starts"))
    return (starts_at, ends_at) if starts_at and ends_at and starts_at < ends_at else (_NEVER, _NEVER)


def _time(value: object, where: str, faults: list[Fault]) -> datetime | None:
    moment = value
    try:
        if isinstance(moment, str):
            moment = datetime.fromisoformat(moment)
        if isinstance(moment, date) and not isinstance(moment, datetime):
            moment = datetime.combine(moment, time(), UTC)
        if isinstance(moment, datetime) and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    faults.append(Fault(where, f"{_TIME_RULE}, is {str(value) if value is not None else 'missing'}"))
    return None


def _unit(value: object, where: str, faults: list[Fault]) -> Unit | None:
    if isinstance(value, str) and value in {str(unit) for unit in Unit}:
        return Unit(value)
    faults.append(Fault(where, f"must be one of {', '.join(Unit)}, is {value!r}"))
    return None


def _control(value: object, arms: Sequence[Arm], where: str, faults: list[Fault]) -> str:
    shown = [arm.name for arm in arms if not arm.is_shadow and arm.name]
    if value is None:
        return shown[0] if shown else ""
    if isinstance(value, str) and value in shown:
        return value
    faults.append(Fault(where, f"must be an arm that is no shadow ({', '.join(shown)}), is {value!r}"))
    return ""


def _primary(
    value: object, where: str, unit: Unit, arms: Sequence[Arm], interleaved: object, faults: list[Fault]
) -> Metric:
    metric = Metric(value) if isinstance(value, str) and value in {str(one) for one in DECIDING} else None
    if metric is None:
        faults.append(Fault(where, f"must be one of {', '.join(DECIDING)}, is {value!r}"))
        return Metric.BUYERS
    fitting = [one for one in DECIDING if one not in UNCOUNTED[unit]]
    why = f"follows a person, not a {unit}"
    if metric in fitting and interleaved is not None:
        fitting = [one for one in fitting if one in NEEDS_ITEMS]
        why = "cannot be told apart by list where both are shown as one"
    elif metric in fitting and any(arm.shows_nothing and not arm.is_shadow for arm in arms):
        fitting = [one for one in fitting if one not in NEEDS_ITEMS]
        why = "is of what is done with items that were shown, and an arm shows nothing"
    if metric not in fitting:
        remedy = f"take {' or '.join(fitting)}" if fitting else "take the unit shopper and buyers"
        faults.append(Fault(where, f"{metric} {why}: {remedy}"))
    return metric


def _guardrails(
    value: object, where: str, unit: Unit, interleaved: object, faults: list[Fault]
) -> tuple[Guardrail, ...]:
    """Those that can be counted, but for what the file sets to false; with its margins or our own."""
    given = mapping_of(value, where, faults, known=tuple(GUARDRAILS))
    found: list[Guardrail] = []
    for metric in GUARDRAILS:
        margin = given.get(metric, MARGINS[metric])
        why = f"follows a person, not a {unit}" if metric in UNCOUNTED[unit] else ""
        if interleaved is not None and metric is not Metric.DISMISSAL_RATE:
            why = "cannot be told apart by list where both are shown as one"
        if why and metric in given and margin is not False:
            faults.append(Fault(f"{where}.{metric}", f"{why}: leave it out"))
        elif not why and margin is not False:
            found.append(Guardrail(metric, number(margin, f"{where}.{metric}", 0.0, MAX_MARGIN, faults)))
    return tuple(found)
