import math

import numpy as np
import pytest
from scipy.stats import ttest_ind
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from experiments.analysis.effects import Effect, effects_of
from experiments.analysis.sums import Counts, MetricSums, Served
from experiments.definition import Arm, Guardrail, Metric, Unit
from tests.experiments.analysis.summed import an_arm, buyers, counted, shares, summed
from tests.experiments.definitions import CONTROL, HOLDOUT, NEW, a_test

RNG = np.random.default_rng(20261126)
N = (1_500, 900)
KEEN = [RNG.gamma(2.0, 1.0, n) for n in N]
BEFORE = [RNG.poisson(3 * keen).astype(float) for keen in KEEN]
SPENT = [RNG.poisson(2 * keen) * 100.0 + 40 * arm for arm, keen in enumerate(KEEN)]
SHOWN = [1.0 + RNG.poisson(5 * keen) for keen in KEEN]
CLICKS = [RNG.binomial(shown.astype(int), 0.1).astype(float) for shown in SHOWN]


def effect_of(metric: Metric, counts: Counts) -> Effect:
    (found,) = (effect for effect in effects_of(a_test(primary=metric), counts) if effect.metric == metric)
    return found


def of_sums(metric: Metric, *sums: MetricSums) -> Effect:
    arms = (an_arm(name, n, {metric: of}) for name, n, of in zip(("control", "new"), N, sums, strict=True))
    return effect_of(metric, counted(*arms))


def agrees(effect: Effect, control: np.ndarray, new: np.ndarray) -> None:
    """With Welch's test of scipy's and statsmodels', unit by unit."""
    welch = ttest_ind(new, control, equal_var=False)
    between = welch.confidence_interval(0.95)
    compared = CompareMeans(DescrStatsW(new), DescrStatsW(control))
    _, p_value, _ = compared.ttest_ind(usevar="unequal")
    assert effect.p_value == pytest.approx(welch.pvalue, rel=1e-9)
    assert effect.p_value == pytest.approx(p_value, rel=1e-9)
    assert effect.fixed == pytest.approx((between.low, between.high), rel=1e-9)
    assert effect.fixed == pytest.approx(compared.tconfint_diff(usevar="unequal"), rel=1e-9)
    assert effect.difference == pytest.approx(new.mean() - control.mean(), rel=1e-9)


def test_a_plain_metric_agrees_with_scipy_and_statsmodels() -> None:
    agrees(of_sums(Metric.REVENUE, *(summed(spent) for spent in SPENT)), *SPENT)


def test_a_ratio_agrees_with_a_test_of_its_linear_parts() -> None:
    effect = of_sums(Metric.CLICK_RATE, *(summed(x, y) for x, y in zip(CLICKS, SHOWN, strict=True)))
    ratios = [x.sum() / y.sum() for x, y in zip(CLICKS, SHOWN, strict=True)]
    agrees(effect, *(r + (x - r * y) / y.mean() for r, x, y in zip(ratios, CLICKS, SHOWN, strict=True)))
    assert effect.arm_value == pytest.approx(ratios[1], rel=1e-12)


def test_cuped_agrees_with_a_test_of_adjusted_values() -> None:
    effect = of_sums(Metric.REVENUE, *(summed(x, 1.0, c) for x, c in zip(SPENT, BEFORE, strict=True)))
    x, c = np.concatenate(SPENT), np.concatenate(BEFORE)
    coefficient = np.cov(x, c)[0, 1] / np.var(c, ddof=1)
    agrees(effect, *(s - coefficient * (b - c.mean()) for s, b in zip(SPENT, BEFORE, strict=True)))


def test_cuped_makes_the_interval_shorter() -> None:
    plain = of_sums(Metric.REVENUE, *(summed(spent) for spent in SPENT))
    adjusted = of_sums(Metric.REVENUE, *(summed(x, 1.0, c) for x, c in zip(SPENT, BEFORE, strict=True)))
    assert plain.fixed
    assert adjusted.fixed
    assert plain.always_valid
    assert adjusted.always_valid
    assert adjusted.fixed.high - adjusted.fixed.low < 0.8 * (plain.fixed.high - plain.fixed.low)
    assert adjusted.always_valid.high - adjusted.always_valid.low < 0.8 * (
        plain.always_valid.high - plain.always_valid.low
    )


def test_values_are_what_was_seen_whatever_people_did_before() -> None:
    nobody = np.zeros(N[1])
    effect = of_sums(Metric.DISMISSAL_RATE, summed(CLICKS[0], SHOWN[0], BEFORE[0]), summed(nobody, SHOWN[1], BEFORE[1]))
    assert (effect.control_value, effect.arm_value) == (CLICKS[0].sum() / SHOWN[0].sum(), 0)
    assert effect.difference != effect.arm_value - effect.control_value


def test_nothing_is_so_many_times_a_control_of_which_nobody_did_anything() -> None:
    nobody = np.zeros(N[0])
    effect = of_sums(Metric.CLICK_RATE, summed(nobody, SHOWN[0], BEFORE[0]), summed(CLICKS[1], SHOWN[1], BEFORE[1]))
    assert (effect.relative, effect.fixed_relative, effect.always_valid_relative) == (None, None, None)
    assert effect.always_valid is not None


