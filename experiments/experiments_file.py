"""The tests of models as a shop writes them: read from experiments.yaml, every fault reported at once."""

from collections.abc import Collection, Mapping, Sequence
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
from experiments.descriptions import description_of
from experiments.fault_places import in_order
from experiments.overlaps import check_overlaps
from experiments.percentages import as_share, in_percent
from experiments.periods import period_of
from models.errors import Fault, InvalidInputError
from models.yaml_file import list_of, mapping_of, number, read_places, whole_number
from models.yaml_words import did_you_mean, not_one_of, said, wrong

KEYS = (
    "name",
    "description",
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
_GUARDRAILS_RULE = "must be a mapping of margins, such as {latency: 20}; {muters: false} does without one of them"
DEFAULT_LAYER = "default"
MAX_WINDOW_DAYS = 14
"""A token holds for so long: what is done later is put down to nothing."""


def read_experiments(path: Path | None, placements: Collection[str]) -> Experiments:
    """The tests of a file; none where there is no file.

    Args:
        path: Of the file.
        placements: Names that a test may be on.

    Raises:
        InvalidInputError: Names every fault, in the order of the file, with its line.
    """
    if path is None:
        return Experiments()
    faults: list[Fault] = []
    written = read_places(path, faults)
    tests = [] if faults else _tests(written.content, placements, faults)
    faults.extend(written.repeated)
    if faults:
        raise InvalidInputError(str(path), in_order(faults, written))
    return Experiments(MappingProxyType({test.name: test for test in tests}))


def _tests(content: object, placements: Collection[str], faults: list[Fault]) -> list[Experiment]:
    if not isinstance(content, dict) or set(content) != {"experiments"}:
        # A file that was emptied by mistake would end every test.
        faults.append(Fault("file", "must hold `experiments:` and nothing else, a list; [] where there are no tests"))
        return []
    tests: dict[int, Experiment] = {}
    for place, entry in enumerate(list_of(content["experiments"], "experiments", faults)):
        where = f"experiments[{place}]"
        given = mapping_of(entry, where, faults, known=KEYS)
        if isinstance(entry, dict):
            tests[place] = _test(given, where, placements, faults)
            _check_names(tests, place, has_salt="salt" in given, faults=faults)
    check_overlaps(tests, faults)
    return list(tests.values())


def _check_names(tests: Mapping[int, Experiment], place: int, *, has_salt: bool, faults: list[Fault]) -> None:
    """A name and a salt are of one test; a salt that is the name is told with that."""
    test = tests[place]
    others = [one for number, one in tests.items() if number != place]
    is_named_twice = bool(test.name) and any(one.name == test.name for one in others)
    if is_named_twice:
        faults.append(Fault(f"experiments[{place}].name", f"{test.name} is the name of another test in this file"))
    is_told = is_named_twice and not has_salt
    if test.salt and not is_told and any(one.salt == test.salt for one in others):
        faults.append(Fault(f"experiments[{place}].salt", f"{test.salt} is the salt of another test in this file"))


def _test(given: Mapping[str, Any], where: str, placements: Collection[str], faults: list[Fault]) -> Experiment:
    interleaved = given.get("interleave")
    name = word(given.get("name"), f"{where}.name", faults)
    salt = word(given["salt"], f"{where}.salt", faults) if "salt" in given else name
    told_arms = arms_of(given.get("arms"), f"{where}.arms", interleaved=interleaved, faults=faults)
    arms = told_arms or ()
    check_variants(salt, arms, f"{where}.arms", faults)
    unit = _unit(given.get("unit", Unit.SHOPPER), f"{where}.unit", faults)
    layer = word(given.get("layer", DEFAULT_LAYER), f"{where}.layer", faults)
    first_bucket, end_bucket = _slice(given.get("traffic", [0, 100]), f"{where}.traffic", faults)
    starts_at, ends_at = period_of(given, where, faults)
    return Experiment(
        name=name,
        salt=salt,
        placements=_placements(given.get("placements"), f"{where}.placements", placements, faults),
        arms=arms,
        control=_control(given.get("control"), told_arms, f"{where}.control", faults),
        unit=unit or Unit.SHOPPER,
        layer=layer if unit else "",
        first_bucket=first_bucket,
        end_bucket=end_bucket,
        starts_at=starts_at,
        ends_at=ends_at,
        primary=_primary(given.get("primary"), f"{where}.primary", unit or Unit.SHOPPER, arms, interleaved, faults),
        smallest_effect=_effect(given.get("smallest_effect"), f"{where}.smallest_effect", faults),
        guardrails=_guardrails(
            given.get("guardrails", {}), f"{where}.guardrails", unit or Unit.SHOPPER, interleaved, faults
        ),
        window_days=whole_number(given.get("window_days", 14), f"{where}.window_days", 1, MAX_WINDOW_DAYS, faults),
        alpha=_share(given.get("alpha", 0.05), f"{where}.alpha", 0.0001, 0.2, faults),
        power=_share(given.get("power", 0.8), f"{where}.power", 0.5, 0.99, faults),
        interleaved=check_interleaved(interleaved, told_arms, f"{where}.interleave", faults),
        description=description_of(given.get("description"), f"{where}.description", faults),
    )


def _placements(value: object, where: str, known: Collection[str], faults: list[Fault]) -> tuple[str, ...]:
    names = list_of(value, where, faults)
    if isinstance(value, list) and not names:
        faults.append(Fault(where, f"is empty: must be at least one of {', '.join(known)}"))
    found: list[str] = []
    for place, name in enumerate(names):
        if not isinstance(name, str) or name not in known:
            faults.append(Fault(f"{where}[{place}]", not_one_of(known, name)))
        elif name in found:
            faults.append(Fault(f"{where}[{place}]", f"{name} is in the list twice"))
        else:
            found.append(name)
    return tuple(found)


def _slice(value: object, where: str, faults: list[Fault]) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != 2:
        faults.append(Fault(where, wrong("must be a list of two, from and to in percent, such as [0, 50]", value)))
        return 0, 0
    ends: list[int] = []
    for place, one in enumerate(value):
        percent = number(one, f"{where}[{place}]", 0.0, 100.0, faults, hint=in_percent(one))
        ends.append(round(percent * N_BUCKETS / 100))
        if abs(percent * N_BUCKETS / 100 - ends[-1]) > 1e-6:
            faults.append(Fault(f"{where}[{place}]", f"must be a percentage in tenths, is {said(one)}"))
    is_sound = not any(fault.field.startswith(f"{where}[") for fault in faults)
    if is_sound and ends[0] >= ends[1]:
        faults.append(Fault(where, "is empty: its end must be above its beginning"))
    return (ends[0], ends[1]) if is_sound and ends[0] < ends[1] else (0, 0)


def _effect(value: object, where: str, faults: list[Fault]) -> float:
    return number(value, where, 0.01, 1_000.0, faults, hint=in_percent(value)) / 100


def _share(value: object, where: str, least: float, most: float, faults: list[Fault]) -> float:
    return number(value, where, least, most, faults, hint=as_share(value))


def _unit(value: object, where: str, faults: list[Fault]) -> Unit | None:
    if isinstance(value, str) and value in {str(unit) for unit in Unit}:
        return Unit(value)
    faults.append(Fault(where, not_one_of(tuple(Unit), value)))
    return None


def _control(value: object, arms: Sequence[Arm] | None, where: str, faults: list[Fault]) -> str:
    shown = [arm.name for arm in arms or () if not arm.is_shadow and arm.name]
    if arms is None or not all(arm.name for arm in arms):
        # What is wrong with the arms is told; the control may be one of them.
        return ""
    if value is None:
        return shown[0] if shown else ""
    if isinstance(value, str) and value in shown:
        return value
    rule = f"must be an arm that is no shadow ({', '.join(shown)})"
    faults.append(Fault(where, wrong(rule, value, did_you_mean(value, shown))))
    return ""


def _primary(
    value: object, where: str, unit: Unit, arms: Sequence[Arm], interleaved: object, faults: list[Fault]
) -> Metric:
    metric = Metric(value) if isinstance(value, str) and value in {str(one) for one in DECIDING} else None
    if metric is None:
        faults.append(Fault(where, not_one_of(DECIDING, value)))
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
    if not isinstance(value, dict):
        faults.append(Fault(where, wrong(_GUARDRAILS_RULE, value)))
        return ()
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
            hint = "" if metric is Metric.LATENCY else as_share(margin)
            found.append(Guardrail(metric, number(margin, f"{where}.{metric}", 0.0, MAX_MARGIN, faults, hint=hint)))
    return tuple(found)
