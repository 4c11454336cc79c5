"""A report in the registry's terms: which versions an arm was, and which of them do harm."""

from dataclasses import replace
from typing import Any

import pytest

from tests.experiments.analysis.reported import TEST, arm, told
from tests.training.definitions import DEFINITION
from training.experiment_result import CONTROL, TREATMENT, ArmResult, result_of


def effect(arm: str, **given: Any) -> dict[str, Any]:
    found = {
        "arm": arm,
        "metric": "click_rate",
        "is_primary": True,
        "guardrail": None,
        "difference": 0.01,
        "relative": 0.032,
        "always_valid": [0.0025, 0.0175],
        "always_valid_relative": [0.008, None],
    }
    return found | given


def report(*effects: dict[str, Any], outcome: str = "keep_running", arm: str | None = None) -> dict[str, Any]:
    versions = {"now": ["shop/1"], "new": ["shop/2", "shop/3", "other/9"], "none": []}
    return {
        "verdict": {"outcome": outcome, "arm": arm},
        "arms": {name: {"units": 100, "model_versions": labels} for name, labels in versions.items()},
        "effects": list(effects),
    }


def arms_of(found: dict[str, Any]) -> tuple[ArmResult, ...]:
    return result_of(DEFINITION, found, model="shop", report_json="{}", report_html="").arms


def harmful(found: dict[str, Any]) -> list[int | None]:
    return [one.version for one in arms_of(found) if one.harms]


def test_an_arm_is_the_versions_of_the_model_that_answered_in_it() -> None:
    arms = arms_of(report(effect("new")))
    assert [(one.arm, one.version, one.role) for one in arms] == [
        ("now", 1, CONTROL),
        ("new", 2, TREATMENT),
        ("new", 3, TREATMENT),
        ("none", None, TREATMENT),
    ]
    new = arms[1]
    assert (new.n_units, new.difference, new.low, new.high) == (100, 0.01, 0.0025, 0.0175)
    assert new.sentence == "+3.2 % (+0.8 % to open)"
    assert (arms[0].sentence, arms[0].difference) == ("", None)


def test_a_difference_that_has_no_ratio_is_told_as_it_is() -> None:
    (_, new, *_) = arms_of(report(effect("new", relative=None, always_valid_relative=None)))
    assert new.sentence == "+0.01 (+0.0025 to +0.0175)"


def test_the_verdict_is_in_words() -> None:
    found = report(outcome="stop_for_harm", arm="new")
    assert result_of(DEFINITION, found, model="shop", report_json="", report_html="").verdict == "stop for harm"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (report(effect("new")), []),
        (report(effect("new"), outcome="stop_for_harm", arm="new"), [2, 3]),
        (report(effect("new", always_valid=[-0.02, -0.01]), outcome="stop_for_harm", arm="none"), [2, 3, None]),
        (report(effect("new", is_primary=False, guardrail={"margin": 0.0, "state": "harmed"})), [2, 3]),
        (report(effect("new", is_primary=False, guardrail={"margin": 0.0, "state": "open"})), []),
        (report(effect("new", is_primary=False, always_valid=[-0.02, -0.01])), []),
        (report(effect("new", always_valid=[-0.02, -0.01]), outcome="broken"), []),
    ],
    ids=["none", "named", "not named", "a guardrail", "an open guardrail", "not what decides", "a broken test"],
)
def test_harm_is_of_every_arm_that_does_it_and_of_none_in_a_broken_test(
    found: dict[str, Any], expected: list[int | None]
) -> None:
    assert harmful(found) == expected


def test_harm_is_told_with_what_is_harmed_and_by_how_much() -> None:
    guardrail = {"margin": 0.001, "state": "harmed"}
    harmed = effect("new", metric="opt_outs", is_primary=False, guardrail=guardrail, difference=0.019)
    slow = effect("new", metric="latency", is_primary=False, guardrail=guardrail, difference=42.0)
    open_ = effect("new", metric="muters", is_primary=False, guardrail={"margin": 0.0, "state": "open"})
    worse = effect("none", always_valid=[-0.02, -0.01], relative=-0.3, always_valid_relative=[-0.4, -0.2])
    arms = arms_of(report(effect("new"), harmed, slow | {"always_valid": [30.0, 60.5]}, open_, worse))
    assert {one.arm: one.harm.replace("\u202f", " ") for one in arms} == {
        "now": "",
        "new": "opt_outs +1.90 pp (+0.250 to +1.75 pp); latency +42.0 ms (+30.0 to +60.5 ms)",
        "none": "click_rate -30 % (-40 % to -20 %)",
    }


@pytest.mark.parametrize(("n_opted_out", "verdict"), [(0, "keep running"), (400, "stop for harm")])
def test_what_the_analysis_reports_is_read_by_its_own_keys(n_opted_out: int, verdict: str) -> None:
    control, treatment = (one.name for one in TEST.shown_arms)
    arms = (
        replace(arm(control, 0.1), model_versions=("shop/1",)),
        replace(arm(treatment, 0.11, n_opted_out), model_versions=("shop/2",)),
    )
    result = result_of(TEST, told(*arms), model="shop", report_json="", report_html="")
    assert result.verdict == verdict
    assert [(one.version, one.harms) for one in result.arms] == [(1, False), (2, n_opted_out > 0)]
    assert result.arms[1].difference == pytest.approx(0.01)
    assert result.arms[1].sentence.startswith("+10 % (")
