"""What a test that has begun may still change.

Its salt stands for what units were drawn by and what decides: with the same salt, what was counted before a change and
after it would be added up as if nothing had happened. So these stay, or the salt is another, and the test a new one:

- arms, their order, weights and models; unit, layer, the beginning of its traffic: who was given an arm would be given
  another, or an arm would be something else;
- placements, control, primary metric, smallest effect, window, alpha, power and start: a verdict that may be looked at
  every day holds only for what was settled before the first look.

These may change: the end of a test that is not over, as the intervals hold at any time; the end of its traffic,
upwards, as those who are new are drawn as the others were; guardrails and their margins, which are what a shop puts up
with and no part of any count; and shadows, which nobody sees.
"""

from collections.abc import Iterable
from datetime import datetime

from experiments.definition import Arm, Experiment, Experiments
from models.errors import Fault

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


def faults_of_changes(
    before: Experiments, after: Experiments, now: datetime, used: Iterable[Experiment] = ()
) -> list[Fault]:
    """What a new file changes of tests that have begun, and may not without a new salt.

    Args:
        before: The file until now.
        after: The file that shall take its place.
        now: UTC.
        used: Tests of earlier files, as far as they are known: their salts are not free either.
    """
    begun = {test.salt: test for test in (*used, *before.experiments.values()) if test.starts_at <= now}
    faults: list[Fault] = []
    for place, test in enumerate(after.experiments.values()):
        if test.salt in begun:
            _check(begun[test.salt], test, f"experiments[{place}]", now, faults)
    return faults


def _check(before: Experiment, after: Experiment, where: str, now: datetime, faults: list[Fault]) -> None:
    remedy = f"{before.name} has begun with the salt {before.salt}: take another salt, which draws every arm anew"
    for key, attribute in _SETTLED.items():
        was, now_is = _value(before, attribute), _value(after, attribute)
        if was != now_is:
            faults.append(Fault(f"{where}.{key}", f"is {_text(now_is)}, was {_text(was)}; {remedy}"))
    _check_arms(before.shown_arms, after.shown_arms, f"{where}.arms", remedy, faults)
    if before.ends_at <= now and after.ends_at != before.ends_at:
        description = f"was {_text(before.ends_at)}, and what is over is not begun again; {remedy}"
        faults.append(Fault(f"{where}.ends", description))
    if after.first_bucket != before.first_bucket or after.end_bucket < before.end_bucket:
        was, now_is = _slice(before), _slice(after)
        description = f"is {now_is}, was {was}: it may grow at its end, so that none who is in it leaves; {remedy}"
        faults.append(Fault(f"{where}.traffic", description))


def _check_arms(before: tuple[Arm, ...], after: tuple[Arm, ...], where: str, remedy: str, faults: list[Fault]) -> None:
    was, now_are = (", ".join(arm.name for arm in arms) for arms in (before, after))
    if was != now_are:
        faults.append(Fault(where, f"are {now_are}, were {was}; {remedy}"))
        return
    for old, new in zip(before, after, strict=True):
        if new.weight != old.weight:
            faults.append(Fault(f"{where}.{new.name}.weight", f"is {new.weight}, was {old.weight}; {remedy}"))
        if new.reference != old.reference:
            is_now, had = new.reference or "nothing", old.reference or "nothing"
            faults.append(Fault(f"{where}.{new.name}", f"is {is_now}, was {had}; {remedy}"))


def _value(test: Experiment, attribute: str) -> object:
    """Of placements the order says nothing; of interleaved lists it says which team is whose."""
    value = getattr(test, attribute)
    return tuple(sorted(value)) if attribute == "placements" else value


def _slice(test: Experiment) -> str:
    return f"[{test.first_bucket / 10:g}, {test.end_bucket / 10:g}]"


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return value.isoformat() if isinstance(value, datetime) else str(value)
