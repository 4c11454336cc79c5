"""How often something happened, by groups of people: what differs between groups says how far chance goes.

People of one group have nothing in common but their place. However much people differ, and however alike all is that
one of them does, sums of groups differ by chance alone: the method of random groups (Wolter 2007, Introduction to
Variance Estimation, chapter 2).
"""

from zlib import crc32

N_GROUPS = 32
"""As many differences as tell a standard error to an eighth of itself, and few enough that each holds many people."""
LEAST_PEOPLE = 10
"""A group's count is told once it is of so many, as far as one worker has seen: before, it might be of one of them."""


def group_of(person: str) -> int:
    """The group that a person is in, 0 to N_GROUPS - 1.

    Args:
        person: An id of theirs: the account's, or the browser's of somebody who has not signed in.
    """
    return crc32(person.encode()) % N_GROUPS


class Groups:
    """Counts that only grow; the loop alone adds, and any thread may read them."""

    __slots__ = ("_counts", "_first")

    def __init__(self) -> None:
        self._counts = [0] * N_GROUPS
        self._first: list[set[int] | None] = [set() for _ in range(N_GROUPS)]

    def add(self, person: str) -> None:
        """Count one for a person's group.

        Args:
            person: As for `group_of`.
        """
        group = group_of(person)
        self._counts[group] += 1
        first = self._first[group]
        if first is not None:
            first.add(hash(person))
            if len(first) >= LEAST_PEOPLE:
                self._first[group] = None

    def told(self) -> tuple[int, ...]:
        """The count of each group; 0 of those with too few people to tell."""
        return tuple(n if first is None else 0 for n, first in zip(self._counts, self._first, strict=True))
