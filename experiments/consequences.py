"""What a new file does to tests once servers read it: which end, which begin, and what is changed of others."""

from dataclasses import dataclass
from datetime import datetime

from experiments.definition import Experiment, Experiments
from experiments.differences import differences, moment_text

FOR_GOOD = "and cannot be begun again"


@dataclass(frozen=True, slots=True)
class Consequence:
    """Of one test.

    Attributes:
        name: Of the test.
        salt: Of the test.
        effect: What becomes of it, in words that follow the name.
    """

    name: str
    salt: str
    effect: str


def consequences_of(before: Experiments, after: Experiments, now: datetime) -> list[Consequence]:
    """What becomes of every test that a new file touches: those of the file before first.

    Args:
        before: The file until now.
        after: The file that shall take its place, without fault.
        now: UTC.
    """
    old, new = ({test.salt: test for test in one.experiments.values()} for one in (before, after))
    found = [
        Consequence(test.name, salt, effect)
        for salt, test in old.items()
        if (effect := _changed(test, new[salt], now) if salt in new else _gone(test, now))
    ]
    return [*found, *(Consequence(test.name, salt, _new(test, now)) for salt, test in new.items() if salt not in old)]


def _gone(test: Experiment, now: datetime) -> str:
    if test.is_running(now):
        return f"ends with this file {FOR_GOOD}"
    return "is taken out before it began" if now < test.starts_at else "was over, and is taken out"


def _new(test: Experiment, now: datetime) -> str:
    if test.is_running(now):
        return "begins now"
    if now < test.starts_at:
        return f"begins {moment_text(test.starts_at)}"
    return f"does not run: it ends {moment_text(test.ends_at)}, which is past"


def _changed(before: Experiment, after: Experiment, now: datetime) -> str:
    found = {one.field: f"{one.field} {one.before} -> {one.after}" for one in differences(before, after)}
    if before.is_running(now) and after.ends_at <= now:
        found["ends"] = f"ends now {FOR_GOOD}"
    elif not before.is_running(now) and after.is_running(now):
        found["starts"] = f"begins now, {found.pop('starts', '')}".removesuffix(", ")
    return ", ".join(found.values())
