"""Answers, and reports that they were seen, by groups of people: what differs between groups says how far chance goes.

People of one group have nothing in common but their place. However much people differ, and however alike all is that
one of them does, sums of groups differ by chance alone: the method of random groups (Wolter 2007, Introduction to
Variance Estimation, chapter 2).
"""

from collections.abc import Iterable
from zlib import crc32

N_GROUPS = 32
"""As many differences as tell a standard error to an eighth of itself, and few enough that each holds many people."""
LEAST_PEOPLE = 10
"""A group's counts are told once it is of so many, as far as one worker has seen: before, they might be of one."""


def group_of(person: str) -> int:
    """The group that a person is in, 0 to N_GROUPS - 1.

    Args:
        person: An id of theirs: the browser's, or the account's where no browser is named.
    """
    return crc32(person.encode()) % N_GROUPS


class Groups:
    """Counts that only grow; the loop alone adds, and any thread may read them."""

    __slots__ = ("_answers", "_first", "_reports")

    def __init__(self) -> None:
        self._answers, self._reports = [0] * N_GROUPS, [0] * N_GROUPS
        self._first: list[set[int] | None] = [set() for _ in range(N_GROUPS)]

    def answer(self, person: str) -> None:
        """Count an answer to a person.

        Args:
            person: As for `group_of`.
        """
        group = self._met(person)
        self._answers[group] += 1

    def report(self, person: str) -> None:
        """Count that a page said that an answer was seen.

        Args:
            person: By whom, as for `group_of`.
        """
        group = self._met(person)
        self._reports[group] += 1

    @property
    def held_back(self) -> bool:
        """Whether something was counted of groups with too few people to tell."""
        counted = zip(self._first, self._answers, self._reports, strict=True)
        return any(first is not None and (answers or reports) for first, answers, reports in counted)

    def open(self, groups: Iterable[int]) -> None:
        """Tell of these from now on, as another worker did: with hardly any people in each worker none would, and of a
        small arm fewer would than of a large one.

        Args:
            groups: Their numbers.
        """
        for group in groups:
            self._first[group] = None

    def told(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Answers and reports of each group; 0 of those with too few people to tell, of which both come together."""
        is_told = [first is None for first in self._first]
        answers, reports = (
            tuple(n if told else 0 for n, told in zip(counts, is_told, strict=True))
            for counts in (self._answers, self._reports)
        )
        return answers, reports

    def _met(self, person: str) -> int:
        group = group_of(person)
        first = self._first[group]
        if first is not None:
            first.add(hash(person))
            if len(first) >= LEAST_PEOPLE:
                self._first[group] = None
        return group
