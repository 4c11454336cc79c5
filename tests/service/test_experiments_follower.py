"""The tests of a file run when it is their time and their models are there, and follow the file as it changes."""

import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from experiments.definition import Experiments
from models.bundle.reading import Bundle
from models.errors import Fault, ShopkeeperError
from service.adapters.awaited_models import PATIENCE
from service.adapters.experiments_follower import BEFOREHAND, ExperimentsFollower
from service.core.answers import Model
from service.core.arms import Arms
from service.core.slot import ModelSlot
from tests.service.doubles import Lines
from tests.service.shop import write_shop

START = datetime(2026, 12, 1, tzinfo=UTC)
TEST = """
  - name: {name}
    placements: [product_page]
    starts: 2026-12-01T00:00:00Z
    ends: 2026-12-22T00:00:00Z
    traffic: {traffic}
    arms:
      - {{name: control, model: champion, weight: {weight}}}
      - {{name: new, {model}, weight: 1}}
    primary: buyers
    smallest_effect: 5
"""


def written(name: str = "ranker", model: str = "model: challenger", weight: int = 1, traffic: str = "[0, 100]") -> str:
    return TEST.format(name=name, model=model, weight=weight, traffic=traffic)


class Lab:
    """What follows a file, and what the shop, the clock and the registry do.

    Attributes:
        followed: Slots of what is followed, by reference.
        left: Slots that were told of as over.
        faults: Of what ran before.
        is_live: As it was told last, by test.
        is_refused: The same of the file.
    """

    def __init__(self, directory: Path) -> None:
        write_shop(directory / "bundle")
        self.model = Model(Bundle.open(directory / "bundle"), "accessories/1")
        self.path, self.lines, self.now = directory / "experiments.yaml", Lines(), START
        self.followed: dict[str, tuple[ModelSlot, threading.Event]] = {}
        self.left: list[ModelSlot] = []
        self.faults: list[Fault] = []
        self.is_reachable = True
        self.is_live: Mapping[str, bool] = {}
        self.is_refused: bool | None = None
        champion = ModelSlot()
        champion.model = self.model
        self.arms = Arms(champion)
        self.write(written())
        self.follower = ExperimentsFollower(
            self.path,
            ("product_page", "cart"),
            self.arms,
            "alias:champion",
            self._follow,
            self.left.append,
            self._remember,
            self.lines.log,
            lambda: self.now,
            self._tell,
        )

    def write(self, *tests: str) -> None:
        """The file is another from now on."""
        self.path.write_text("experiments:" + "".join(tests) if tests else "experiments: []", encoding="utf-8")

    def look(self, *, after: timedelta = timedelta()) -> list[str]:
        """The names of the tests that run on product pages some time later."""
        self.now += after
        self.follower.look()
        tests = self.arms.live.get("product_page")
        return [] if tests is None else [one.name for one in tests.running.experiments]

    def arrives(self, reference: str = "alias:challenger") -> None:
        """The model of a reference has been fetched."""
        self.followed[reference][0].model = self.model

    def _tell(self, is_live: Mapping[str, bool], *, is_file_refused: bool) -> None:
        self.is_live, self.is_refused = is_live, is_file_refused

    def _follow(self, reference: str, slot: ModelSlot, stop: threading.Event) -> None:
        self.followed[reference] = (slot, stop)

    def _remember(self, _: Experiments) -> list[Fault]:
        if not self.is_reachable:
            raise ShopkeeperError("the database is gone")
        return self.faults


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


@pytest.fixture
def running(lab: Lab) -> Lab:
    lab.look()
    lab.arrives()
    assert lab.look() == ["ranker"]
    return lab


def test_a_test_runs_once_all_its_models_are_there(lab: Lab) -> None:
    assert lab.look() == []
    assert lab.followed.keys() == {"alias:challenger"}
    lab.arrives()
    assert lab.look() == ["ranker"]


def test_a_test_does_not_run_before_there_is_a_champion(lab: Lab) -> None:
    lab.arms.champion.model = None
    lab.look()
    lab.arrives()
    assert lab.look() == []


def test_models_are_fetched_before_a_test_starts_and_it_starts_in_time(lab: Lab) -> None:
    lab.now = START - BEFOREHAND
    lab.look()
    lab.arrives()
    assert lab.look(after=BEFOREHAND - timedelta(seconds=1)) == []
    assert lab.look(after=timedelta(seconds=1)) == ["ranker"]


