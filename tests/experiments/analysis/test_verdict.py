from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from experiments.analysis.judgement import Outcome
from experiments.analysis.sums import Counts, MetricSums
from experiments.analysis.verdict import Analysis, analysis_of
from experiments.analysis.wording import phrase
from experiments.definition import Experiment, Guardrail, Metric, Unit
from tests.experiments.analysis.keyboard import plain
from tests.experiments.analysis.summed import an_arm, buyers, counted, shares
from tests.experiments.definitions import CONTROL, END, HOLDOUT, NEW, START, a_test

N = 20_000
DURING = START + timedelta(days=5)
GUARDED = a_test(guardrails=(Guardrail(Metric.OPT_OUTS),))


def analysed(n_control: int, n_new: int, **more: Any) -> Analysis:
    """Of arms of N units of which so many bought."""
    test: Experiment = more.pop("test", GUARDED)
    return analysis_of(test, buyers((N, n_control), (N, n_new), **more), DURING)


def test_a_winner_is_told_with_its_figures() -> None:
    verdict = analysed(2_280, 2_600).verdict
    assert plain(verdict.headline).startswith(
        "Ship new: 13 % of shoppers bought, 11.4 % with control: +14.0 % (+4.6 % to +25.1 %, safe to look at daily)."
    )


def test_harm_is_told_with_its_metric() -> None:
    verdict = analysed(2_000, 2_400, n_opted_out=60).verdict
    assert plain(verdict.headline).startswith(
        "Stop for harm: new: 0.3 % of shoppers opted out, 0 % with control: +0.3 points"
    )
    assert "new wins by buyers and is not to be shipped, for what it does to opt_outs." in verdict.sentences


def test_harm_is_told_in_points_as_its_margin_is() -> None:
    guarded = a_test(guardrails=(Guardrail(Metric.OPT_OUTS, margin=0.001),))
    counts = buyers((N, 2_000), (N, 2_400), n_opted_out=400)
    control = replace(counts.arms["control"], n_opted_out=20)
    verdict = analysis_of(guarded, counted(control, counts.arms["new"]), DURING).verdict
    assert "2 % of shoppers opted out, 0.1 % with control: +1.9 points (+" in plain(verdict.headline)
    [harm] = [sentence for sentence in verdict.sentences if sentence.startswith("Harm: ")]
    assert plain(harm).endswith(", more than the 0.1 points allowed.")


def test_what_is_broken_is_told_with_what_is_missing() -> None:
    verdict = analysis_of(GUARDED, buyers((200_000, 2_000), (194_000, 2_000)), DURING).verdict
    assert verdict.outcome == Outcome.BROKEN
    assert "new has 194,000 where 197,000 are due (-1.5 %)" in plain(verdict.headline)


def test_no_difference_is_told_with_the_smallest_effect() -> None:
    n = 40 * N
    verdict = analysis_of(GUARDED, buyers((n, 80_000), (n, 80_100)), DURING).verdict
    assert plain(verdict.headline) == "No difference worth having: new is within 5 % of control."


def test_a_holdout_that_differs_is_not_said_not_to() -> None:
    n = 40 * N
    bought = {"control": (n, 80_000), "new": (n, 80_100), "holdout": (n, 40_000)}
    arms = [an_arm(name, units, {Metric.BUYERS: shares(units, did)}) for name, (units, did) in bought.items()]
    even = replace(HOLDOUT, weight=50)
    verdict = analysis_of(a_test(arms=(CONTROL, NEW, even)), counted(*arms), DURING).verdict
    assert plain(verdict.headline) == "No difference worth having: new is within 5 % of control."


def test_money_is_told_in_its_currency_for_a_hundred() -> None:
    control, new = (MetricSums(N, n, N, 4 * n * n / N, N, n) for n in (464 * N, 649 * N))
    arms = an_arm("control", N, {Metric.REVENUE: control}), an_arm("new", N, {Metric.REVENUE: new})
    verdict = analysis_of(a_test(primary=Metric.REVENUE), counted(*arms, currency="EUR"), DURING).verdict
    assert plain(verdict.headline).startswith(
        "Ship new: 649 EUR spent for every 100 shoppers, 464 EUR with control: +39.9 %"
    )


