"""What `promote` says and how it ends: passed, refused, forced."""

import json
from typing import Any

import pytest

from cli.main import main
from training.gate import Rule, Verdict
from training.promotion import Promotion
from training.registry import Promoted

PASSED = Verdict(1, (Rule("relevance", True, 0.01, 0.0, "NDCG@10, against the champion."),))
FAILED = Verdict(
    1,
    (
        Rule("relevance", True, 0.01, 0.0, "NDCG@10, against the champion."),
        Rule("calibration", False, None, 0.02, "Not known: the run has no calibration/ece. Train it again."),
    ),
)
MOVED = Promoted("shop", "champion", 1, 2)


@pytest.fixture
def asked() -> list[dict[str, Any]]:
    """What the gate was asked with."""
    return []


def promoted(monkeypatch: pytest.MonkeyPatch, asked: list[dict[str, Any]], answer: Promotion, *options: str) -> int:
    def fake(*_: object, **given: Any) -> Promotion:
        asked.append(given)
        return answer

    monkeypatch.setattr("training.promotion.promote_through_gate", fake)
    monkeypatch.setattr("cli.promote.prepare", lambda _: None)
    return main(["promote", "shop", "2", *options], subcommands=["cli.promote"])


def test_a_version_that_passes_is_told_with_every_rule(
    monkeypatch: pytest.MonkeyPatch, asked: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert promoted(monkeypatch, asked, Promotion(2, MOVED, PASSED, None)) == 0
    printed = capsys.readouterr().out
    assert "relevance" in printed
    assert "holds" in printed
    assert printed.endswith("shop: champion version 1 -> version 2\n")
    assert asked[0]["forced"] is None


def test_a_refusal_exits_with_1_and_says_which_rule_failed_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch, asked: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert promoted(monkeypatch, asked, Promotion(2, None, FAILED, None)) == 1
    printed = capsys.readouterr()
    assert "FAILS" in printed.out
    assert "has no calibration/ece. Train it again." in " ".join(printed.out.split())
    assert "shop version 2 is not promoted: calibration failed" in printed.err
    assert '--force --reason "WHY"' in printed.err


def test_a_refusal_is_one_json_object_for_machines(
    monkeypatch: pytest.MonkeyPatch, asked: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert promoted(monkeypatch, asked, Promotion(2, None, FAILED, None), "--json") == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["promoted"], answer["version"], answer["gate"]["failed"]) == (False, 2, ["calibration"])


def test_force_hands_on_its_reason_and_repeats_it(
    monkeypatch: pytest.MonkeyPatch, asked: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    answer = Promotion(2, MOVED, FAILED, "a trial")
    assert promoted(monkeypatch, asked, answer, "--force", "--reason", " a trial ") == 0
    assert asked[0]["forced"] == "a trial"
    assert "Forced, and recorded so: a trial" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--force"], "--reason: must say why"),
        (["--force", "--reason", " "], "--reason: must say why"),
        (["--reason", "x"], "--reason: is of no use without --force"),
        (["--force", "--reason", "x" * 501], "--reason: must be 500 characters or fewer"),
    ],
)
def test_force_wants_a_reason_before_anything_is_asked(
    monkeypatch: pytest.MonkeyPatch,
    asked: list[dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    told: str,
) -> None:
    assert promoted(monkeypatch, asked, Promotion(2, MOVED, PASSED, None), *options) == 2
    assert told in capsys.readouterr().err
    assert asked == []