def test_long_before_a_test_nothing_is_fetched(lab: Lab) -> None:
    lab.now = START - BEFOREHAND - timedelta(seconds=1)
    lab.look()
    assert lab.followed == {}


def test_a_test_that_is_over_ends_and_its_model_is_let_go_of(running: Lab) -> None:
    slot, stop = running.followed["alias:challenger"]
    assert running.look(after=timedelta(days=21)) == []
    assert stop.is_set()
    assert running.left == [slot]


def test_a_version_is_followed_by_its_number(lab: Lab) -> None:
    lab.write(written("ranker-2", model="version: 12"))
    lab.look()
    assert lab.followed.keys() == {"version:12"}


def test_a_new_file_takes_the_place_of_the_one_before(running: Lab) -> None:
    running.write(written(traffic="[0, 50]"), written("second", traffic="[50, 100]"))
    running.write(written(traffic="[0, 100]"))
    assert running.look() == ["ranker"]
    running.write()
    assert running.look() == []


def test_what_goes_on_is_not_drawn_or_counted_anew(running: Lab) -> None:
    before = running.arms.live["product_page"]
    running.look(after=timedelta(days=1))
    assert running.arms.live["product_page"] is before


def test_where_traffic_grows_counts_go_on(running: Lab) -> None:
    running.write(written(traffic="[0, 100]").replace("12-22", "12-29"))
    before = dict(running.arms.live["product_page"].stands)
    assert running.look() == ["ranker"]
    assert running.arms.live["product_page"].running.experiments[0].ends_at.day == 29
    assert dict(running.arms.live["product_page"].stands) == before


@pytest.mark.parametrize("text", ["experiments: 7", "nonsense: [", written(weight=0)])
def test_a_file_that_went_bad_changes_nothing(running: Lab, text: str) -> None:
    running.path.write_text(text if text.startswith(("experiments", "nonsense")) else f"experiments:{text}")
    assert running.look() == ["ranker"]
    assert running.lines.only("experiments_not_read")["hint"] == "those of before go on"


def test_other_weights_of_a_running_test_change_nothing(running: Lab) -> None:
    running.write(written(weight=3))
    assert running.look() == ["ranker"]
    assert running.arms.live["product_page"].running.experiments[0].arms[0].weight == 1
    assert "another salt" in running.lines.only("experiments_not_read")["message"]


def test_before_a_test_starts_its_arms_may_still_change(lab: Lab) -> None:
    lab.now = START - BEFOREHAND
    lab.look()
    lab.arrives()
    lab.write(written(model="version: 12"))
    lab.look()
    assert lab.followed["alias:challenger"][1].is_set()
    assert lab.look(after=BEFOREHAND) == []
    lab.arrives("version:12")
    assert lab.look() == ["ranker"]
    assert lab.arms.live["product_page"].stands["ranker/new"].slot is lab.followed["version:12"][0]


def test_an_arm_that_is_renamed_before_its_test_starts_answers_by_its_name(lab: Lab) -> None:
    lab.now = START - BEFOREHAND
    lab.look()
    lab.arrives()
    lab.write(written().replace("name: new", "name: newer"))
    lab.look()
    assert lab.look(after=BEFOREHAND) == ["ranker"]
    assert "ranker/newer" in lab.arms.live["product_page"].stands


def test_a_shadow_may_join_and_leave_a_test_that_runs(running: Lab) -> None:
    before = running.arms.live["product_page"].stands["ranker/new"]
    shadow = "      - {name: next, model: shadow, shadow: true}\n    primary"
    running.write(written().replace("    primary", shadow))
    assert running.look() == ["ranker"]
    [joined] = running.arms.live["product_page"].stands["ranker/new"].shadows
    assert joined.slot is running.followed["alias:shadow"][0]
    running.write(written())
    assert running.look() == ["ranker"]
    after = running.arms.live["product_page"].stands["ranker/new"]
    assert (after.shadows, after.slot) == ((), before.slot)


@pytest.mark.parametrize("is_there", [True, False])
def test_where_the_file_is_bad_at_the_start_no_test_runs_until_it_is_mended(lab: Lab, is_there: bool) -> None:
    lab.path.write_text("\texperiments: []") if is_there else lab.path.unlink()
    assert lab.look() == []
    line = lab.lines.only("experiments_not_read")
    assert (line["level"], "no test runs here" in line["hint"]) == ("error", True)
    lab.write(written())
    lab.look()
    lab.arrives()
    assert lab.look() == ["ranker"]


