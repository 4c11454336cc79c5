"""What is told of two lists that were shown as one."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from scipy.stats import binomtest

from experiments.analysis.credit import Credit, Credits, Deed
from experiments.analysis.first_look import HARM, OPEN, PREFERRED, interleaving_report
from experiments.analysis.report import Report
from experiments.analysis.sums import Served
from experiments.definition import Guardrail, Metric
from tests.experiments.analysis.keyboard import plain
from tests.experiments.analysis.measured_rows import START, a_test

NOW = START + timedelta(days=5)
TEST = a_test(
    interleaved=("control", "challenger"), guardrails=(Guardrail(Metric.DISMISSAL_RATE, 0.005),), smallest_effect=0.05
)
NONE = Credit(0, 0, 0, 0, 1_000)


def counted(clicks: Credit = NONE, dismissals: Credit = NONE, carts: Credit = NONE, **changes: object) -> Credits:
    by_deed = dict.fromkeys(Deed, NONE) | {Deed.CLICKS: clicks, Deed.DISMISSALS: dismissals, Deed.CARTS: carts}
    return replace(Credits(1_000, 2_000, 100, 50, 3_000, 3_000, 2.4, 2.6, by_deed), **changes)  # type: ignore[arg-type]


def report(found: Credits, **changes: object) -> Report:
    return interleaving_report(replace(TEST, **changes), found, NOW)  # type: ignore[arg-type]


def outcome(found: Report) -> tuple[str, str | None]:
    return found["verdict"]["outcome"], found["verdict"]["arm"]


def test_the_arm_whose_items_more_units_used_is_preferred() -> None:
    assert outcome(report(counted(Credit(130, 260, 120, 240, 640)))) == (PREFERRED, "challenger")
    assert outcome(report(counted(Credit(260, 130, 240, 120, 640)))) == (PREFERRED, "control")


def test_units_count_and_not_clicks() -> None:
    assert outcome(report(counted(Credit(100, 900, 100, 100, 800)))) == (OPEN, None)


def test_a_preference_that_a_single_look_would_show_waits_for_proof_that_holds_at_every_look() -> None:
    found = report(counted(Credit(90, 120, 90, 120, 790)))
    [decides] = [one for one in found["preferences"] if one["is_primary"]]
    assert decides["p_value"] < 0.05 < decides["always_valid_p_value"]
    assert outcome(found) == (OPEN, None)


def test_where_dismissals_may_stop_it_too_each_decides_with_half_of_alpha() -> None:
    clicks = Credit(10, 32, 10, 32, 958)
    guarded, alone = report(counted(clicks)), report(counted(clicks), guardrails=())
    assert 0.025 < guarded["preferences"][0]["always_valid_p_value"] < 0.05
    assert (outcome(guarded), outcome(alone)) == ((OPEN, None), (PREFERRED, "challenger"))
    assert guarded["preferences"][0]["always_valid"][0] < 0.5 < alone["preferences"][0]["always_valid"][0]


def test_figures_are_of_the_arm_that_is_not_the_control() -> None:
    [decides, *_] = report(counted(Credit(90, 120, 90, 120, 790)))["preferences"]
    exact = binomtest(120, 210)
    assert (decides["arm"], decides["share"]) == ("challenger", pytest.approx(120 / 210))
    assert decides["p_value"] == pytest.approx(exact.pvalue)
    assert decides["fixed"] == pytest.approx([*exact.proportion_ci(0.95)])
    low, high = decides["always_valid"]
    assert low < decides["fixed"][0] < decides["fixed"][1] < high


def test_the_control_may_be_the_second_of_the_two() -> None:
    found = report(counted(Credit(260, 130, 240, 120, 640)), interleaved=("challenger", "control"))
    assert outcome(found) == (PREFERRED, "challenger")
    assert found["arms"]["challenger"]["team"] == "a"


def test_what_decides_follows_from_the_primary_metric() -> None:
    carts = Credit(40, 160, 40, 160, 800)
    assert outcome(report(counted(Credit(260, 130, 240, 120, 640), carts=carts), primary=Metric.CART_ADDERS)) == (
        PREFERRED,
        "challenger",
    )


def test_an_arm_whose_items_are_waved_away_more_is_no_winner() -> None:
    clicks, waved = Credit(130, 260, 120, 240, 640), Credit(10, 60, 10, 55, 935)
    found = report(counted(clicks, waved))
    assert outcome(found) == (HARM, "challenger")
    assert found["verdict"]["headline"].startswith("Stop")


def test_dismissals_within_the_margin_or_of_the_control_or_without_a_guardrail_stop_nothing() -> None:
    clicks, waved = Credit(130, 260, 120, 240, 640), Credit(10, 60, 10, 55, 935)
    lenient = (Guardrail(Metric.DISMISSAL_RATE, 0.02),)
    assert outcome(report(counted(clicks, waved), guardrails=lenient))[0] == PREFERRED
    assert outcome(report(counted(clicks, waved), guardrails=()))[0] == PREFERRED
    assert outcome(report(counted(clicks, Credit(60, 10, 55, 10, 935))))[0] == PREFERRED


def test_a_list_that_shows_more_is_told_of() -> None:
    assert report(counted())["verdict"]["warnings"] == []
    [warning] = report(counted(shown_first=1_000))["verdict"]["warnings"]
    assert plain(warning).startswith("75 % of the items seen are challenger's")


def test_it_is_told_where_models_changed_during_the_test() -> None:
    [warning] = report(counted(model_versions=("m/1+m/2", "m/1+m/3")))["verdict"]["warnings"]
    assert "m/1+m/3" in warning


def test_what_servers_counted_is_told_of_who_may_be_measured_and_of_others_apart() -> None:
    served = {"s1/+": Served(n_answers=7, n_quiet=1), "s1/+~": Served(n_answers=90, n_quiet=4), "s1/+ab": Served(1)}
    found = interleaving_report(TEST, counted(), NOW, served)
    assert found["measured"] == {"answers": 7, "quiet": 1, "slow_ms": None}
    assert found["unmeasured"] == {"answers": 90, "quiet": 4, "slow_ms": None}


def test_of_no_units_it_says_so_in_json() -> None:
    nothing = Credit(0, 0, 0, 0, 0)
    found = report(Credits(0, 0, 0, 0, 0, 0, None, None, dict.fromkeys(Deed, nothing)))
    assert outcome(found) == (OPEN, None)
    assert "No shopper clicked" in found["verdict"]["sentences"][0]
    assert json.loads(json.dumps(found, allow_nan=False)) == found
