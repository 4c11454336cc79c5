"""Models that a test waits for: an operator is told which test, which arm and which model."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from experiments.definition import Experiment
from service.core.slot import ModelSlot
from service.log import Log

PATIENCE = timedelta(seconds=10)
"""A model that is there is fetched and checked in less, as a rule."""


class _Awaited(NamedTuple):
    experiment: str
    arm: str
    model: str


class AwaitedModels:
    """Tells once of each arm that has been without its model for longer than it takes to fetch one.

    Args:
        log: Where it is told.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._since: dict[_Awaited, datetime] = {}
        self._told: set[_Awaited] = set()

    def look(self, tests: Iterable[Experiment], slots: Mapping[str, ModelSlot], now: datetime) -> None:
        """Look at tests that are on, or soon will be.

        Args:
            tests: All of them.
            slots: Of their arms' models, by reference.
            now: UTC.
        """
        awaited = {
            _Awaited(one.name, arm.name, arm.reference)
            for one in tests
            for arm in one.shown_arms
            if not arm.shows_nothing and slots[arm.reference].model is None
        }
        self._since = {one: self._since.get(one, now) for one in awaited}
        self._told &= awaited
        for one in sorted(awaited - self._told):
            if now - self._since[one] >= PATIENCE:
                self._told.add(one)
                self._log.warning("experiment_waits", **one._asdict(), hint=_HINT)


_HINT = (
    "until the model is there the champion answers the test's pages, in no arm: alias_missing, bundle_refused or "
    "bundle_not_fetched says why it is not"
)
