"""What a test that has begun may still change.

Its salt stands for what units were drawn by and what decides: with the same salt, what was counted before a change and
after it would be added up as if nothing had happened. So these stay, or the salt is another, and the test a new one:

- arms, their order, weights and models; unit, layer, the beginning of its traffic: who was given an arm would be given
  another, or an arm would be something else;
- placements, control, primary metric, smallest effect, window, alpha, power and start: a verdict that may be looked at
  every day holds only for what was settled before the first look.

These may change: the end of a test that is not over, to a time that is not past, as the intervals hold at any time; the
end of its traffic, upwards, as those who are new are drawn as the others were; guardrails and their margins, which are
what a shop puts up with and no part of any count; shadows, which nobody sees; and the description.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from experiments.definition import Experiment, Experiments
from experiments.differences import Difference, differences, moment_text
from models.errors import Fault

LATE = timedelta(minutes=5)
"""How long ago a running test may be said to have ended: `ends: now` takes its time from an editor to every server. An
end that lies further back is more likely a wrong year, and could not be taken back."""


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
    shrinks = after.end_bucket < before.end_bucket
    found = differences(before, after)
    settled = [one for one in found if one.is_settled or (one.field == "traffic" and shrinks)]
    faults.extend(Fault(f"{where}.{one.field}", f"{_words(one)}; {remedy}") for one in settled)
    if after.ends_at == before.ends_at:
        return
    if before.ends_at <= now:
        description = f"was {moment_text(before.ends_at)}, and what is over is not begun again; {remedy}"
        faults.append(Fault(f"{where}.ends", description))
    elif after.ends_at < now - LATE:
        description = (
            f"is {moment_text(after.ends_at)}, which is past: it would end {before.name} at once, and what is over is "
            f"not begun again; to end it now, take it out of the file, or give ends: {now:%Y-%m-%dT%H:%M:%SZ}"
        )
        faults.append(Fault(f"{where}.ends", description))


def _words(difference: Difference) -> str:
    if difference.field == "arms":
        return f"are {difference.after}, were {difference.before}"
    hint = ": it may grow at its end, so that none who is in it leaves" if difference.field == "traffic" else ""
    return f"is {difference.after}, was {difference.before}{hint}"
