"""Erasure debt: which versions still serve that were trained on people who have been erased since."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class RegisteredVersion:
    """A version of a registered model.

    Attributes:
        name: Of the model.
        version: Of the model's versions.
        position: The ledger's position that its training read up to; None where it was not noted.
        serving: Whether a server may load it.
        aliases: For the reader, for instance champion.
    """

    name: str
    version: int
    position: int | None
    serving: bool
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Erasure:
    """One person's erasure.

    Attributes:
        position: Of its entry in the ledger.
        at: When it was asked for, UTC.
    """

    position: int
    at: datetime


@dataclass(frozen=True, slots=True)
class VersionDebt:
    """What one serving version owes.

    Attributes:
        version: Which.
        n_owed: Erasures that came after its training; all there are where the training's position is unknown.
        oldest_at: When the first of them was asked for; None if it owes none.
        oldest_age_s: Seconds since then, 0 if it owes none.
        overdue: Whether that is longer than the deadline.
    """

    version: RegisteredVersion
    n_owed: int
    oldest_at: datetime | None
    oldest_age_s: float
    overdue: bool


def erasure_debt(
    versions: Iterable[RegisteredVersion], erasures: Iterable[Erasure], *, deadline_days: float, now: datetime
) -> tuple[VersionDebt, ...]:
    """What each serving version owes, the oldest debt first; then by name and version.

    A version that no longer serves owes nothing and is left out. One that owes nothing is told with 0.

    Args:
        versions: All registered versions, any order.
        erasures: All erasures of the ledger, any order.
        deadline_days: Days within which an erasure is to be honoured; the last instant of them is still in time.
        now: The present instant, UTC.
    """
    ordered = sorted(erasures, key=lambda erasure: erasure.position)
    positions = [erasure.position for erasure in ordered]
    oldest_from: list[datetime | None] = [None] * (len(ordered) + 1)
    for place in range(len(ordered) - 1, -1, -1):
        later = oldest_from[place + 1]
        oldest_from[place] = ordered[place].at if later is None else min(ordered[place].at, later)
    debts = []
    for version in versions:
        if version.serving:
            first_owed = 0 if version.position is None else bisect_right(positions, version.position)
            oldest_at = oldest_from[first_owed]
            age = timedelta(0) if oldest_at is None else max(now - oldest_at, timedelta(0))
            overdue = oldest_at is not None and age > timedelta(days=deadline_days)
            debts.append(VersionDebt(version, len(ordered) - first_owed, oldest_at, age.total_seconds(), overdue))
    return tuple(sorted(debts, key=lambda debt: (-debt.oldest_age_s, debt.version.name, debt.version.version)))
