"""`shopkeeper experiment`: a file is checked, and who is given what is told."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.main import EXIT_INVALID_INPUT, main
from experiments.assignment import Assignment
from experiments.experiments_file import read_experiments
from experiments.plain import to_plain

SUBCOMMANDS = ("cli.experiment",)
TODAY = datetime.now(UTC).replace(microsecond=0)


def written(tmp_path: Path, name: str = "experiments.yaml", weight: int = 50, begins_in_days: int = -1) -> Path:
    path = tmp_path / name
    start = TODAY + timedelta(days=begins_in_days)
    path.write_text(
        f"""
experiments:
  - name: ranker-2
    placements: [product_page]
    traffic: [0, 50]
    starts: {start.isoformat()}
    ends: {(start + timedelta(days=7)).isoformat()}
    arms: [{{name: control, model: champion, weight: {weight}}}, {{name: new, version: 12, weight: 50}}]
    primary: buyers
    smallest_effect: 5
""",
        encoding="utf-8",
    )
    return path


def ran(*arguments: object) -> int:
    return main(["experiment", *map(str, arguments)], subcommands=SUBCOMMANDS)


def assigned(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    assert ran("assign", *arguments, "--json") == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_validate_prints_what_the_tests_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran("validate", written(tmp_path)) == 0
    printed = capsys.readouterr().out
    for word in ("ranker-2: running", "0 to 50 percent", "control (control)", "version:12", "50\u202f%", "no faults"):
        assert word in printed


def test_validate_prints_what_a_reviewer_asks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path)
    assert ran("validate", file) == 0
    plain = capsys.readouterr().out
    for word in ("UTC, 7 days", "of all shoppers", "25\u202f%", "control: the champion, which `promote`"):
        assert word in plain
    for word in ("salt", "window_days", "alpha ", "power"):
        assert word not in plain.replace("alias:", "")
    more = "    description: Is it worth it?\n    salt: r2\n    window_days: 7\n    alpha: 0.1\n    power: 0.9\n"
    file.write_text(file.read_text().replace("model: champion", "version: 11") + more)
    assert ran("validate", file) == 0
    unusual = capsys.readouterr().out
    for word in (
        ", salt r2",
        "window_days 7, by default 14",
        "alpha 0.1, by default 0.05",
        "power 0.9, by default 0.8",
    ):
        assert word in unusual
    assert "the champion" not in unusual


def test_validate_tells_what_the_new_file_does_to_tests(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after = written(tmp_path, "before.yaml"), written(tmp_path)
    longer = (TODAY + timedelta(days=9)).isoformat()
    after.write_text(after.read_text().replace((TODAY + timedelta(days=6)).isoformat(), longer))
    assert ran("validate", after, "--against", before) == 0
    assert f"ranker-2: ends {TODAY + timedelta(days=6):%Y-%m-%d}" in capsys.readouterr().out
    after.write_text(after.read_text().replace("placements:", "salt: b\n    placements:"))
    assert ran("validate", after, "--against", before) == 0
    printed = capsys.readouterr().out
    assert "ranker-2: ends with this file and cannot be begun again" in printed
    assert "ranker-2 (salt b): begins now" in printed
    assert ran("validate", after, "--against", before, "--json") == 0
    assert json.loads(capsys.readouterr().out)["changes"] == [
        {"name": "ranker-2", "salt": "ranker-2", "effect": "ends with this file and cannot be begun again"},
        {"name": "ranker-2", "salt": "b", "effect": "begins now"},
    ]
    assert ran("validate", after, "--against", after) == 0
    assert "nothing changes" in capsys.readouterr().out


@pytest.mark.parametrize(("begins_in_days", "state"), [(1, "planned"), (-1, "running"), (-8, "over")])
def test_validate_says_whether_a_test_is_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], begins_in_days: int, state: str
) -> None:
    file = written(tmp_path, begins_in_days=begins_in_days)
    assert ran("validate", file, "--json") == 0
    [test] = read_experiments(file, ["product_page"]).experiments.values()
    told = {**to_plain(test), "state": state, "days": 7.0, "shares_of_all": {"control": 0.25, "new": 0.25}}
    assert json.loads(capsys.readouterr().out) == {"experiments": [told], "faults": []}


def test_validate_tells_every_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "experiments.yaml"
    file.write_text("experiments: [{name: A}, {name: b}]")
    assert ran("validate", file) == EXIT_INVALID_INPUT
    errors = capsys.readouterr().err
    assert "experiments[0].name" in errors
    assert "experiments[1].arms" in errors


def test_validate_tells_faults_as_json_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "experiments.yaml"
    file.write_text("experiments: 1")
    assert ran("validate", file, "--json") == EXIT_INVALID_INPUT
    printed = json.loads(capsys.readouterr().out)
    assert [fault["field"] for fault in printed["faults"]] == ["experiments"]


def test_weights_of_a_test_that_runs_are_not_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after = written(tmp_path, "before.yaml"), written(tmp_path, weight=60)
    assert ran("validate", after) == 0
    assert ran("validate", after, "--against", before) == EXIT_INVALID_INPUT
    assert "arms.control.weight: is 60, was 50" in capsys.readouterr().err
    assert ran("validate", after, "--against", written(tmp_path, "before.yaml", begins_in_days=1)) == 0


def test_assign_says_what_a_server_gives(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path)
    [test] = read_experiments(file, ["product_page"]).experiments.values()
    for number in range(20):
        answer = assigned(capsys, "ranker-2", "--file", file, "--customer-id", number, "--visitor-id", "v")
        arm = Assignment(test).arm_of(f"customer:{number}")
        assert (answer["unit"], answer["arm"]) == (f"customer:{number}", None if arm is None else arm.name)
        assert answer["variant"] == (None if arm is None else f"ranker-2/{arm.name}")
        assert (answer["bucket"] < 500) == (arm is not None)


def test_assign_says_it_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path)
    told = ""
    for number in range(20):
        assert ran("assign", "ranker-2", "--file", file, "--visitor-id", number) == 0
        told += capsys.readouterr().out
    for word in (
        "ranker-2: running, until",
        "is shown",
        "is not in the test: it is in bucket",
        "has 0 to 499",
        "new, version:12",
        "alias:champion",
    ):
        assert word in told


@pytest.mark.parametrize(
    ("begins_in_days", "when", "shown", "until"),
    [(1, "has not begun, starts", "would be shown", False), (-8, "ended", "was shown", True)],
)
def test_assign_says_it_of_a_test_that_is_not_on(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    begins_in_days: int,
    when: str,
    shown: str,
    until: bool,
) -> None:
    file = written(tmp_path, begins_in_days=begins_in_days)
    file.write_text(file.read_text().replace("[0, 50]", "[0, 100]"))
    assert ran("assign", "ranker-2", "--file", file, "--visitor-id", "v") == 0
    printed = capsys.readouterr().out
    assert f"ranker-2: {when}" in printed
    assert f"visitor:v {shown}" in printed
    assert (" until " in printed) is until


def test_assign_says_that_a_test_by_request_draws_with_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path)
    file.write_text(file.read_text().replace("primary: buyers", "unit: request\n    primary: click_rate"))
    assert ran("assign", "ranker-2", "--file", file, "--visitor-id", "v") == 0
    assert "This test draws an arm anew for each request" in capsys.readouterr().out


def test_assign_says_where_nobody_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = assigned(capsys, "ranker-2", "--file", written(tmp_path), "--session-id", "s")
    assert (answer["unit"], answer["arm"]) == (None, None)
    assert ran("assign", "ranker-2", "--file", written(tmp_path)) == 0
    assert "an arm is drawn for each request" in capsys.readouterr().out


def test_assign_tells_every_fault_of_the_question(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = ran("assign", "ranker-3", "--file", written(tmp_path), "--visitor-id", "\udcff")
    assert code == EXIT_INVALID_INPUT
    errors = capsys.readouterr().err
    assert "has ranker-2, and not 'ranker-3'" in errors
    assert "--visitor-id: must be UTF-8" in errors
