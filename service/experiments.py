"""Tests of models, put together from the settings: file, followers of models, counts."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from experiments.definition import Experiments
from models.bundle.reading import Bundle
from models.errors import Fault
from service.adapters.ports import RegisteredVersion
from service.answer_counts import AnswerCounts, AnswerStore
from service.core.answers import Model
from service.core.arms import Arms
from service.core.catalogue_desk import CatalogueDesk
from service.core.placements import PLACEMENTS
from service.core.slot import ModelSlot
from service.experimenting import Experimenting
from service.log import Log
from service.settings import Settings
from service.shoppers import now

Publish = Callable[[RegisteredVersion, Bundle], None]
Follow = Callable[[str, Publish, threading.Event], None]
"""Follows an alias or a "version:12", in the thread that calls it, until told to stop; what it finds is published."""


class ExperimentStore(AnswerStore, Protocol):
    """What all servers of a shop know of its tests."""

    def faults_of(self, experiments: Experiments, moment: datetime) -> list[Fault]:
        """What tests that have begun would change of what ran under the same salts, which is kept from then on.

        Args:
            experiments: Of a file.
            moment: The present, UTC.
        """


def experiment_threads(
    settings: Settings,
    arms: Arms,
    catalogue: CatalogueDesk | None,
    follow: Follow,
    store: ExperimentStore | None,
    log: Log,
    stop: threading.Event,
) -> list[threading.Thread]:
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
    if settings.experiments is None:
        return []

    def followed(reference: str, slot: ModelSlot, stop_following: threading.Event) -> None:
        def publish(version: RegisteredVersion, bundle: Bundle) -> None:
            model = Model(bundle, version.label, version.ledger_position)
            if catalogue is None:
                slot.model = model
            else:
                catalogue.install(model, slot)

        # An alias goes by its name alone, so that its list of bundles is that of whoever serves it.
        arguments = (reference.removeprefix("alias:"), publish, stop_following)
        threading.Thread(target=follow, args=arguments, name=f"follower of {reference}", daemon=True).start()

    def remembered(tests: Experiments) -> list[Fault]:
        return [] if store is None else store.faults_of(tests, now())

    experimenting = Experimenting(
        settings.experiments,
        tuple(PLACEMENTS),
        arms,
        f"alias:{settings.alias}",
        followed,
        (lambda _: None) if catalogue is None else catalogue.leave,
        remembered,
        log,
        now,
    )
    experimenting.open()
    runs = [("experiments", experimenting.run)]
    if store is not None:
        runs.append(("answer counts", AnswerCounts(arms, store, log, now).run))
    return [threading.Thread(target=run, args=(stop,), name=name, daemon=True) for name, run in runs]