def daily(n: int) -> Counts:
    by_day = {START.date() + timedelta(days=day): {Metric.BUYERS: shares(n, n // 10)} for day in range(5)}
    arms = (
        an_arm(name, 5 * n, {Metric.BUYERS: shares(5 * n, n // 2)}, metrics_by_day=by_day)
        for name in ("control", "new")
    )
    return counted(*arms, first_day=START.date(), last_day=START.date() + timedelta(days=4))


def test_while_it_runs_the_days_to_go_are_told() -> None:
    found = analysis_of(GUARDED, daily(4_000), DURING)
    assert (
        found.verdict.headline
        == f"Keep running: about {found.plans[0].days_to_go} more days, at the rate of the last ones; what those who "
        "come last do is in up to 14 days later."
    )


def test_a_test_that_ends_too_soon_is_told() -> None:
    slow, fast = (analysis_of(GUARDED, daily(n), DURING).verdict.warnings for n in (1_000, 20_000))
    assert [warning for warning in slow if "and the test ends in 16" in warning]
    assert not fast


def with_holdout(control: int, new: int) -> Analysis:
    """Arms of five days of which so many bought, beside a tenth of them that was shown nothing."""
    days = [START.date() + timedelta(days=day) for day in range(5)]
    arms = [
        an_arm(
            name,
            n,
            {Metric.BUYERS: shares(n, bought)},
            metrics_by_day={day: {Metric.BUYERS: shares(n // 5, bought / 5)} for day in days},
        )
        for name, n, bought in (("control", 20_000, control), ("new", 20_000, new), ("holdout", 2_000, control / 12))
    ]
    counts = counted(*arms, first_day=days[0], last_day=days[-1])
    return analysis_of(a_test(arms=(CONTROL, NEW, HOLDOUT)), counts, DURING)


def test_the_days_to_go_are_not_those_that_a_holdout_would_take() -> None:
    found = with_holdout(2_000, 2_030)
    new, holdout = (plan.days_to_go for plan in found.plans)
    assert new is not None
    assert holdout is not None
    assert holdout > new
    assert f"about {new} more days" in found.verdict.headline
    assert not [warning for warning in found.verdict.warnings if warning.startswith("holdout needs")]


def test_who_is_to_ship_is_not_told_to_wait() -> None:
    found = with_holdout(400, 600)
    days_to_go = found.plans[0].days_to_go
    assert found.verdict.outcome == Outcome.SHIP
    assert days_to_go is not None
    assert days_to_go > (END - DURING).days
    assert not [warning for warning in found.verdict.warnings if "more days" in warning]


def test_nothing_falls_by_more_than_all_of_it() -> None:
    verdict = analysis_of(GUARDED, buyers((20_000, 4_000), (150, 12)), DURING).verdict
    assert "(-100.0 % to " in plain(verdict.sentences[0])


def test_at_its_end_the_result_read_once_is_shown_beside_and_does_not_decide() -> None:
    counts = buyers((N, 2_000), (N, 2_150))
    running, ended = (analysis_of(GUARDED, counts, moment).verdict for moment in (DURING, END))
    once = "new, read once at the end: +7.5 % (+1.5 % to +13.9 %, p = 0.014)."
    assert once in map(plain, ended.sentences)
    assert once not in map(plain, running.sentences)
    assert running.outcome == ended.outcome == Outcome.KEEP_RUNNING
    assert ended.headline.startswith("Undecided at its end")


def test_until_all_outcomes_are_in_figures_are_not_the_last() -> None:
    counts = buyers((N, 2_000), (N, 2_150))
    growing, complete = (analysis_of(GUARDED, counts, END + timedelta(days=days)).verdict for days in (1, 15))
    assert "these are not the last figures" in growing.warnings[-1]
    assert not complete.warnings


def test_a_model_that_changed_is_a_warning_and_breaks_nothing() -> None:
    verdict = analysed(2_000, 2_400, model_versions=("3", "4")).verdict
    assert verdict.outcome == Outcome.SHIP
    assert "new was answered by versions 3, 4: what is seen is of all of them together." in verdict.warnings


def test_many_units_in_two_arms_are_a_warning() -> None:
    counts = replace(buyers((N, 2_000), (N, 2_000)), n_crossed=4_000)
    (warning,) = analysis_of(GUARDED, counts, DURING).verdict.warnings
    assert warning.startswith("4,000 shoppers met more than one arm")


@pytest.mark.parametrize(("n_left", "n_warnings"), [(480, 0), (540, 1)])
def test_more_who_left_one_arm_than_half_the_smallest_effect_are_a_warning(n_left: int, n_warnings: int) -> None:
    # Half of the smallest effect of 5 % is 2.5 % of 20,000: 500.
    counts = buyers((N, 2_000), (N - n_left, 2_000), n_left=n_left)
    warnings = [one for one in analysis_of(a_test(), counts, DURING).verdict.warnings if "left" in one]
    assert len(warnings) == n_warnings
    assert not n_warnings or plain(warnings[0]).startswith("2.7 % of new's shoppers left, 0 % of control's:")


def test_harm_that_a_winner_may_still_do_is_a_warning() -> None:
    counts = buyers((N, 2_000), (N, 2_400), n_opted_out=12)
    control = replace(counts.arms["control"], n_opted_out=10)
    (warning,) = analysis_of(GUARDED, counted(control, counts.arms["new"]), DURING).verdict.warnings
    assert plain(warning).endswith("of shoppers opted out is not ruled out, where 0.06 % was seen.")


def test_nothing_counted_is_told_so() -> None:
    verdict = analysis_of(GUARDED, counted(), DURING).verdict
    assert verdict.headline == "Keep running: there are too few units to say how long."


def test_every_metric_has_words() -> None:
    for metric in Metric:
        assert "{" not in phrase(metric, 0.1, Unit.SESSION)
