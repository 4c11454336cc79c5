"""What is put together for tests of models: followers of arms, and what becomes of a model that comes too late."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.bundle.reading import Bundle
from service.adapters.ports import RegisteredVersion
from service.core.arms import Arms
from service.core.catalogue_desk import CatalogueDesk
from service.core.slot import ModelSlot
from service.experiments import Publish, experiment_runs
from service.settings import Settings
from service.threads import Threads
from service.watching.meters import Meters
from tests.service.catalogues import FakeCatalogueStore, word
from tests.service.doubles import Lines
from tests.service.shop import write_shop
from tests.service.waiting import until

FILE = """
experiments:
  - name: ranker
    placements: [product_page]
    starts: 2020-01-01T00:00:00Z
    ends: 2100-01-01T00:00:00Z
    arms:
      - {name: control, model: champion, weight: 1}
      - {name: new, model: challenger, weight: 1}
    primary: buyers
    smallest_effect: 5
"""
VERSION = RegisteredVersion("accessories", "2", 0)


class Lab:
    """A test whose arm is followed, and what the shop says of its items."""

    def __init__(self, directory: Path) -> None:
        file = directory / "experiments.yaml"
        file.write_text(FILE, encoding="utf-8")
        write_shop(directory / "bundle")
        self.bundle = Bundle.open(directory / "bundle")
        slot = ModelSlot()
        self.catalogue = CatalogueDesk(
            FakeCatalogueStore(), slot, lambda: datetime(2026, 12, 1, tzinfo=UTC), lambda _: None
        )
        self.published: list[tuple[str, Publish, threading.Event]] = []
        settings = Settings.read({"SHOPKEEPER_EXPERIMENTS": str(file)})
        self.threads = Threads()
        given = self.catalogue, self._follow, None, Lines().log, self.threads, Meters().tests
        runs = experiment_runs(settings, Arms(slot), *given)
        for name, run in runs.items():
            self.threads.start(name, run)

    def _follow(self, reference: str, publish: Publish, stop: threading.Event) -> None:
        self.published.append((reference, publish, stop))
        stop.wait(60)

    def end(self) -> None:
        """Stop, and wait for whatever runs."""
        self.threads.stop()
        self.threads.join(10)

    def is_told(self) -> bool:
        """Whether the arm's model hears what the shop says."""
        self.catalogue.update([word("card", available=False)])
        index = self.bundle.index_of("card")
        assert index is not None
        return not self.bundle.available.item(index)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path)
    until(lambda: bool(lab.published), "the follower")
    yield lab
    lab.end()


def test_an_arms_model_goes_by_what_the_shop_says_of_its_items(lab: Lab) -> None:
    [(reference, publish, _)] = lab.published
    publish(VERSION, lab.bundle)
    assert (reference, lab.is_told()) == ("challenger", True)


def test_a_model_that_comes_once_its_test_is_over_is_told_nothing_any_more(lab: Lab) -> None:
    [(_, publish, stop)] = lab.published
    lab.end()
    assert stop.is_set()
    publish(VERSION, lab.bundle)
    assert not lab.is_told()


def test_each_follower_is_started_once_and_can_be_waited_for(lab: Lab) -> None:
    expected = ["experiments", "follower of alias:challenger"]
    until(lambda: lab.threads.running() == expected, "the follower's thread")
    assert len(lab.published) == 1
    lab.end()
    assert lab.threads.running() == []


def test_without_a_file_nothing_runs(tmp_path: Path) -> None:
    given = Arms(ModelSlot()), None, lambda *_: None, None, Lines().log, Threads(), Meters().tests
    assert experiment_runs(Settings.read({}), *given) == {}
