"""What differs between two definitions of one test, in the words of the file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time

from experiments.definition import GUARDRAILS, Arm, Experiment, Metric

NONE = "none"
OFF = "false"
"""How a file does without a guardrail."""

_SETTLED = {
    "name": "name",
    "placements": "placements",
    "control": "control",
    "unit": "unit",
    "layer": "layer",
    "starts": "starts_at",
    "primary": "primary",
    "smallest_effect": "smallest_effect",
    "window_days": "window_days",
    "alpha": "alpha",
    "power": "power",
    "interleave": "interleaved",
}
"""Keys of the file and the attributes they set."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Of one thing that a file says of a test.

    Attributes:
        field: Which, such as "alpha" or "arms.new.weight".
        before: In the one definition, as text.
        after: In the other.
        is_settled: Whether a test that has begun must keep it.
    """

    field: str
    before: str
    after: str
    is_settled: bool = True


def differences(before: Experiment, after: Experiment) -> list[Difference]:
    """All that differs but the salt and the description, first what a test that has begun must keep.

    Args:
        before: The test as it was.
        after: With the same salt.
    """
    found = [
        Difference(key, _text(was), _text(now_is))
        for key, attribute in _SETTLED.items()
        if (was := _value(before, attribute)) != (now_is := _value(after, attribute))
    ]
    found += [*_of_arms(before.shown_arms, after.shown_arms), *_of_traffic(before, after)]
    if before.ends_at != after.ends_at:
        found.append(Difference("ends", _text(before.ends_at), _text(after.ends_at), is_settled=False))
    found += _of_guardrails(before, after)
    shadows = [
        ", ".join(f"{arm.name} ({arm.reference})" for arm in one.arms if arm.is_shadow) for one in (before, after)
    ]
    if shadows[0] != shadows[1]:
        found.append(Difference("shadows", shadows[0] or NONE, shadows[1] or NONE, is_settled=False))
    if before.description != after.description:
        was, now_is = (one.description or NONE for one in (before, after))
        found.append(Difference("description", was, now_is, is_settled=False))
    return sorted(found, key=lambda one: not one.is_settled)


def weaker_guardrails(before: Experiment, after: Experiment) -> list[Difference]:
    """Guardrails that are gone, or put up with more harm than before.

    Args:
        before: The test as it was.
        after: With the same salt.
    """
    left = {one.metric: one.margin for one in after.guardrails}
    weaker = {
        f"guardrails.{one.metric}" for one in before.guardrails if left.get(one.metric, float("inf")) > one.margin
    }
    return [one for one in _of_guardrails(before, after) if one.field in weaker]


def _of_arms(before: tuple[Arm, ...], after: tuple[Arm, ...]) -> Iterator[Difference]:
    was, now_are = (", ".join(arm.name for arm in arms) for arms in (before, after))
    if was != now_are:
        yield Difference("arms", was, now_are)
        return
    for old, new in zip(before, after, strict=True):
        if new.weight != old.weight:
            yield Difference(f"arms.{new.name}.weight", str(old.weight), str(new.weight))
        if new.reference != old.reference:
            yield Difference(f"arms.{new.name}", old.reference or "nothing", new.reference or "nothing")


def _of_traffic(before: Experiment, after: Experiment) -> Iterator[Difference]:
    was, now_is = _slice(before), _slice(after)
    if was != now_is:
        yield Difference("traffic", was, now_is, is_settled=after.first_bucket != before.first_bucket)


def _of_guardrails(before: Experiment, after: Experiment) -> Iterator[Difference]:
    was, now_are = (_margins(one) for one in (before, after))
    for metric in GUARDRAILS:
        if was.get(metric) != now_are.get(metric):
            yield Difference(f"guardrails.{metric}", was.get(metric, OFF), now_are.get(metric, OFF), is_settled=False)


def _margins(test: Experiment) -> dict[Metric, str]:
    return {one.metric: f"{one.margin:g}" for one in test.guardrails}


def _value(test: Experiment, attribute: str) -> object:
    """Of placements the order says nothing, of interleaved lists whose which team is; effects are in percent."""
    value = getattr(test, attribute)
    if attribute == "smallest_effect":
        return f"{100 * value:g}"
    return tuple(sorted(value)) if attribute == "placements" else value


def _slice(test: Experiment) -> str:
    return f"[{test.first_bucket / 10:g}, {test.end_bucket / 10:g}]"


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or NONE
    return moment_text(value) if isinstance(value, datetime) else str(value)


def moment_text(moment: datetime) -> str:
    """A moment as a file has it: the day alone where it is its beginning.

    Args:
        moment: UTC.
    """
    return f"{moment:%Y-%m-%d}" if moment.timetz().replace(tzinfo=None) == time() else f"{moment:%Y-%m-%dT%H:%M:%SZ}"
