"""The figures of several workers together."""

import threading
from collections import Counter
from collections.abc import Mapping
from functools import reduce
from operator import add

from service.watching import families as of
from service.watching.figures import Figures


class CrewFigures:
    """Holds what each worker said last. What one counted stays when it is gone; what was so of it does not.

    The supervisor tells, and whoever serves the figures asks from threads of its own.

    Args:
        n_workers: As many are to run.
    """

    def __init__(self, n_workers: int) -> None:
        self._lock = threading.Lock()
        self._n_wanted = n_workers
        self._said: dict[int, Figures] = {}
        self._listening: set[int] = set()
        self._starts: Counter[int] = Counter()
        self._gone = Figures()

    def started(self, number: int) -> None:
        """A worker was started."""
        with self._lock:
            self._starts[number] += 1

    def listening(self, number: int) -> None:
        """A worker takes calls."""
        with self._lock:
            self._listening.add(number)

    def said(self, number: int, figures: Figures) -> None:
        """A worker has these gauges now, and these counts in the place of those that it told before."""
        with self._lock:
            before = self._said.get(number, Figures()).counts
            self._said[number] = Figures({**before, **figures.counts}, figures.gauges)

    def ended(self, number: int) -> None:
        """A worker is gone."""
        with self._lock:
            self._listening.discard(number)
            self._gone += Figures(self._said.pop(number, Figures()).counts)

    def figures(self) -> Figures:
        """All of them, as of now."""
        with self._lock:
            n_restarts = sum(self._starts.values()) - len(self._starts)
            own = _workers(len(self._listening), self._n_wanted, n_restarts)
            return reduce(add, self._said.values(), self._gone + own)


def alone(figures: Figures) -> Figures:
    """The figures of a server of one process."""
    return figures + _workers(1, 1, 0)


def _workers(n_listening: int, n_wanted: int, n_restarts: int) -> Figures:
    gauges: Mapping[tuple[str, ...], float] = {(of.WORKERS.name,): n_listening, (of.WORKERS_WANTED.name,): n_wanted}
    return Figures({(of.RESTARTS.name,): n_restarts}, gauges)
