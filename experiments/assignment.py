"""Who is given which arm: computed from ids alone, always the same, and by anybody who has the file.

docs/assignment.md says how in words and in JavaScript; docs/assignment-vectors.json holds both to it.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import accumulate, pairwise

from experiments.definition import N_BUCKETS, Arm, Experiment, Experiments, Unit, variant_of

PREFIX = "shopkeeper/1"
"""Of what is hashed; another number would be another algorithm."""
SLICE, ARM = "slice", "arm"
"""What a hash is for: a unit's place in a layer says nothing of its arm in a test."""
_BITS = 32
_LOW = (1 << _BITS) - 1


def unit_key(unit: Unit, customer_id: str = "", visitor_id: str = "", session_id: str = "") -> str | None:
    """What is hashed of a unit; None where the arm is drawn for the request, as it names no such unit.

    Args:
        unit: Of the test.
        customer_id: As the request gives it, and so all ids; empty where it does not.
        visitor_id: Of the browser.
        session_id: Of the visit.
    """
    if unit is Unit.SHOPPER and customer_id:
        return f"customer:{customer_id}"
    if unit in (Unit.SHOPPER, Unit.VISITOR):
        return f"visitor:{visitor_id}" if visitor_id else None
    return f"session:{session_id}" if unit is Unit.SESSION and session_id else None


class Hash:
    """Numbers of units, uniform in 0 to 2**32 - 1.

    Args:
        purpose: SLICE or ARM.
        salt: The layer's name, or the test's salt.
    """

    def __init__(self, purpose: str, salt: str) -> None:
        self._begun = sha256(f"{PREFIX}:{purpose}:{salt}:".encode())

    def number(self, key: bytes) -> int:
        """The number of a unit, by its key in UTF-8."""
        # A copy of what was begun costs less than hashing it again.
        begun = self._begun.copy()
        begun.update(key)
        return int.from_bytes(begun.digest()[:4], "big")


class Assignment:
    """The arms of one test.

    Args:
        experiment: The test; its times are not looked at.
    """

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self._arms = experiment.shown_arms
        self._ends = list(accumulate(arm.weight for arm in self._arms))
        self._total = self._ends[-1]
        self._slice = Hash(SLICE, experiment.layer)
        self._arm = Hash(ARM, experiment.salt)

    def arm_of(self, key: str) -> Arm | None:
        """The arm of a unit; None where it is not in the test.

        Args:
            key: As `unit_key` gives it.
        """
        test = self.experiment
        is_in_it = test.first_bucket <= self.bucket_of(key) < test.end_bucket
        return self._arms[self.place_of(key.encode())] if is_in_it else None

    def bucket_of(self, key: str) -> int:
        """The unit's place in the layer, 0 to N_BUCKETS - 1.

        Args:
            key: As `unit_key` gives it.
        """
        return self._slice.number(key.encode()) * N_BUCKETS >> _BITS

    def place_of(self, data: bytes) -> int:
        """The place among the shown arms of the arm of a unit that is in the test, by its key in UTF-8."""
        return bisect_right(self._ends, self._arm.number(data) * self._total >> _BITS)

    def place_at_random(self, bits: int) -> int:
        """The same by random bits, of which the lower 32 count."""
        return bisect_right(self._ends, (bits & _LOW) * self._total >> _BITS)


@dataclass(frozen=True, slots=True)
class Drawn:
    """An arm that a unit or a request was given.

    Attributes:
        experiment: The test.
        arm: The arm.
        variant: How tokens and counts name it.
        is_measured: Whether exposures may be kept with it.
    """

    experiment: Experiment
    arm: Arm
    variant: str
    is_measured: bool


class Running:
    """The tests of one layer that are on one placement at one time; no unit is in two of them.

    Args:
        experiments: Of one layer and one unit, in slices that do not overlap.
    """

    def __init__(self, experiments: Sequence[Experiment]) -> None:
        self.experiments = tuple(experiments)
        self.unit = experiments[0].unit
        self._slice = Hash(SLICE, experiments[0].layer)
        # By bucket, so that one look finds the test.
        self._by_bucket: list[_Draws | None] = [None] * N_BUCKETS
        for experiment in experiments:
            n_buckets = experiment.end_bucket - experiment.first_bucket
            self._by_bucket[experiment.first_bucket : experiment.end_bucket] = [_Draws(experiment)] * n_buckets

    def drawn_for(self, key: str) -> Drawn | None:
        """The arm of a unit that may be measured; None where it is in none of the tests.

        Args:
            key: As `unit_key` gives it for the tests' unit.
        """
        data = key.encode()
        draws = self._by_bucket[self._slice.number(data) * N_BUCKETS >> _BITS]
        return None if draws is None else draws.measured[draws.assignment.place_of(data)]

    def drawn_at_random(self, bits: int, *, is_measured: bool) -> Drawn | None:
        """An arm for one request; as often None as for units.

        Args:
            bits: 64 random ones.
            is_measured: Whether the request is the tests' unit, and whoever it is of allows it to be measured.
        """
        draws = self._by_bucket[(bits >> _BITS) * N_BUCKETS >> _BITS]
        if draws is None:
            return None
        return (draws.measured if is_measured else draws.unmeasured)[draws.assignment.place_at_random(bits)]


class _Draws:
    """Of each shown arm of a test what is given, made once."""

    def __init__(self, experiment: Experiment) -> None:
        self.assignment = Assignment(experiment)
        self.measured, self.unmeasured = (
            tuple(
                Drawn(experiment, arm, variant_of(experiment, arm, is_measured=is_measured), is_measured)
                for arm in experiment.shown_arms
            )
            for is_measured in (True, False)
        )


class Traffic:
    """All tests of a file, found by placement and time.

    Args:
        experiments: As a file was found to be without fault: at no time are two layers on one placement.
    """

    def __init__(self, experiments: Experiments) -> None:
        tests = experiments.experiments.values()
        placements = dict.fromkeys(name for test in tests for name in test.placements)
        self._timetables = {
            name: _timetable([test for test in tests if name in test.placements]) for name in placements
        }

    def on(self, placement: str, now_s: float) -> Running | None:
        """The tests that are on a placement; None where there are none.

        Args:
            placement: Its name.
            now_s: Seconds since 1970 UTC.
        """
        timetable = self._timetables.get(placement)
        if timetable is None:
            return None
        times, running = timetable
        return running[bisect_right(times, now_s)]


def _timetable(experiments: Sequence[Experiment]) -> tuple[list[float], list[Running | None]]:
    """The times at which a test of one placement starts or ends, and what is on before, between and after them."""
    times = sorted({moment for test in experiments for moment in (test.starts_at, test.ends_at)})
    running: list[Running | None] = [None]
    for start, _ in pairwise(times):
        on = [test for test in experiments if test.is_running(start)]
        running.append(Running(on) if on else None)
    return [moment.timestamp() for moment in times], [*running, None]
