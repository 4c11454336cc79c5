"""A test that waits for a model is told of by its name, with the arm and the model that is not there."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.bundle.reading import Bundle
from service.adapters.awaited_models import PATIENCE, AwaitedModels
from service.core.answers import Model
from service.core.slot import ModelSlot
from tests.service.doubles import Lines
from tests.service.shop import write_shop
from tests.service.trials import CHALLENGER, CHAMPION, CONTROL, HOLDOUT, NEW, trial

START = datetime(2026, 12, 1, tzinfo=UTC)


class Watching:
    """One test of champion, challenger and holdout, of which the champion alone is there."""

    def __init__(self, directory: Path) -> None:
        write_shop(directory / "bundle")
        self.model = Model(Bundle.open(directory / "bundle"), "accessories/1")
        self.slots = {CHAMPION: ModelSlot(), CHALLENGER: ModelSlot()}
        self.slots[CHAMPION].model = self.model
        self.lines, self.now = Lines(), START
        self.tests = [trial(CONTROL, NEW, HOLDOUT, name="ranker")]
        self._awaited = AwaitedModels(self.lines.log)

    def look(self, *, after: timedelta = timedelta()) -> list[str]:
        """All that was told until then."""
        self.now += after
        self._awaited.look(self.tests, self.slots, self.now)
        return self.lines.events()


@pytest.fixture
def watching(tmp_path: Path) -> Watching:
    return Watching(tmp_path)


def test_test_arm_and_model_are_named_once(watching: Watching) -> None:
    watching.look()
    watching.look(after=PATIENCE)
    watching.look(after=PATIENCE)
    line = watching.lines.only("experiment_waits")
    assert (line["level"], line["experiment"], line["arm"], line["model"]) == ("warning", "ranker", "new", CHALLENGER)


def test_a_model_that_is_being_fetched_is_not_told_of(watching: Watching) -> None:
    watching.look()
    assert watching.look(after=PATIENCE - timedelta(seconds=1)) == []


def test_a_model_that_came_and_went_has_its_time_again(watching: Watching) -> None:
    watching.look()
    watching.slots[CHALLENGER].model = watching.model
    watching.look(after=PATIENCE)
    watching.slots[CHALLENGER].model = None
    assert watching.look() == []
    assert watching.look(after=PATIENCE) == ["experiment_waits"]


def test_of_a_test_that_is_over_nothing_is_told(watching: Watching) -> None:
    watching.look()
    watching.tests = []
    assert watching.look(after=PATIENCE) == []
