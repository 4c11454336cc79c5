"""What is counted of the answers of one arm, of nobody in particular."""

from bisect import bisect_left

from experiments.definition import UNMEASURED
from service.core.groups import Groups

BOUNDS_MS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1, 1.4, 2, 2.8, 4, 5.6, 8, 11, 16, 22, 32, 45, 64, 128, 256, 512, 1024)
"""Upper bounds of the times' buckets: steps of about 1.4, so that a ninth decile is known to a fifth of itself."""
_BOUNDS_NS = tuple(round(bound * 1e6) for bound in BOUNDS_MS)


class Tally:
    """Counts that only grow; the loop alone adds, and any thread may read them.

    Attributes:
        variant: Whose answers.
        n_quiet: Answers that showed nothing.
        sum_ns: Nanoseconds that all answers took together.
        buckets: Answers by the time they took, one more than BOUNDS_MS.
        n_either: Of a shadow's answers, items that it or the arm that was shown had.
        n_both: Items that both had.
        groups: Of people who may be measured, answers and those that a page said were seen.
    """

    __slots__ = (
        "__weakref__",
        "_is_of_people",
        "buckets",
        "groups",
        "n_both",
        "n_either",
        "n_quiet",
        "sum_ns",
        "variant",
    )

    def __init__(self, variant: str) -> None:
        self.variant, self.n_quiet, self.sum_ns = variant, 0, 0
        self.n_either = self.n_both = 0
        self.buckets = [0] * (len(_BOUNDS_NS) + 1)
        self.groups = Groups()
        # Where a unit is not named its arm is drawn for nobody, though who asks may be measured.
        self._is_of_people = not variant.endswith(UNMEASURED)

    def add(self, took_ns: int, *, is_quiet: bool, person: str = "") -> None:
        """One answer.

        Args:
            took_ns: From the request's bytes to the answer's.
            is_quiet: Whether it showed nothing.
            person: To whom, as for service.core.groups.group_of; empty of who may not be measured.
        """
        self.buckets[bisect_left(_BOUNDS_NS, took_ns)] += 1
        self.sum_ns += took_ns
        if is_quiet:
            self.n_quiet += 1
        if person and self._is_of_people:
            self.groups.answer(person)

    def report(self, person: str) -> None:
        """One answer that a page said was seen.

        Args:
            person: By whom.
        """
        if self._is_of_people:
            self.groups.report(person)

    def compare(self, n_either: int, n_both: int) -> None:
        """One answer of a shadow beside the one that was shown.

        Args:
            n_either: Items that are in one of them or in both.
            n_both: Items that are in both.
        """
        self.n_either += n_either
        self.n_both += n_both
