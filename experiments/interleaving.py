"""Two lists drafted into one, so that each click on it says whose item was wanted."""

from collections.abc import Callable, Collection, Hashable, Sequence
from hashlib import sha256
from typing import TypeVar

from experiments.assignment import PREFIX
from experiments.definition import UNMEASURED

FIRST, SECOND = "a", "b"
"""Teams: of the arm that a test names first, and of the other."""
DRAFT = "+"
"""Begins what stands in a variant where a test of arms has the arm's name, which has none in it."""
N_COINS = 64
"""Of a draft, one for each round that both teams play: more than there are on any page."""

_T = TypeVar("_T", bound=Hashable)


def team_draft(
    first: Sequence[_T],
    second: Sequence[_T],
    limit: int,
    bits: int,
    takes: Callable[[_T], bool] = lambda _: True,
) -> list[tuple[_T, str]]:
    """The list that is shown, best first, each item with the team that brought it.

    In each round a coin decides which team picks first; then each picks the best of its items that is not in the list
    yet. Where one has no more, the other goes on alone.

    Args:
        first: Items of FIRST, best first, none twice.
        second: Items of SECOND, likewise.
        limit: Items of the list at most.
        bits: N_COINS random ones.
        takes: Whether an item may stand in the list beside what was taken before; asked once of each, and what was
            refused is nobody's any more.

    Radlinski, Kurup and Joachims (2008), How Does Clickthrough Data Reflect Retrieval Quality?
    """
    drafted: list[tuple[_T, str]] = []
    met: set[_T] = set()
    teams = ((iter(first), FIRST), (iter(second), SECOND))
    n_before = -1
    while n_before < len(drafted) < limit:
        n_before = len(drafted)
        for items, team in teams if bits & 1 else teams[::-1]:
            if len(drafted) == limit:
                break
            for item in items:
                if item not in met:
                    met.add(item)
                    if takes(item):
                        drafted.append((item, team))
                        break
        bits >>= 1
    return drafted


def draft_bits(salt: str, key: str, page: Collection[str]) -> int:
    """The coins of a unit on a page: who comes back to it sees the same list in the same order.

    Args:
        salt: Of the test.
        key: The unit's, as experiments.assignment.unit_key gives it.
        page: What makes it the same page.
    """
    hashed = sha256("\n".join((f"{PREFIX}:draft:{salt}", key, *page)).encode())
    return int.from_bytes(hashed.digest()[: N_COINS // 8], "big")


def draft_variant(salt: str, teams: str, *, is_measured: bool) -> str:
    """How tokens and events name a list that was drafted: "salt/+abba", and "salt/+abba~" as experiments.definition.
    variant_of has it.

    Args:
        salt: Of the test.
        teams: Of the items shown, in their order; empty of a quiet answer, and for what is counted of all.
        is_measured: Whether the list is its unit's, and may be kept.
    """
    return f"{salt}/{DRAFT}{teams}{'' if is_measured else UNMEASURED}"
