"""The report's keys are there whatever there is to tell, and are JSON."""

from datetime import timedelta
from typing import Any

import pytest

from experiments.analysis.report import FORM, report_of
from experiments.analysis.sums import ArmCounts, Served
from experiments.definition import Arm, Metric
from tests.experiments.analysis.measured_rows import START, a_test
from tests.experiments.analysis.reported import BOUNDS_MS, NOW, TEST, arm, counts, told


def effect(report: dict[str, Any], metric: Metric) -> dict[str, Any]:
    (found,) = (one for one in report["effects"] if one["metric"] == metric)
    return dict(found)


def test_it_is_json_that_says_the_same() -> None:
    experiment, counted = TEST, counts(arm("control", 0.1), arm("challenger", 0.12))

    assert told(*counted.arms.values()) == report_of(experiment, counted, NOW)


def test_a_winner_is_shipped_with_its_figures() -> None:
    report = told(arm("control", 0.1), arm("challenger", 0.2))

    assert report["form"] == FORM
    assert (report["verdict"]["outcome"], report["verdict"]["arm"]) == ("ship", "challenger")
    primary = report["effects"][0]
    assert (primary["metric"], primary["kind"], primary["is_primary"]) == ("buyers", "share", True)
    assert primary["difference"] == pytest.approx(0.1)
    assert primary["relative"] == pytest.approx(1.0)
    for name in ("fixed", "fixed_relative", "always_valid", "always_valid_relative"):
        low, high = primary[name]
        assert 0 < low < high


def test_a_harmed_guardrail_is_told_with_its_margin() -> None:
    report = told(arm("control", 0.1), arm("challenger", 0.2, n_opted_out=400))

    assert report["verdict"]["outcome"] == "stop_for_harm"
    assert effect(report, Metric.OPT_OUTS)["guardrail"] == {"margin": 0.001, "state": "harmed"}
    assert effect(report, Metric.BUYERS)["guardrail"] is None


def test_an_uneven_split_is_broken() -> None:
    report = told(arm("control", 0.1), arm("challenger", 0.2, n=3_000))

    assert report["verdict"]["outcome"] == "broken"
    assert report["sample_ratios"][0]["is_broken"]
    assert report["sample_ratios"][0]["observed"] == {"control": 4_000, "challenger": 3_000}


def test_each_day_holds_all_units_up_to_it_and_the_last_is_the_effect() -> None:
    report = told(arm("control", 0.1), arm("challenger", 0.2))

    assert [day["units"] for day in report["days"]] == [2_000, 4_000, 6_000, 8_000]
    assert report["days"][-1]["always_valid"] == report["effects"][0]["always_valid"]
    assert report["days"][0]["day"] == "2026-03-01"


def test_arms_are_told_apart_from_who_may_not_be_measured() -> None:
    control = told(arm("control", 0.1), arm("challenger", 0.1))["arms"]["control"]

    assert control["measured"] == {"answers": 12_000, "quiet": 4_000, "slow_ms": pytest.approx(3.4)}
    assert control["unmeasured"] == {"answers": 11, "quiet": 1, "slow_ms": None}
    assert control["units_by_tier"] == {"history": 4_000}
    assert control["model_versions"] == ["items/7"]


def test_before_anybody_came_all_keys_are_there() -> None:
    nothing = ArmCounts("control", 0, 0, {}), ArmCounts("challenger", 0, 0, {})
    report = told(*nothing, first_day=None, last_day=None)

    assert report.keys() == told(arm("control", 0.1), arm("challenger", 0.2)).keys()
    assert report["verdict"]["outcome"] == "keep_running"
    assert (report["effects"], report["days"], report["first_day"]) == ([], [], None)


def test_what_is_left_out_is_told() -> None:
    report = told(arm("control", 0.1), arm("challenger", 0.1), n_crossed=3, currency="EUR", n_foreign=2, n_unpriced=1)

    names = ("crossed_units", "currency", "foreign_purchases", "unpriced_purchases")
    assert [report[name] for name in names] == [3, "EUR", 2, 1]


def test_each_arm_is_beside_the_control_alone() -> None:
    three = a_test(arms=(*TEST.arms, Arm("holdout", 1)), primary=Metric.BUYERS, ends_at=START + timedelta(days=60))
    report = told(arm("control", 0.1), arm("challenger", 0.12), arm("holdout", 0.05), experiment=three)

    assert {one["arm"] for one in report["effects"]} == {"challenger", "holdout"}
    assert {one["arm"] for one in report["days"]} == {"challenger", "holdout"}
    assert [plan["arm"] for plan in report["plans"]] == ["challenger", "holdout"]


def test_a_shadow_is_told_of_beside_the_arms() -> None:
    shadows = {"next": Served(100, 10, (50, 45, 5, 0), 0.2, BOUNDS_MS, n_either=40, n_both=30), "idle": Served()}
    report = told(arm("control", 0.1), arm("challenger", 0.1), shadows=shadows)
    assert report["shadows"]["next"].pop("slow_ms") == pytest.approx(1 + 40 / 45)
    assert report["shadows"]["next"] == {"answers": 100, "quiet": 10, "agreement": 0.75}
    assert report["shadows"]["idle"] == {"answers": 0, "quiet": 0, "slow_ms": None, "agreement": None}
    assert report["arms"].keys() == {"control", "challenger"}
