"""What the version in service owes to who was erased since its training, looked at now and then."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from models.errors import ShopkeeperError
from privacy.debt import Erasure, RegisteredVersion, erasure_debt
from service.watching import families as of
from service.watching.figures import Key

EVERY_S = 60.0
"""Between two looks: a debt is counted in days."""


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
        erasures: Those after a position of the ledger; a ShopkeeperError while they cannot be read.
        served: The version in service, None while there is none.
        erasure_days: Within how many an erasure is to be honoured.
        clock: The present, UTC.
        tell: Given what is owed; nothing where it cannot be known.
    """

    def __init__(
        self,
        erasures: Callable[[int], Sequence[Erased]],
        served: Callable[[], RegisteredVersion | None],
        *,
        erasure_days: int,
        clock: Callable[[], datetime],
        tell: Callable[[Mapping[Key, float]], None],
    ) -> None:
        self._erasures, self._served = erasures, served
        self._days, self._clock, self._tell = erasure_days, clock, tell

    def run(self, stop: threading.Event) -> None:
        """Look until told to stop."""
        while not stop.is_set():
            self.look()
            stop.wait(EVERY_S if self._served() is not None else 1.0)

    def look(self) -> None:
        """Look once."""
        served = self._served()
        if served is None:
            return
        try:
            erasures = self._erasures(served.position or 0)
        except ShopkeeperError:
            # A figure of before would say that all is well.
            self._tell({})
            return
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
