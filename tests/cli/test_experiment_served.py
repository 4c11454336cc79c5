"""A report goes by what servers ran under a test's salt, and what they ran is listed."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from cli.main import EXIT_INVALID_INPUT, main
from experiments.definition import Experiment
from experiments.experiments_file import read_experiments
from privacy.store.schema import EXPERIMENT_DEFINITIONS
from service.adapters.experiment_store import SqlExperimentStore
from tests.cli.experiment import FILE, START, act, ran
from tests.cli.shop import ANNA, BOB, a_shop, opened, said
from training.experiment_record import Recorded

YAML = Path("experiments.yaml")


@pytest.fixture(autouse=True)
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Experiment:
    """The test that a server ran, and that the file has too; Anna and Bob were in it."""
    monkeypatch.chdir(tmp_path)
    YAML.write_text(FILE, encoding="utf-8")
    a_shop()
    said(ANNA, BOB)
    act(ANNA, "e0", "impression", "kettle", START, "control")
    act(BOB, "e1", "impression", "kettle", START, "challenger")
    [test] = read_experiments(YAML, ["product_page"]).experiments.values()
    seen(test)
    return test


def seen(test: Experiment) -> None:
    with opened() as (database, _):
        SqlExperimentStore(database, lambda: None).seen([test], START)


def edited(old: str, new: str) -> None:
    """Change the file."""
    text = YAML.read_text(encoding="utf-8")
    assert old in text
    YAML.write_text(text.replace(old, new), encoding="utf-8")


def warnings(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    """Of a report as JSON."""
    assert ran(*words, "--json") == 0
    found: list[str] = json.loads(capsys.readouterr().out)["verdict"]["warnings"]
    return found


def listed(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, Any]]:
    """The tests that the list has as JSON."""
    assert main(["experiment", "list", "--json", *words], subcommands=["cli.experiment"]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["experiments"]
    return found


def test_a_file_that_says_what_servers_ran_is_told_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert [one for one in warnings(capsys, "ranker") if "server" in one.lower()] == []


def test_what_must_stay_and_is_other_in_the_file_is_told_at_once_and_there_is_no_report(
    capsys: pytest.CaptureFixture[str],
) -> None:
    edited("primary: buyers", "primary: revenue\n    alpha: 0.2\n    control: challenger")
    assert ran("ranker") == EXIT_INVALID_INPUT
    printed = capsys.readouterr()
    assert printed.out == ""
    for words in (
        "has 3 faults",
        "ranker.primary: is revenue where servers run buyers",
        "ranker.alpha: is 0.2 where servers run 0.05",
        "ranker.control: is challenger where servers run control",
        "`experiment report --salt s1`",
    ):
        assert words in printed.err


def test_what_may_change_and_is_other_in_the_file_is_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    edited("2026-03-20T00:00:00Z", "2026-03-21T00:00:00Z\n    guardrails: {opt_outs: false}")
    found = warnings(capsys, "ranker")
    assert "The file has ends 2026-03-21 where servers run 2026-03-20." in found
    assert "The file has guardrails.opt_outs false where servers run 0.001." in found
    assert ran("ranker") == 0
    assert "Note: The file has guardrails.opt_outs false" in capsys.readouterr().out


def test_weaker_guardrails_than_ran_are_not_recorded(capsys: pytest.CaptureFixture[str]) -> None:
    edited("smallest_effect: 10", "smallest_effect: 10\n    guardrails: {opt_outs: false, muters: 0.1}")
    assert ran("ranker", "--record", "shop", "--tracking-uri", "sqlite:///mlflow.db") == EXIT_INVALID_INPUT
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "ranker.guardrails.opt_outs: is false where servers run 0.001: harm would be let pass" in printed.err
    assert "ranker.guardrails.muters: is 0.1 where servers run 0.002: harm would be let pass" in printed.err
    assert not Path("mlflow.db").exists()


def test_that_harm_of_an_earlier_report_stays_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.experiment_record.record", lambda *_, **__: Recorded("r", (2,)))
    monkeypatch.setattr("cli.experiment_report.prepare", lambda _: None)
    assert ran("ranker", "--record", "shop") == 0
    printed = capsys.readouterr().err
    assert "recorded in run r" in printed
    assert "An earlier report of this test found that version 2 does harm, and this one does not." in printed


def test_a_salt_that_no_server_ran_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    edited("salt: s1", "salt: s2")
    assert "No server has run a test with the salt s2." in warnings(capsys, "ranker")


def test_files_of_events_know_of_no_servers(capsys: pytest.CaptureFixture[str]) -> None:
    from experiments.analysis.measured import write_measured

    Path("events").mkdir()
    write_measured([], Path("events"))
    edited("salt: s1", "salt: s2")
    edited("primary: buyers", "primary: revenue")
    assert [one for one in warnings(capsys, "ranker", "--events", "events") if "server" in one.lower()] == []


def test_a_test_that_was_taken_out_is_reported_by_its_salt(capsys: pytest.CaptureFixture[str]) -> None:
    YAML.unlink()
    assert ran("--salt", "s1", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["experiment"]["name"] == "ranker"
    assert {name: arm["units"] for name, arm in report["arms"].items()} == {"control": 1, "challenger": 1}


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("--salt", "s9"), "--salt: no server has run a test with the salt 's9'"),
        (("ranker", "--salt", "s1"), "NAME: or --salt says which test, one of the two"),
        ((), "NAME: or --salt says which test, one of the two"),
        (("--salt", "s1", "--events", "x"), "--events: and --salt"),
        (("gone",), "a test that was taken out is found by its --salt"),
    ],
)
def test_a_question_that_names_no_one_test_is_told(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], fault: str
) -> None:
    assert ran(*words) == EXIT_INVALID_INPUT
    assert fault in capsys.readouterr().err


def test_a_test_of_a_later_release_is_not_reported(capsys: pytest.CaptureFixture[str]) -> None:
    with opened() as (database, _), database.transaction() as connection:
        connection.execute(update(EXPERIMENT_DEFINITIONS).values(definition='{"more": 1}'))
    assert ran("ranker") == 1
    assert "was served by a later release" in capsys.readouterr().err


def test_a_first_look_is_held_to_what_ran_too(served: Experiment, capsys: pytest.CaptureFixture[str]) -> None:
    look = replace(served, name="look", salt="s3", interleaved=("control", "challenger"), guardrails=())
    seen(look)
    assert ran("--salt", "s3", "--html", "x.html") == EXIT_INVALID_INPUT
    assert "--html: look shows two lists as one" in capsys.readouterr().err
    edited("    primary: buyers", "    primary: clickers\n    interleave: [control, challenger]")
    edited(", weight: 1", "")
    edited("salt: s1", "salt: s4")
    assert "No server has run a test with the salt s4." in warnings(capsys, "ranker")


def test_the_list_has_tests_of_the_file_and_those_that_ran(
    served: Experiment, capsys: pytest.CaptureFixture[str]
) -> None:
    seen(replace(served, name="older", salt="s0"))
    now = datetime.now(UTC)
    times = {"begun": (-2.5, 7.5), "planned": (3.0, 10.0)}
    for name, (start, end) in times.items():
        starts, ends = (f"{now + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}" for days in (start, end))
        entry = FILE.split("experiments:\n")[1].replace("ranker", name).replace("s1", name)
        entry = entry.replace("2026-03-01T00:00:00Z", starts).replace("2026-03-20T00:00:00Z", ends)
        layer = f"    layer: {name}\n    placements: [{'cart' if name == 'begun' else 'order_confirmation'}]\n"
        YAML.write_text(
            YAML.read_text(encoding="utf-8") + entry.replace("    placements: [product_page]\n", layer),
            encoding="utf-8",
        )
    told = {
        one["name"]: (one["salt"], one["state"], one["days_gone"], one["days_left"], one["arms"])
        for one in listed(capsys)
    }
    arms = ["control", "challenger"]
    assert told == {
        "ranker": ("s1", "over", 19, 0, arms),
        "begun": ("begun", "running", 2, 8, arms),
        "planned": ("planned", "planned", 0, 7, arms),
        "older": ("s0", "no longer in the file", None, None, arms),
    }


def test_the_list_is_a_table_that_says_where_file_and_servers_differ(capsys: pytest.CaptureFixture[str]) -> None:
    edited("smallest_effect: 10", "smallest_effect: 20")
    assert main(["experiment", "list"], subcommands=["cli.experiment"]) == 0
    printed = capsys.readouterr().out
    row = next(line for line in printed.splitlines() if line.startswith("ranker "))
    for word in ("salt s1", "over", "2026-03-01", "2026-03-20", "product_page", "control, challenger"):
        assert word in row
    assert "ranker: the file has smallest_effect 20 where servers run 10" in printed


def test_without_a_database_the_file_is_listed_and_that_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["experiment", "list", "--state-uri", "sqlite:///no.db"], subcommands=["cli.experiment"]) == 0
    printed = capsys.readouterr()
    assert "ranker" in printed.out
    assert "Of the file alone: there is no ledger" in printed.err
    assert not Path("no.db").exists()


def test_a_test_of_a_later_release_is_listed_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    YAML.write_text("experiments: []\n", encoding="utf-8")
    with opened() as (database, _), database.transaction() as connection:
        connection.execute(update(EXPERIMENT_DEFINITIONS).values(definition='{"more": 1}'))
    [one] = listed(capsys)
    assert (one["name"], one["salt"], one["arms"]) == ("ranker", "s1", None)
    assert main(["experiment", "list"], subcommands=["cli.experiment"]) == 0
    assert "a later release served it" in capsys.readouterr().out
