"""Tests of models as they run: their file is followed, and so is every model that an arm answers from."""

import re
import threading
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from experiments.assignment import Running, Traffic
from experiments.changes import faults_of_changes
from experiments.definition import Experiment, Experiments
from experiments.experiments_file import read_experiments
from models.errors import Fault, InvalidInputError, ShopkeeperError
from service.adapters.awaited_models import AwaitedModels
from service.adapters.file_stamp import Stamp, stamp_of
from service.core.arms import Arms, LiveTests, Stand, is_ready, stands_of
from service.core.slot import ModelSlot
from service.log import Log
from service.troubles import Troubles

LOOK_S = 1.0
"""Seconds between two looks at the file and the time. A look that finds nothing new takes microseconds."""
BEFOREHAND = timedelta(hours=1)
"""So long before a test starts its arms' models are fetched."""
GOES_ON = "those of before go on"
NONE_RUNS = "no test runs here until the file is mended: the champion answers all pages, in no arm"

_PLACE = re.compile(r"^experiments\[(\d+)\]")
"""How a fault names the test."""


class Tell(Protocol):
    """Is told how tests stand here."""

    def __call__(self, is_live: Mapping[str, bool], *, is_file_refused: bool) -> None:
        """Take it in.

        Args:
            is_live: Of every test of the file that is to be on by its times, by name, whether it is.
            is_file_refused: Whether the file as it is now was refused as a whole.
        """


@dataclass(slots=True)
class Followed:
    """A model that an arm answers from, as its alias moves or as its version stands.

    Attributes:
        slot: Where it stands.
        stop: Ends its follower.
    """

    slot: ModelSlot
    stop: threading.Event


