"""What `promote` says and how it ends: passed, refused, forced."""

import json
from dataclasses import replace
from typing import Any

import pytest

from cli.main import build_parser, main
from cli.promote import HarmError
from training.experiment_record import Outcome
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
SHIP = Outcome(
    "ranker-2",
    "june",
    2,
    "treatment",
    "ship",
    harms=False,
    difference="+3.2 % (+0.8 % to +5.6 %)",
    reported_at="2026-07-01T12:00:00+00:00",
    run_id="r",
)
HARM = replace(SHIP, test="pushy [5]", salt="may", verdict="stop for harm", harms=True, difference="+9 % " * 20)


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


def test_the_tests_a_version_was_in_are_shown_within_80_columns(
    monkeypatch: pytest.MonkeyPatch, asked: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert promoted(monkeypatch, asked, Promotion(2, MOVED, PASSED, None, (SHIP, replace(HARM, harms=False)))) == 0
    lines = capsys.readouterr().out.splitlines()
    row = next(line for line in lines if "ranker-2" in line)
    assert all(word in row for word in ("ship", "treatment", "+3.2 %", "2026-07-01"))
    assert any("pushy [5]" in line for line in lines)
    assert max(map(len, lines)) <= 80


def test_harm_is_shown_with_what_decided_and_what_was_harmed(
    monkeypatch: pytest.MonkeyPatch, asked: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    harm = replace(
        HARM, difference="+67.9 %", decided_by="buyers", harm="opt_outs +1.90 pp", harmed_at=HARM.reported_at
    )
    ship = replace(harm, verdict="ship", reported_at="2026-07-09T12:00:00+00:00")
    assert promoted(monkeypatch, asked, Promotion(2, None, PASSED, None, (ship, harm), (ship, harm))) == 1
    printed = capsys.readouterr()
    for words in ("buyers +67.9 %", "harm: opt_outs +1.90 pp", "harm was found on 2026-07-01"):
        assert words in printed.out
    assert "does harm: opt_outs +1.90 pp; to promote" in printed.err
    assert promoted(monkeypatch, asked, Promotion(2, None, PASSED, None, (ship,), (ship,)), "--json") == 1
    (test,) = json.loads(capsys.readouterr().out)["tests"]
    told = {name: test[name] for name in ("decided_by", "harm", "harmed_at", "is_taken_back")}
    assert told == {
        "decided_by": "buyers",
        "harm": "opt_outs +1.90 pp",
        "harmed_at": "2026-07-01T12:00:00+00:00",
        "is_taken_back": True,
    }


def test_harm_exits_with_1_and_names_the_test_beside_the_rules_that_failed(
    monkeypatch: pytest.MonkeyPatch, asked: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert promoted(monkeypatch, asked, Promotion(2, None, FAILED, None, (HARM,), (HARM,))) == 1
    told = capsys.readouterr().err
    assert "not promoted: calibration failed; the test pushy [5] found that version 2 does harm; to promote" in told


def test_harm_alone_is_told_as_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "training.promotion.promote_through_gate", lambda *_, **__: Promotion(2, None, PASSED, None, (HARM,), (HARM,))
    )
    monkeypatch.setattr("cli.promote.prepare", lambda _: None)
    arguments = build_parser(["cli.promote"]).parse_args(["promote", "shop", "2"])
    with pytest.raises(HarmError, match=r"is not promoted: the test pushy \[5\] found"):
        arguments.run(arguments)
    assert HarmError.reason == "HARM"


def test_the_tests_are_in_the_json_object(
    monkeypatch: pytest.MonkeyPatch, asked: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert promoted(monkeypatch, asked, Promotion(2, None, PASSED, None, (HARM,), (HARM,)), "--json") == 1
    (test,) = json.loads(capsys.readouterr().out)["tests"]
    assert (test["test"], test["verdict"], test["harms"]) == ("pushy [5]", "stop for harm", True)
