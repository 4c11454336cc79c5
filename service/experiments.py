"""Tests of models, put together from the settings: file, followers of models, counts."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from experiments.changes import faults_of_changes
from experiments.definition import Experiment, Experiments
from models.bundle.reading import Bundle
from models.errors import Fault
from service.adapters.ports import RegisteredVersion
from service.answer_counts import AnswerCounts, AnswerStore
from service.core.answers import Model
from service.core.arms import Arms
from service.core.catalogue_desk import CatalogueDesk
from service.core.placements import PLACEMENTS
from service.core.slot import ModelSlot
from service.experimenting import Experimenting, places_of
from service.log import Log
from service.settings import Settings
from service.shoppers import now

Publish = Callable[[RegisteredVersion, Bundle], None]
Follow = Callable[[str, Publish, threading.Event], None]
"""Follows an alias or a "version:12", in the thread that calls it, until told to stop; what it finds is published."""


class ExperimentStore(AnswerStore, Protocol):
    """What all servers of a shop know of its tests. All of it fails with a ShopkeeperError."""

    def seen(self, tests: Sequence[Experiment], at: datetime) -> Sequence[Experiment]:
        """The tests known by these tests' salts, as last served; those not known are from now on."""

    def changed(self, tests: Sequence[Experiment]) -> None:
        """Remember tests as they are now."""


@dataclass(slots=True)
class ExperimentThreads:
    """What runs the tests of a file, and the followers of their arms' models, which come as tests do.

    Attributes:
        own: What runs the tests.
        followers: As many as there are now.
    """

    own: list[threading.Thread] = field(default_factory=list)
    followers: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Run the tests."""
        for one in self.own:
            one.start()

    def follow(self, thread: threading.Thread) -> None:
        """Start one more follower."""
        self.followers = [one for one in self.followers if one.is_alive()]
        thread.start()
        self.followers.append(thread)

    def __iter__(self) -> Iterator[threading.Thread]:
        """All that may be running, those first that end the others."""
        return iter((*self.own, *self.followers))


def experiment_threads(
    settings: Settings,
    arms: Arms,
    catalogue: CatalogueDesk | None,
    follow: Follow,
    store: ExperimentStore | None,
    log: Log,
    stop: threading.Event,
) -> ExperimentThreads:
    """What runs the tests of the shop's file, not started yet; nothing where it has no file.

    Args:
        settings: Name the file.
        arms: Told what runs.
        catalogue: Keeps arms' models to what the shop says of items; None where nobody does.
        follow: Follows a model.
        store: Keeps counts and what tests were; None where the shop keeps nothing.
        log: For what an operator should know.
        stop: Ends them.

    Raises:
        InvalidInputError: Names every fault of the file.
    """
    threads = ExperimentThreads()
    if settings.experiments is None:
        return threads

    def followed(reference: str, slot: ModelSlot, stop_following: threading.Event) -> None:
        def publish(version: RegisteredVersion, bundle: Bundle) -> None:
            model = Model(bundle, version.label, version.ledger_position)
            if catalogue is None:
                slot.model = model
            else:
                catalogue.install(model, slot)
                if stop_following.is_set():
                    # It was left while this one was under way.
                    catalogue.leave(slot)

        # An alias goes by its name alone, so that its list of bundles is that of whoever serves it.
        arguments = (reference.removeprefix("alias:"), publish, stop_following)
        threads.follow(threading.Thread(target=follow, args=arguments, name=f"follower of {reference}", daemon=True))

    def held_to_before(tests: Experiments) -> list[Fault]:
        return [] if store is None else remembered(store, tests, now())

    experimenting = Experimenting(
        settings.experiments,
        tuple(PLACEMENTS),
        arms,
        f"alias:{settings.alias}",
        followed,
        (lambda _: None) if catalogue is None else catalogue.leave,
        held_to_before,
        log,
        now,
    )
    experimenting.open()
    runs = [("experiments", experimenting.run)]
    if store is not None:
        runs.append(("answer counts", AnswerCounts(arms, store, log, now).run))
    threads.own += [threading.Thread(target=run, args=(stop,), name=name, daemon=True) for name, run in runs]
    return threads


def remembered(store: ExperimentStore, tests: Experiments, moment: datetime) -> list[Fault]:
    """What tests that have begun would change of what any server ran under their salts; what is no fault is kept."""
    begun = [one for one in tests.experiments.values() if one.starts_at <= moment]
    known = {one.salt: one for one in store.seen(begun, moment)}
    faults = faults_of_changes(Experiments(), tests, moment, used=known.values())
    at_fault = places_of(faults)
    sound = [one for place, one in enumerate(tests.experiments.values()) if place not in at_fault]
    if changed := [one for one in sound if one in begun and known.get(one.salt, one) != one]:
        store.changed(changed)
    return faults