def test_a_test_that_was_another_one_under_its_salt_does_not_run(running: Lab) -> None:
    running.faults = [Fault("experiments[0].arms", "has begun with the salt second")]
    running.write(written("second", traffic="[0, 50]"), written("third", traffic="[50, 100]"))
    assert running.look() == ["third"]
    assert "has begun" in running.lines.only("experiments_refused")["message"]


def test_a_database_that_is_gone_stops_no_test_and_is_asked_again(running: Lab) -> None:
    running.is_reachable = False
    running.write(written("second"))
    assert running.look() == ["second"]
    running.is_reachable, running.faults = True, [Fault("experiments[0].arms", "has begun")]
    assert running.look() == []


def test_that_the_database_is_gone_is_told_once(running: Lab) -> None:
    running.is_reachable = False
    running.write(written("second"))
    running.look()
    running.look()
    assert running.lines.only("experiments_not_compared")["reason"] == "UNKNOWN"


def test_a_test_that_goes_on_is_held_to_what_ran_elsewhere_whenever_its_file_changes(running: Lab) -> None:
    running.faults = [Fault("experiments[0].traffic", "was more")]
    assert running.look() == ["ranker"]
    running.write(written().replace("12-22", "12-29"))
    assert running.look() == []


def test_two_placements_share_what_is_counted_of_an_arm(lab: Lab) -> None:
    lab.write(written().replace("[product_page]", "[product_page, cart]"))
    lab.look()
    lab.arrives()
    lab.look()
    pages, carts = (lab.arms.live[placement].stands for placement in ("product_page", "cart"))
    assert pages == carts


def test_it_ends_its_followers_when_it_is_told_to_stop(running: Lab) -> None:
    stop = threading.Event()
    stop.set()
    running.follower.run(stop)
    assert running.followed["alias:challenger"][1].is_set()


def test_an_unexpected_error_is_told_once_and_ends_nothing(running: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(running.follower.__class__, "_follow", lambda _: fail())
    running.look()
    running.look()
    assert "ZeroDivisionError" in running.lines.only("experiments_failed")["cause"]
    monkeypatch.undo()
    running.look()
    assert running.lines.events()[-1] == "experiments_go_on"


def test_a_test_without_its_model_is_told_of_before_it_starts(lab: Lab) -> None:
    lab.now = START - BEFOREHAND
    lab.look()
    lab.look(after=PATIENCE)
    line = lab.lines.only("experiment_waits")
    assert (line["experiment"], line["arm"], line["model"]) == ("ranker", "new", "alias:challenger")


def test_a_test_that_is_to_be_on_is_told_of_as_live_once_it_is(lab: Lab) -> None:
    lab.look()
    assert lab.is_live == {"ranker": False}
    lab.arrives()
    lab.look()
    assert lab.is_live == {"ranker": True}


@pytest.mark.parametrize("moment", [START - timedelta(seconds=1), START + timedelta(days=21)])
def test_nothing_is_told_of_a_test_before_it_starts_and_once_it_is_over(lab: Lab, moment: datetime) -> None:
    lab.now = moment
    lab.look()
    assert lab.is_live == {}


def test_a_test_that_was_another_one_under_its_salt_is_told_of_as_not_live(running: Lab) -> None:
    running.faults = [Fault("experiments[0].arms", "has begun with the salt second")]
    running.write(written("second", traffic="[0, 50]"), written("third", traffic="[50, 100]"))
    running.look()
    assert (running.is_live, running.is_refused) == ({"second": False, "third": True}, False)


def test_a_file_is_told_of_as_refused_until_it_is_mended_and_its_tests_as_before(running: Lab) -> None:
    running.write(written(weight=0))
    for _ in range(2):
        running.look()
        assert (running.is_live, running.is_refused) == ({"ranker": True}, True)
    running.write(written())
    running.look()
    assert running.is_refused is False


def test_a_look_that_fails_is_no_reason_to_tell_nothing(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab.follower.__class__, "_follow", lambda _: 1 / 0)
    lab.look()
    assert lab.is_live == {"ranker": False}
