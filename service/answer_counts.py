"""What tests' arms answered, written down now and then: numbers of answers, of nobody in particular."""

import threading
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from typing import Protocol

from experiments.analysis.sums import Served
from models.errors import ShopkeeperError
from service.core.arms import Arms, tallies_of
from service.core.tally import Tally
from service.log import Log

WRITE_S = 5.0
"""Seconds between two writings: what a killed worker loses at most, and it is the same of all arms. Of groups of people
with too few of them to tell it loses all."""


class AnswerStore(Protocol):
    """Where counts of all servers come together."""

    def add(self, counts: Mapping[str, Served], day: date) -> None:
        """Add to what was counted on a day, by variant; all of it or nothing. Fails with a ShopkeeperError."""

    def told_groups(self, variants: Collection[str]) -> Mapping[str, Collection[int]]:
        """The groups of people that a server has told of, by variant. Fails with a ShopkeeperError."""


class AnswerCounts:
    """Writes what was counted since it last did, in a thread of its own.

    What cannot be written is written later, on the day that it is then.

    Args:
        arms: Whose answers.
        store: Where to.
        log: For what an operator should know.
        clock: The present, UTC.
    """

    def __init__(self, arms: Arms, store: AnswerStore, log: Log, clock: Callable[[], datetime]) -> None:
        self._arms, self._store, self._log, self._clock = arms, store, log, clock
        self._written: dict[Tally, Served] = {}
        self._trouble: str | None = None

    def run(self, stop: threading.Event) -> None:
        """Write until told to stop, and then once more."""
        while not stop.wait(WRITE_S):
            self.write()
        self.write()

    def write(self) -> None:
        """Write once; never fails, as the thread must not end."""
        live = tallies_of(self._arms.live.values())
        # Of a test that is over the rest is written too.
        tallies = {*live, *self._written}
        self._open_told(tallies)
        counted = {tally: _served(tally) for tally in tallies}
        new = {tally: now.since(self._written.get(tally, Served())) for tally, now in counted.items()}
        new = {tally: served for tally, served in new.items() if _says_something(served)}
        try:
            if new:
                self._store.add(_by_variant(new), self._clock().date())
        except Exception as error:  # noqa: BLE001 - see above
            reason = error.reason if isinstance(error, ShopkeeperError) else type(error).__name__
            if self._trouble != reason:
                self._log.warning("answers_not_counted", reason=reason, message=str(error))
            self._trouble = reason
            # Also of a test that ends before anything of it was written.
            self._written = {tally: Served() for tally in new} | self._written
            return
        self._trouble = None
        still = set(live) | new.keys()
        self._written = {tally: served for tally, served in counted.items() if tally in still}

    def _open_told(self, tallies: Collection[Tally]) -> None:
        held_back = [tally for tally in tallies if tally.groups.held_back]
        if not held_back:
            return
        try:
            told = self._store.told_groups({tally.variant for tally in held_back})
        except Exception:  # noqa: BLE001 - what cannot be read is read later, and what cannot be written is told
            return
        for tally in held_back:
            tally.groups.open(told.get(tally.variant, ()))


def _served(tally: Tally) -> Served:
    buckets = tuple(tally.buckets)
    answers_by_group, reports_by_group = tally.groups.told()
    # Read after the buckets, so it may know of an answer more than they do, of which there are thousands.
    return Served(
        sum(buckets),
        min(tally.n_quiet, sum(buckets)),
        buckets,
        tally.sum_ns / 1e9,
        n_either=tally.n_either,
        n_both=tally.n_both,
        answers_by_group=answers_by_group,
        reports_by_group=reports_by_group,
    )


def _says_something(served: Served) -> bool:
    """Also of groups that are told of from now on, though nobody was answered meanwhile."""
    return bool(served.n_answers) or any(served.answers_by_group) or any(served.reports_by_group)


def _by_variant(new: Mapping[Tally, Served]) -> dict[str, Served]:
    """Of a test whose shadows changed there are for a while two tallies of each variant."""
    added: dict[str, Served] = {}
    for tally, served in new.items():
        added[tally.variant] = added.get(tally.variant, Served()) + served
    return added
