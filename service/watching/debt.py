"""What the version in service owes to who was erased since its training, looked at now and then."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from privacy.debt import Erasure, RegisteredVersion, erasure_debt
from service.log import Log
from service.troubles import Troubles
from service.watching import families as of
from service.watching.figures import Key

EVERY_S = 60.0
"""Between two looks: a debt is counted in days."""
FIRST_S = 1.0
"""The same until there is a model."""


class Erased(Protocol):
    """An erasure, as privacy.store.store.PrivacyStore.erasures gives them."""

    @property
    def position(self) -> int:
        """Of its last entry in the ledger."""

    @property
    def at(self) -> datetime:
        """When it was asked for, UTC."""


class DebtWatch:
    """Looks in a thread of its own, and only in the one worker that follows the registry.

    Args:
        erasures: Those after a position of the ledger; raises while they cannot be read.
        served: The version in service, None while there is none.
        log: Where it says that it cannot know.
        erasure_days: Within how many an erasure is to be honoured.
        clock: The present, UTC.
        tell: Given what is owed; nothing where it cannot be known.
    """

    def __init__(
        self,
        erasures: Callable[[int], Sequence[Erased]],
        served: Callable[[], RegisteredVersion | None],
        log: Log,
        *,
        erasure_days: int,
        clock: Callable[[], datetime],
        tell: Callable[[Mapping[Key, float]], None],
    ) -> None:
        self._erasures, self._served = erasures, served
        self._days, self._clock, self._tell = erasure_days, clock, tell
        self._troubles, self._wait_s = Troubles(log), FIRST_S

    def run(self, stop: threading.Event) -> None:
        """Look until told to stop."""
        while not stop.is_set():
            self.look()
            stop.wait(self._wait_s)

    def look(self) -> None:
        """Look once; never fails, as the thread must not end."""
        self._troubles.guard(self._look, failed="erasure_debt_unknown", goes_on="erasure_debt_known")

    def _look(self) -> None:
        # Where it cannot be known, a figure of before would say that all is well.
        owed: Mapping[Key, float] | None = {}
        try:
            owed = self._owed()
        finally:
            if owed is not None:
                self._tell(owed)

    def _owed(self) -> Mapping[Key, float] | None:
        """What the version in service owes; None while there is none."""
        served = self._served()
        if served is None:
            return None
        self._wait_s = EVERY_S
        owed = [Erasure(one.position, one.at) for one in self._erasures(served.position or 0)]
        [debt] = erasure_debt([served], owed, deadline_days=self._days, now=self._clock())
        labels = (served.name, str(served.version))
        figures: dict[Key, float] = {
            (of.DEBT_ERASURES.name, *labels): debt.n_owed,
            (of.DEBT_AGE.name, *labels): debt.oldest_age_s,
            (of.DEBT_OVERDUE.name, *labels): debt.overdue,
        }
        if debt.oldest_at is not None:
            due = debt.oldest_at + timedelta(days=self._days)
            figures[of.DEBT_DEADLINE.name, *labels] = due.timestamp()
        return figures
