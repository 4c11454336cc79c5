"""What the version in service owes to who was erased since its training, looked at now and then."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from privacy.debt import Erasure, RegisteredVersion, erasure_debt
from service.log import Log
from service.watching import families as of
from service.watching.figures import Key

EVERY_S = 60.0
"""Between two looks: a debt is counted in days."""
FIRST_S = 1.0
"""The same while there is no model yet."""


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
        self._erasures, self._served, self._log = erasures, served, log
        self._days, self._clock, self._tell = erasure_days, clock, tell
        self._is_known = True

    def run(self, stop: threading.Event) -> None:
        """Look until told to stop."""
        while not stop.is_set():
            self.look()
            stop.wait(FIRST_S if self._served() is None else EVERY_S)

    def look(self) -> None:
        """Look once."""
        served = self._served()
        if served is None:
            return
        try:
            erasures = self._erasures(served.position or 0)
        except Exception as error:  # noqa: BLE001 - the thread goes on, and looks again
            # A figure of before would say that all is well.
            self._tell({})
            if self._is_known:
                self._log.warning("erasure_debt_unknown", cause=type(error).__name__)
            self._is_known = False
            return
        self._is_known = True
        owed = [Erasure(one.position, one.at) for one in erasures]
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
        self._tell(figures)
