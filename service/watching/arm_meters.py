"""What is counted of arms of tests, added up by variant for as long as the process runs."""

import threading
from collections.abc import Callable, Iterable
from typing import NamedTuple
from weakref import WeakKeyDictionary

from service.core.tally import Tally
from service.watching import families as of
from service.watching.figures import Key


class _Counts(NamedTuple):
    n_answers: int = 0
    n_quiet: int = 0
    n_either: int = 0
    n_both: int = 0


class ArmMeters:
    """Adds up tallies, which come and go with their tests: only their sums stay.

    Args:
        tallies: Those of all tests that run.
    """

    def __init__(self, tallies: Callable[[], Iterable[Tally]]) -> None:
        self._tallies, self._lock = tallies, threading.Lock()
        self._sums: dict[str, _Counts] = {}
        # A tally that goes and comes back is not added twice; nor is what a slow page adds to one that is gone lost.
        self._added: WeakKeyDictionary[Tally, _Counts] = WeakKeyDictionary()
        self._held: set[Tally] = set()

    def counts(self) -> dict[Key, float]:
        """The sums, with all that was counted until now; from any thread."""
        with self._lock:
            live = set(self._tallies())
            grown = {tally for tally in {*live, *self._added} if self._has_grown(tally)}
            # Of a test that is over until nothing has been added since the figures before: pages may be under way.
            self._held = live | grown
            sums = self._sums.copy()
        found: dict[Key, float] = {}
        for variant, (n_answers, n_quiet, n_either, n_both) in sums.items():
            found[of.TEST_ANSWERS.name, variant, "yes"] = n_answers - n_quiet
            found[of.TEST_ANSWERS.name, variant, "no"] = n_quiet
            if n_either:
                found[of.SHADOW_ITEMS.name, variant, "either"] = n_either
                found[of.SHADOW_ITEMS.name, variant, "both"] = n_both
        return found

    def _has_grown(self, tally: Tally) -> bool:
        """Add what was counted since the figures before; whether there was anything."""
        now = _Counts(sum(tally.buckets), tally.n_quiet, tally.n_either, tally.n_both)
        before, self._added[tally] = self._added.get(tally, _Counts()), now
        sums = self._sums.get(tally.variant, _Counts())
        self._sums[tally.variant] = _Counts(*(a + b - c for a, b, c in zip(sums, now, before, strict=True)))
        return now != before
