"""Each rule of the gate by itself: what holds, what fails, and that a missing figure is no pass."""

from dataclasses import replace
from pathlib import Path

import pytest

from models.bundle.reading import Bundle
from tests.training.trained import write_pairs
from training.champion import NO_CHAMPION, Comparison
from training.gate import Floor, GateLimits, Incumbent, Rule, Standing, Verdict, floor_of, judge

FAIR = Comparison(3, is_fair=True, says="The champion, version 3, was scored as it is.")
CHAMPION = Incumbent(
    3,
    {
        "published/NDCG_at_10": 0.30,
        "published/NDCG_at_10_low": 0.29,
        "published/NDCG_at_10_high": 0.31,
        "published/coverage_at_10": 0.5,
    },
)
GOOD = Standing(
    k=10,
    metrics={
        "published/NDCG_at_10": 0.32,
        "published/NDCG_at_10_low": 0.31,
        "published/NDCG_at_10_high": 0.33,
        "published_minus/champion/NDCG_at_10": 0.01,
        "published_minus/champion/NDCG_at_10_high": 0.02,
        "published_minus/popularity/NDCG_at_10": 0.1,
        "published_minus/popularity/NDCG_at_10_high": 0.12,
        "published/coverage_at_10": 0.46,
        "champion/coverage_at_10": 0.5,
        "calibration/ece": 0.02,
    },
    min_shoppers=5,
    floor=Floor(100, 5),
    comparison=FAIR,
)


def with_figures(standing: Standing = GOOD, **changed: float) -> Standing:
    return replace(standing, metrics={**standing.metrics, **changed})


def verdict(standing: Standing, champion: Incumbent | None = CHAMPION) -> Verdict:
    return judge(standing, champion, GateLimits())


def rule(name: str, standing: Standing, champion: Incumbent | None = CHAMPION) -> Rule:
    return next(rule for rule in verdict(standing, champion).rules if rule.name == name)


def test_a_version_that_is_good_enough_passes_every_rule() -> None:
    assert verdict(GOOD).passed
    assert [rule.name for rule in verdict(GOOD).rules] == ["relevance", "calibration", "floors", "coverage"]


def test_a_loss_within_the_interval_passes_and_one_beyond_it_fails() -> None:
    name = "published_minus/champion/NDCG_at_10"
    assert rule("relevance", with_figures(**{name: -0.01, f"{name}_high": 0.0})).holds
    worse = rule("relevance", with_figures(**{name: -0.01, f"{name}_high": -0.001}))
    assert (worse.holds, worse.figure, worse.limit) == (False, -0.001, 0.0)
    assert "worse beyond chance" in worse.says


def test_without_a_champion_popularity_is_what_must_be_reached() -> None:
    alone = replace(GOOD, comparison=NO_CHAMPION)
    assert verdict(alone, None).passed
    name = "published_minus/popularity/NDCG_at_10_high"
    assert verdict(with_figures(alone, **{name: -0.1}), None).failed == ("relevance",)


def test_without_a_fair_comparison_relevance_is_not_known_and_fails() -> None:
    unfair = replace(GOOD, comparison=Comparison(3, is_fair=False, says="No fair comparison: it has seen the slice."))
    found = rule("relevance", unfair)
    assert (found.holds, found.figure) == (False, None)
    assert "No fair comparison: it has seen the slice." in found.says


def test_another_champion_than_that_of_the_training_is_compared_by_what_each_run_logged_and_that_is_said() -> None:
    other = replace(CHAMPION, version=4)
    found = rule("relevance", GOOD, other)
    assert found.holds
    assert found.figure == pytest.approx(0.02 + (0.01**2 + 0.01**2) ** 0.5)
    assert "not compared with version 4" in found.says
    better = Incumbent(4, {name: value + 0.1 for name, value in CHAMPION.metrics.items()})
    assert verdict(GOOD, better).failed == ("relevance", "coverage")
    assert "not compared with version 4" in rule("coverage", GOOD, better).says


@pytest.mark.parametrize(
    ("name", "failed"),
    [
        ("published_minus/champion/NDCG_at_10_high", "relevance"),
        ("calibration/ece", "calibration"),
        ("published/coverage_at_10", "coverage"),
        ("champion/coverage_at_10", "coverage"),
    ],
)
def test_a_figure_that_is_missing_or_no_number_fails_its_rule_and_is_named(name: str, failed: str) -> None:
    without = replace(GOOD, metrics={own: value for own, value in GOOD.metrics.items() if own != name})
    for standing in (without, with_figures(**{name: float("nan")})):
        assert verdict(standing).failed == (failed,)
        found = rule(failed, standing)
        assert found.figure is None
        assert name in found.says


def test_a_champion_without_figures_cannot_be_compared_with_by_them() -> None:
    assert verdict(GOOD, Incumbent(4, {})).failed == ("relevance", "coverage")


def test_calibration_is_held_to_two_percent() -> None:
    found = rule("calibration", with_figures(**{"calibration/ece": 0.0201}))
    assert (found.holds, found.figure, found.limit) == (False, 0.0201, 0.02)


def test_a_pair_under_the_floor_it_was_trained_with_fails() -> None:
    assert verdict(replace(GOOD, floor=Floor(100, 4))).failed == ("floors",)
    found = rule("floors", replace(GOOD, min_shoppers=8, floor=Floor(100, 7)))
    assert (found.holds, found.figure, found.limit) == (False, 7, 8)


def test_a_lower_floor_than_five_fails_even_if_every_pair_happens_to_be_over_it() -> None:
    found = rule("floors", replace(GOOD, min_shoppers=4, floor=Floor(100, 9)))
    assert not found.holds
    assert "trained with a floor of 4 shoppers" in found.says


@pytest.mark.parametrize(("min_shoppers", "floor"), [(None, Floor(1, 9)), (5, None)])
def test_a_floor_that_is_not_known_fails(min_shoppers: int | None, floor: Floor | None) -> None:
    assert verdict(replace(GOOD, min_shoppers=min_shoppers, floor=floor)).failed == ("floors",)


def test_a_bundle_without_pairs_has_none_under_the_floor() -> None:
    assert rule("floors", replace(GOOD, floor=Floor(0, 0))).holds


def test_coverage_is_held_to_nine_tenths_of_the_champions() -> None:
    found = rule("coverage", with_figures(**{"published/coverage_at_10": 0.449}))
    assert (found.holds, found.figure, found.limit) == (False, 0.449, 0.45)
    assert rule("coverage", with_figures(**{"published/coverage_at_10": 0.45})).holds


def test_the_floor_is_read_off_every_pair_of_the_bundle(tmp_path: Path) -> None:
    write_pairs(tmp_path / "bundle")
    assert floor_of(Bundle.open(tmp_path / "bundle")) == Floor(7, 5)


def test_a_verdict_is_plain_json_with_the_names_of_what_failed() -> None:
    plain = verdict(replace(GOOD, floor=None)).as_dict()
    assert (plain["passed"], plain["failed"], plain["champion"]) == (False, ["floors"], 3)
