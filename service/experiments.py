"""Tests of models, put together from the settings: file, followers of models, counts."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from experiments.changes import faults_of_changes
from experiments.definition import Experiment, Experiments
from models.bundle.reading import Bundle
from models.errors import Fault
from service.adapters.experiments_follower import ExperimentsFollower, Tell, places_of
from service.adapters.ports import RegisteredVersion
from service.answer_counts import AnswerCounts, AnswerStore
from service.clock import now
from service.core.answers import Model
from service.core.arms import Arms
from service.core.catalogue_desk import CatalogueDesk
from service.core.placements import PLACEMENTS
from service.core.slot import ModelSlot
from service.log import Log
from service.settings import Settings
from service.threads import Run, Threads

Publish = Callable[[RegisteredVersion, Bundle], None]
Follow = Callable[[str, Publish, threading.Event], None]
"""Follows an alias or a "version:12", in the thread that calls it, until told to stop; what it finds is published."""


class ExperimentStore(AnswerStore, Protocol):
    """What all servers of a shop know of its tests. All of it fails with a ShopkeeperError."""

    def seen(self, tests: Sequence[Experiment], at: datetime) -> Sequence[Experiment]:
        """The tests known by these tests' salts, as last served; those not known are from now on."""

    def changed(self, tests: Sequence[Experiment]) -> None:
        """Remember tests as they are now."""


def experiment_runs(
    settings: Settings,
    arms: Arms,
    catalogue: CatalogueDesk | None,
    follow: Follow,
    store: ExperimentStore | None,
    log: Log,
    threads: Threads,
    tell: Tell,
) -> dict[str, Run]:
    """What runs the tests of the shop's file, by the name of its thread; nothing where it has no file.

    Args:
        settings: Name the file.
        arms: Told what runs.
        catalogue: Keeps arms' models to what the shop says of items; None where nobody does.
        follow: Follows a model.
        store: Keeps counts and what tests were; None where the shop keeps nothing.
        log: For what an operator should know.
        threads: Of followers of arms' models, which come as tests do, and end with them or with what runs the tests.
        tell: Told again and again how tests stand.
    """
    if settings.experiments is None:
        return {}

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
        alias = reference.removeprefix("alias:")
        threads.start(f"follower of {reference}", lambda stop: follow(alias, publish, stop), stop_following)

    def held_to_before(tests: Experiments) -> list[Fault]:
        return [] if store is None else remembered(store, tests, now())

    follower = ExperimentsFollower(
        settings.experiments,
        tuple(PLACEMENTS),
        arms,
        f"alias:{settings.alias}",
        followed,
        (lambda _: None) if catalogue is None else catalogue.leave,
        held_to_before,
        log,
        now,
        tell,
    )
    runs: dict[str, Run] = {"experiments": follower.run}
    if store is not None:
        runs["answer counts"] = AnswerCounts(arms, store, log, now).run
    return runs


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