@dataclass(slots=True)
class ExperimentsFollower:
    """Follows the tests of a file, in a thread of its own.

    A file that went bad changes nothing, and neither does one that changes what a running test must keep; where it is
    bad at the first look no test runs until it is mended. A test runs once every arm that is shown has its model:
    before, its pages are the champion's, and in no arm.

    Attributes:
        path: The file.
        placements: Names that a test may be on.
        arms: Told what runs.
        champion: Reference of the model in service, "alias:champion", which is followed already.
        follow: Starts following a reference, into a slot, until told to stop.
        leave: Told of a slot whose test is over.
        remember: Faults of tests against what any server of the shop ran before under the same salts, which it keeps;
            fails with a ShopkeeperError where that cannot be known now.
        log: For what an operator should know.
        clock: The present, UTC.
        tell: Told after each look how tests stand.
    """

    path: Path
    placements: Collection[str]
    arms: Arms
    champion: str
    follow: Callable[[str, ModelSlot, threading.Event], None]
    leave: Callable[[ModelSlot], None]
    remember: Callable[[Experiments], list[Fault]]
    log: Log
    clock: Callable[[], datetime]
    tell: Tell
    _stamp: Stamp | None = None
    _has_read: bool = False
    _is_file_refused: bool = False
    _of_file: Experiments = field(default_factory=Experiments)
    _experiments: Experiments = field(default_factory=Experiments)
    _traffic: Traffic = field(default_factory=lambda: Traffic(Experiments()))
    _followed: dict[str, Followed] = field(default_factory=dict)
    _stands: dict[Hashable, dict[str, Stand]] = field(default_factory=dict)
    _remembered: frozenset[str] = frozenset()
    _troubles: Troubles = field(init=False)
    _awaited: AwaitedModels = field(init=False)

    def __post_init__(self) -> None:
        self._troubles, self._awaited = Troubles(self.log), AwaitedModels(self.log)

    def run(self, stop: threading.Event) -> None:
        """Follow until told to stop."""
        while True:
            self.look()
            if stop.wait(LOOK_S):
                break
        for followed in self._followed.values():
            followed.stop.set()

    def look(self) -> None:
        """Look once; never fails, as the thread must not end."""
        self._troubles.guard(self._look, failed="experiments_failed", goes_on="experiments_go_on")
        now, live = self.clock(), _names(self.arms.live)
        to_be_on = [name for name, one in self._of_file.experiments.items() if one.is_running(now)]
        self.tell({name: name in live for name in to_be_on}, is_file_refused=self._is_file_refused)

    def _look(self) -> None:
        self._read()
        self._remember()
        self._follow()
        self._go_live()

    def _read(self) -> None:
        stamp = stamp_of(self.path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            read = read_experiments(self.path, self.placements)
            if faults := faults_of_changes(self._experiments, read, self.clock()):
                raise InvalidInputError(str(self.path), faults)
        except InvalidInputError as error:
            self._is_file_refused = True
            hint = GOES_ON if self._has_read else NONE_RUNS
            self.log.error("experiments_not_read", message=str(error), hint=hint)
            return
        self._take_up(read)

    def _take_up(self, read: Experiments) -> None:
        self._has_read, self._is_file_refused, self._remembered = True, False, frozenset()
        self._of_file, self._experiments, self._traffic = read, read, Traffic(read)
        self.log.info("experiments_read", experiments=list(read.experiments))

    def _remember(self) -> None:
        """Hold tests that have begun to what ran before, also elsewhere; while that cannot be known, they run on."""
        now = self.clock()
        begun = frozenset(one.salt for one in self._experiments.experiments.values() if one.starts_at <= now)
        if begun <= self._remembered:
            return
        try:
            faults = self.remember(self._experiments)
        except ShopkeeperError as error:
            if self._troubles.is_news("store", error.reason):
                self.log.warning("experiments_not_compared", reason=error.reason, message=str(error))
            return
        self._troubles.is_over("store")
        self._remembered = begun
        if faults:
            self.log.error("experiments_refused", message=str(InvalidInputError(str(self.path), faults)))
            refused = places_of(faults)
            named = enumerate(self._experiments.experiments.items())
            kept = dict(entry for place, entry in named if place not in refused)
            self._experiments = Experiments(MappingProxyType(kept))
            self._traffic = Traffic(self._experiments)

    def _follow(self) -> None:
        """Follow the models that are wanted now or soon, and no others."""
        now = self.clock()
        tests = [
            one for one in self._experiments.experiments.values() if one.starts_at - BEFOREHAND <= now < one.ends_at
        ]
        wanted = {arm.reference for one in tests for arm in one.arms if not arm.shows_nothing} - {self.champion}
        for reference in self._followed.keys() - wanted:
            followed = self._followed.pop(reference)
            followed.stop.set()
            self.leave(followed.slot)
        for reference in sorted(wanted - self._followed.keys()):
            followed = self._followed[reference] = Followed(ModelSlot(), threading.Event())
            self.follow(reference, followed.slot, followed.stop)
        slots = {reference: followed.slot for reference, followed in self._followed.items()}
        slots[self.champion] = self.arms.champion
        self._awaited.look(tests, slots, now)
        self._stands = {_made_of(one): self._stands.get(_made_of(one)) or stands_of(one, slots) for one in tests}

    def _go_live(self) -> None:
        """Let the tests run whose time it is and whose models are there."""
        now_s, live = self.clock().timestamp(), dict[str, LiveTests]()
        for placement in self.placements:
            running = self._traffic.on(placement, now_s)
            ready = () if running is None else tuple(filter(self._is_ready, running.experiments))
            if ready:
                before = self.arms.live.get(placement)
                is_same = before is not None and before.running.experiments == ready
                live[placement] = before if before is not None and is_same else self._live(ready)
        if live != self.arms.live:
            self.log.info("experiments_live", experiments=_names(live), before=_names(self.arms.live))
            self.arms.live = MappingProxyType(live)

    def _is_ready(self, experiment: Experiment) -> bool:
        stands = self._stands.get(_made_of(experiment))
        return stands is not None and is_ready(experiment, stands)

    def _live(self, experiments: tuple[Experiment, ...]) -> LiveTests:
        stands = {variant: stand for one in experiments for variant, stand in self._stands[_made_of(one)].items()}
        return LiveTests(Running(experiments), stands)


def _made_of(test: Experiment) -> Hashable:
    """Of a test, what its stands follow from: all of it may change before it starts, and its shadows later."""
    return test.salt, test.arms, test.unit, test.interleaved


def _names(live: Mapping[str, LiveTests]) -> list[str]:
    return sorted({one.name for tests in live.values() for one in tests.running.experiments})


def places_of(faults: Iterable[Fault]) -> set[int]:
    """The places in the file of the tests at fault, from 0."""
    return {int(place) for fault in faults for place in _PLACE.findall(fault.field)}