def test_a_share_by_hand() -> None:
    effect = effect_of(Metric.BUYERS, buyers((1_000, 100), (1_000, 130)))
    # 1.96... standard errors of Student's t with 1,986.3 degrees of freedom: sqrt((.1 * .9 + .13 * .87) / 999).
    error = math.sqrt((0.09 + 0.1131) / 999)
    assert effect.difference == pytest.approx(0.03)
    assert effect.relative == pytest.approx(0.3)
    assert effect.fixed == pytest.approx((0.03 - 1.9612 * error, 0.03 + 1.9612 * error), abs=1e-6)


def test_who_left_counts_among_those_who_opted_out() -> None:
    arms = (
        an_arm("control", 990, n_left=10, n_opted_out=10),
        an_arm("new", 970, n_left=30, n_opted_out=40, n_muted=20),
    )
    effects = {effect.metric: effect for effect in effects_of(a_test(), counted(*arms))}
    assert effects[Metric.OPT_OUTS].arm_value == 0.04
    assert effects[Metric.OPT_OUTS].n_arm == 1_000
    assert effects[Metric.MUTERS].arm_value == 0.02


def test_quiet_answers_count_no_more_than_units() -> None:
    served = Served(n_answers=10_000, n_quiet=2_000)
    arms = (an_arm(name, 1_000, measured=served) for name in ("control", "new"))
    effect = effect_of(Metric.QUIET_SHARE, counted(*arms))
    assert (effect.arm_value, effect.n_arm) == (0.2, 1_000)


def test_a_holdout_is_not_compared_in_quiet_answers() -> None:
    served = Served(n_answers=1_000, n_quiet=1_000, latency_buckets=(1_000, 0), latency_bounds_ms=(1.0,))
    arms = [an_arm(name, 1_000, {Metric.BUYERS: shares(1_000, 90)}, measured=served) for name in ("control", "holdout")]
    effects = effects_of(a_test(arms=(CONTROL, HOLDOUT)), counted(*arms))
    assert {effect.metric for effect in effects} == {Metric.BUYERS, Metric.MUTERS, Metric.OPT_OUTS}


def test_a_holdout_is_not_compared_in_what_is_done_with_items_shown() -> None:
    clicked = {Metric.BUYERS: shares(1_000, 90), Metric.CLICKERS: shares(1_000, 200)}
    silent = {Metric.BUYERS: shares(1_000, 80), Metric.CLICKERS: shares(1_000, 0)}
    arms = an_arm("control", 1_000, clicked), an_arm("new", 1_000, clicked), an_arm("holdout", 1_000, silent)
    effects = effects_of(a_test(arms=(CONTROL, NEW, HOLDOUT)), counted(*arms))
    assert [effect.arm for effect in effects if effect.metric == Metric.CLICKERS] == ["new"]


def test_who_mutes_or_says_no_is_put_down_to_no_session() -> None:
    arms = (an_arm(name, 1_000, {Metric.BUYERS: shares(1_000, 90)}, n_opted_out=9) for name in ("control", "new"))
    effects = effects_of(a_test(unit=Unit.SESSION), counted(*arms))
    assert {effect.metric for effect in effects} == {Metric.BUYERS}


def test_nothing_that_differs_is_no_surprise() -> None:
    effect = effect_of(Metric.BUYERS, buyers((1_000, 0), (1_000, 0)))
    assert (effect.p_value, effect.fixed, effect.always_valid, effect.relative) == (None, None, None, None)


def test_secondary_metrics_of_all_arms_are_adjusted_together_and_the_primary_is_not() -> None:
    third = Arm("third", 50, "version:3")
    metrics = [
        {Metric.BUYERS: shares(1_000, n), Metric.CLICKERS: shares(1_000, 2 * n), Metric.CART_ADDERS: shares(1_000, m)}
        for n, m in ((100, 150), (130, 150), (125, 190))
    ]
    arms = [an_arm(name, 1_000, of) for name, of in zip(("control", "new", "third"), metrics, strict=True)]
    effects = effects_of(a_test(arms=(CONTROL, NEW, third)), counted(*arms))
    known = [effect for effect in effects if effect.p_value is not None and effect.metric != Metric.BUYERS]
    assert len(known) == 4
    least = min(known, key=lambda effect: effect.p_value or 1.0)
    assert least.p_value is not None
    assert least.adjusted_p_value == pytest.approx(4 * least.p_value)
    assert all(effect.adjusted_p_value is None for effect in effects if effect.metric == Metric.BUYERS)


def test_the_fixed_interval_has_the_tests_own_alpha() -> None:
    arms = buyers((1_000, 100), (1_000, 130))
    wide, narrow = (effects_of(a_test(alpha=alpha), arms)[0].fixed for alpha in (0.01, 0.2))
    assert wide
    assert narrow
    assert wide.high > narrow.high


def test_metrics_of_which_less_is_better_say_so() -> None:
    effects = effects_of(a_test(guardrails=(Guardrail(Metric.OPT_OUTS),)), buyers((1_000, 100), (1_000, 130)))
    assert {effect.metric for effect in effects if effect.less_is_better} == {Metric.OPT_OUTS, Metric.MUTERS}
