"""`shopkeeper experiment report` of a test that shows two lists as one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.main import EXIT_INVALID_INPUT, main
from experiments.analysis.measured import write_measured
from privacy.consent import Status
from tests.cli.experiment import HOUR, START, act
from tests.cli.shop import ANNA, BOB, a_shop, said
from tests.experiments.analysis.measured_rows import event, impression

FILE = """
experiments:
  - name: look
    salt: s1
    placements: [product_page]
    starts: 2026-03-01T00:00:00Z
    ends: 2026-03-20T00:00:00Z
    arms: [{name: control, model: champion}, {name: challenger, model: challenger}]
    interleave: [control, challenger]
    primary: click_rate
    smallest_effect: 10
"""


@pytest.fixture(autouse=True)
def _shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("experiments.yaml").write_text(FILE, encoding="utf-8")


def ran(*words: str) -> int:
    return main(["experiment", "report", "look", *words], subcommands=["cli.experiment"])


def told(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert ran("--json", *words) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.fixture
def events() -> str:
    """A folder of events in which three of four people who click do so on the challenger's item."""
    Path("events").mkdir()
    write_measured([list(_rows())], Path("events"))
    return "events"


def _rows() -> Iterator[tuple[object, ...]]:
    for person in range(800):
        teams = ("ab", "ba")[person % 2]
        shown = {"variant": f"s1/+{teams}", "model_version": "items/1+items/2", "exposure": f"page{person}"}
        for place in (1, 2):
            yield impression(person, START, f"item{place}", position=place, **shown)
        if person % 3 == 0:
            clicked = teams.index("a" if person % 4 == 0 else "b") + 1
            yield event(person, "click", START + HOUR, f"item{clicked}", position=clicked, **shown)


def test_files_come_to_a_preference_that_is_said_first(events: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran("--events", events) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("challenger is preferred to control")
    for words in (
        "shoppers who used one list more",
        "clicked (decides)",
        "Items, 2026-03-02",
        "items/1+items/2",
        "Follow it with a test of arms",
    ):
        assert words in printed


def test_json_has_the_units_of_each_side(events: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "--events", events)
    [decides] = [one for one in found["preferences"] if one["is_primary"]]
    assert decides["units"] == {"control": 67, "challenger": 200}
    assert (found["units"], decides["ties"]) == (800, 533)


def test_what_a_server_keeps_is_counted_of_who_may_be_measured_now(capsys: pytest.CaptureFixture[str]) -> None:
    a_shop()
    said(ANNA, BOB)
    for number, shopper in enumerate((ANNA, BOB)):
        act(shopper, f"shown-{number}", "impression", "kettle", START, "+ba")
        act(shopper, f"clicked-{number}", "click", "kettle", START + HOUR, "+ba")
    assert told(capsys)["preferences"][0]["units"] == {"control": 0, "challenger": 2}
    said(ANNA, status=Status.DENIED, at=START + 24 * HOUR)
    assert told(capsys)["preferences"][0]["units"] == {"control": 0, "challenger": 1}


@pytest.mark.parametrize("option", ["--html", "--record"])
def test_what_only_a_test_of_arms_has_is_refused(option: str, events: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran("--events", events, option, "there") == EXIT_INVALID_INPUT
    assert f"{option}: look shows two lists as one" in capsys.readouterr().err
