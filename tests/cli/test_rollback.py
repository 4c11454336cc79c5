"""What `rollback` says and how it ends."""

import json
from typing import Any

import pytest

from cli.main import main
from training.experiment_record import Outcome
from training.rollback import RollbackError, RolledBack

DONE = RolledBack("shop", "champion", 3, 2)
HARM = Outcome("pushy", "may", 2, "treatment", "stop for harm", True, "", "2026-07-01", "r")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was asked for; the answer is DONE."""
    return answering(monkeypatch, DONE)


def answering(monkeypatch: pytest.MonkeyPatch, answer: RolledBack | Exception) -> list[dict[str, Any]]:
    asked: list[dict[str, Any]] = []

    def fake(model: str, **given: Any) -> RolledBack:
        asked.append({"model": model, **given})
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr("training.rollback.roll_back", fake)
    monkeypatch.setattr("cli.rollback.prepare", lambda _: None)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return asked


def rollback(*options: str) -> int:
    return main(["rollback", "shop", *options], subcommands=["cli.rollback"])


def test_it_prints_from_where_to_where_and_when_servers_follow(
    asked: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert rollback() == 0
    printed = capsys.readouterr().out
    assert printed.startswith("shop: champion version 3 -> version 2\nServers take it up")
    assert "within --poll-interval-s, 2 s by default" in printed
    expected = {"model": "shop", "alias": "champion", "to": None, "reason": None}
    assert asked == [{**expected, "tracking_uri": "sqlite:///mlflow.db"}]


def test_options_are_handed_on(asked: list[dict[str, Any]]) -> None:
    assert rollback("--to", "1", "--alias", "shadow", "--reason", " a trial ", "--tracking-uri", "sqlite:///x.db") == 0
    expected = {"model": "shop", "alias": "shadow", "to": "1", "reason": "a trial"}
    assert asked == [{**expected, "tracking_uri": "sqlite:///x.db"}]


def test_json_is_one_object(asked: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]) -> None:
    assert rollback("--json") == 0
    assert asked
    answer = json.loads(capsys.readouterr().out)
    assert answer == {"model": "shop", "alias": "champion", "before": 3, "version": 2, "harmful": []}


def test_a_version_that_serves_already_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(monkeypatch, RolledBack("shop", "champion", 2, 2))
    assert rollback("--to", "2") == 0
    assert capsys.readouterr().out == "shop: champion is version 2 already\n"


def test_harm_in_the_version_that_is_put_back_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(monkeypatch, RolledBack("shop", "champion", 3, 2, (HARM,)))
    assert rollback() == 0
    assert capsys.readouterr().out.endswith("But the test pushy found that version 2 does harm.\n")


def test_nothing_to_go_back_to_exits_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(monkeypatch, RollbackError("nothing was champion of shop before version 1"))
    assert rollback() == 1
    assert "nothing was champion of shop before version 1" in capsys.readouterr().err


def test_a_reason_that_a_tag_does_not_hold_is_refused_before_anything_is_asked(
    asked: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert rollback("--reason", "x" * 501) == 2
    assert "--reason: must be 500 characters or fewer, has 501" in capsys.readouterr().err
    assert asked == []
