"""The arms of a test as experiments.yaml has them."""

import re
from collections.abc import Sequence
from typing import Any

from experiments.definition import UNMEASURED, Arm
from experiments.percentages import in_whole_numbers
from models.errors import Fault
from models.yaml_file import flag_of, list_of, mapping_of, whole_number
from models.yaml_words import said, wrong

ARM_KEYS = ("name", "model", "version", "nothing", "weight", "shadow")
MAX_ARMS = 10
"""Of one test: each is a model in every server's memory."""
MAX_WEIGHT = 10_000
"""MAX_ARMS of them times 2**32 stay below 2**53, so that a browser draws the same arm."""
MAX_VERSION = 2**31 - 1
"""MLflow keeps versions in a database's integer."""
MAX_VARIANT_BYTES = 60
"""Of "salt/arm~", which goes into every token beside the items of a page, in 512 bytes."""

_ENTRY = "a mapping, such as {name: control, model: champion, weight: 50}"
_UNREAD = "alias:"
"""Of an arm whose model is at fault: no holdout, so that nothing is said of it as of one."""
_REFERENCES = ("model", "version", "nothing")

_WORD = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
WORD_RULE = "must be 1 to 40 small letters, digits and -, the first no -; in quotes if YAML reads it otherwise, as 12"
_ALIAS = re.compile(r"(?!v\d+$|latest$)[A-Za-z0-9_-]{1,100}")
ALIAS_RULE = "must be an alias of the registered model: 1 to 100 letters, digits, _ and -, and neither latest nor v1"


def word(value: object, where: str, faults: list[Fault]) -> str:
    """A name; an empty text where it is none, with the fault told."""
    if isinstance(value, str) and _WORD.fullmatch(value):
        return value
    faults.append(Fault(where, wrong(WORD_RULE, value)))
    return ""


def arms_of(value: object, where: str, *, interleaved: object, faults: list[Fault]) -> tuple[Arm, ...] | None:
    """The arms of a test, in the order of the file; None where they are no list of mappings, and say nothing of a test.

    Args:
        value: As the file has them.
        where: Path of the field.
        interleaved: As the file has it; None for a test of arms, which have weights.
        faults: Gets what is wrong.
    """
    entries = list_of(value, where, faults)
    if not isinstance(value, list):
        return None
    if len(entries) > MAX_ARMS:
        faults.append(Fault(where, f"must be at most {MAX_ARMS}, are {len(entries)}"))
    weighs = interleaved is None
    strangers = {place: entry for place, entry in enumerate(entries) if not isinstance(entry, dict)}
    faults.extend(Fault(f"{where}[{place}]", wrong(f"must be {_ENTRY}", entry)) for place, entry in strangers.items())
    if strangers:
        return None
    arms = [_arm(entry, f"{where}[{place}]", weighs=weighs, faults=faults) for place, entry in enumerate(entries)]
    for place, arm in enumerate(arms):
        if arm.name and any(other.name == arm.name for other in arms[:place]):
            faults.append(Fault(f"{where}[{place}].name", f"{arm.name} is the name of another arm of this test"))
    _check_shown([arm for arm in arms if not arm.is_shadow], where, weighs=weighs, faults=faults)
    return tuple(arms)


def check_interleaved(value: object, arms: Sequence[Arm] | None, where: str, faults: list[Fault]) -> tuple[str, ...]:
    """The names of the two arms whose lists are drafted into one; none of a test of arms.

    Args:
        value: As the file has it, None where it does not.
        arms: Of the test; None where they say nothing.
        where: Path of the field.
        faults: Gets what is wrong.
    """
    if value is None or arms is None:
        return ()
    lists = {arm.name: not arm.shows_nothing for arm in arms if not arm.is_shadow and arm.name}
    if not isinstance(value, list) or len(value) != 2 or not all(isinstance(name, str) for name in value):
        faults.append(Fault(where, wrong("must be the names of two arms, such as [control, new]", value)))
        return ()
    if value[0] == value[1]:
        faults.append(Fault(where, f"must be two arms, is {said(value[0])} twice"))
    strangers = [name for name in dict.fromkeys(value) if not lists.get(name, False)]
    if all(arm.name for arm in arms):
        # Else it may be the arm whose name is at fault.
        faults.extend(Fault(where, f"{said(name)} is no arm that shows items") for name in strangers)
    if set(lists) - set(value):
        others = ", ".join(name for name in lists if name not in value)
        faults.append(Fault(where, f"everybody is shown the two lists as one, so that nobody is left for {others}"))
    return tuple(value)


def _arm(value: object, where: str, *, weighs: bool, faults: list[Fault]) -> Arm:
    given = mapping_of(value, where, faults, known=ARM_KEYS)
    name = word(given.get("name"), f"{where}.name", faults)
    is_shadow = flag_of(given.get("shadow", False), f"{where}.shadow", faults)
    if name and is_shadow and given.get("nothing"):
        faults.append(Fault(where, "a holdout shows nothing, so a shadow of it does nothing: leave it out"))
    return Arm(
        name,
        _weight(given, where, is_given=weighs and not is_shadow, faults=faults),
        _reference(given, where, faults),
        is_shadow,
    )


def _weight(given: dict[str, Any], where: str, *, is_given: bool, faults: list[Fault]) -> int:
    if is_given:
        value = given.get("weight")
        return whole_number(value, f"{where}.weight", 1, MAX_WEIGHT, faults, hint=in_whole_numbers(value))
    if "weight" in given:
        faults.append(
            Fault(f"{where}.weight", "counts for nothing of a shadow and in an interleaved test: leave it out")
        )
    return 0 if given.get("shadow") is True else 1


def _reference(given: dict[str, Any], where: str, faults: list[Fault]) -> str:
    named = [key for key in _REFERENCES if key in given]
    if len(named) != 1:
        faults.append(Fault(where, f"must have one of model, version and nothing, has {' and '.join(named) or 'none'}"))
        return _UNREAD
    if named == ["version"]:
        return f"version:{whole_number(given['version'], f'{where}.version', 1, MAX_VERSION, faults)}"
    if named == ["model"]:
        alias = given["model"]
        if not isinstance(alias, str) or not _ALIAS.fullmatch(alias):
            faults.append(Fault(f"{where}.model", wrong(ALIAS_RULE, alias)))
            return _UNREAD
        return f"alias:{alias}"
    if given["nothing"] is not True:
        faults.append(
            Fault(f"{where}.nothing", wrong("must be true", given["nothing"], "without it the arm is to have a model"))
        )
        return _UNREAD
    return ""


def _check_shown(shown: Sequence[Arm], where: str, *, weighs: bool, faults: list[Fault]) -> None:
    if len(shown) < 2:
        faults.append(Fault(where, f"must be two or more that are no shadows, are {len(shown)}"))
    elif weighs and all(arm.shows_nothing for arm in shown):
        faults.append(Fault(where, "all of them show nothing"))


def check_variants(salt: str, arms: Sequence[Arm], where: str, faults: list[Fault]) -> None:
    """A salt and a name of an arm go into every token of the test, and must leave room there."""
    for place, arm in enumerate(arms):
        n_bytes = len(f"{salt}/{arm.name}{UNMEASURED}")
        if n_bytes > MAX_VARIANT_BYTES:
            most = MAX_VARIANT_BYTES - len(f"/{UNMEASURED}")
            description = f"and the salt are {n_bytes - 2} letters in all, and may be {most}: tokens carry both"
            faults.append(Fault(f"{where}[{place}].name", description))
