import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from experiments.analysis.effects import Effect
from experiments.analysis.estimates import Interval
from experiments.analysis.judgement import Outcome
from experiments.analysis.sums import Counts, MetricSums, Served
from experiments.analysis.verdict import Analysis, analysis_of
from experiments.analysis.wording import change_text, period_text
from experiments.definition import Experiment, Guardrail, Metric
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
        "Ship new: 13 % of shoppers bought, 11.4 % with control: +14.0 % (+4.6 % to +25.1 %, valid on any day)."
    )


def test_harm_is_told_with_its_metric() -> None:
    verdict = analysed(2_000, 2_400, n_opted_out=60).verdict
    assert plain(verdict.headline).startswith(
        "Stop for harm: new: 0.3 % of shoppers opted out, 0 % with control: +0.3 points"
    )
    assert "new gets more buyers but must not ship: it drives people to opt out." in verdict.sentences


def test_harm_is_told_in_points_as_its_margin_is() -> None:
    guarded = a_test(guardrails=(Guardrail(Metric.OPT_OUTS, margin=0.001),))
    counts = buyers((N, 2_000), (N, 2_400), n_opted_out=400)
    control = replace(counts.arms["control"], n_opted_out=20)
    verdict = analysis_of(guarded, counted(control, counts.arms["new"]), DURING).verdict
    assert "2 % of shoppers opted out, 0.1 % with control: +1.9 points (+" in plain(verdict.headline)
    assert "new: that is more than the 0.1 points allowed for opt-outs." in map(plain, verdict.sentences)


def test_of_harm_in_the_headline_sentences_tell_only_what_is_new() -> None:
    guarded = a_test(guardrails=(Guardrail(Metric.OPT_OUTS, 0.001), Guardrail(Metric.MUTERS, 0.002)))
    counts = buyers((N, 2_000), (N, 2_400), n_opted_out=400, n_muted=400)
    verdict = analysis_of(guarded, counts, DURING).verdict
    told = [plain(sentence) for sentence in verdict.sentences]
    assert "of shoppers opted out" in verdict.headline
    assert not [sentence for sentence in told if "of shoppers opted out" in sentence]
    [other] = [sentence for sentence in told if sentence.startswith("Harm: ")]
    assert "of shoppers muted a topic" in other
    assert other.endswith(", more than the 0.2 points allowed.")


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
    found = analysis_of(GUARDED, daily(6_000), DURING)
    assert (
        found.verdict.headline == f"Keep running: about {found.plans[0].days_to_go} more days at the present rate; the "
        "last shoppers' purchases are complete 14 days after that."
    )


def test_a_test_that_ends_too_soon_is_told_so_and_what_to_do_in_the_headline_alone() -> None:
    found = analysis_of(GUARDED, daily(1_000), DURING)
    assert (
        found.verdict.headline
        == "Keep running, but it will not be done by its end: at the present rate it needs about "
        f"{found.plans[0].days_to_go} more days, and it ends in 16. Move `ends`, or start it anew with a larger "
        "smallest_effect."
    )
    assert found.verdict.warnings == ()


def test_on_the_last_day_the_end_is_near() -> None:
    verdict = analysis_of(GUARDED, daily(1_000), END - timedelta(hours=3)).verdict
    assert "and it ends within a day." in verdict.headline


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
    assert "new was answered by versions 3, 4: its figures are of all of them together." in verdict.warnings


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
    assert not n_warnings or plain(warnings[0]).startswith("2.7 % of new's shoppers left, 0 % of control's.")


def test_harm_that_a_winner_may_still_do_is_a_warning() -> None:
    counts = buyers((N, 2_000), (N, 2_400), n_opted_out=12)
    control = replace(counts.arms["control"], n_opted_out=10)
    *_, warning = analysis_of(GUARDED, counted(control, counts.arms["new"]), DURING).verdict.warnings
    assert re.fullmatch(r"new: up to 0\.\d+ % opt-outs are still possible \(seen: 0\.06 %\)\.", plain(warning))


SHORT = "new was seen for {}, less than a week: weekdays may differ."


@pytest.mark.parametrize(("n_days", "days"), [(1, "1 day"), (6, "6 days"), (7, None)])
def test_a_winner_of_less_than_a_week_may_win_by_its_weekdays(n_days: int, days: str | None) -> None:
    last_day = START.date() + timedelta(days=n_days - 1)
    winner, none = (
        analysis_of(
            GUARDED, replace(buyers((N, 2_000), (N, n)), first_day=START.date(), last_day=last_day), DURING
        ).verdict
        for n in (2_600, 2_000)
    )
    assert [one for one in winner.warnings if "week" in one] == ([SHORT.format(days)] if days else [])
    assert none.warnings == ()


def test_a_winner_may_win_by_less_than_was_looked_for() -> None:
    less, more = (
        [plain(one) for one in analysed(2_000, n).verdict.warnings if "looked for" in one] for n in (2_240, 2_900)
    )
    [warning] = less
    assert warning.startswith("new: that it is less than the 5 % looked for is not ruled out (+")
    assert more == []


def test_before_it_begins_its_start_is_told_and_nothing_else() -> None:
    verdict = analysis_of(GUARDED, buyers((0, 0), (0, 0)), START - timedelta(days=1)).verdict
    assert verdict.headline == "Not begun: it starts 2026-12-01 00:00 UTC."
    assert (verdict.outcome, verdict.sentences, verdict.warnings) == (Outcome.KEEP_RUNNING, (), ())


@pytest.mark.parametrize("counts", [counted(), buyers((0, 0), (0, 0))])
def test_a_test_that_nobody_has_seen_asks_whether_it_runs(counts: Counts) -> None:
    verdict = analysis_of(GUARDED, counts, DURING).verdict
    assert verdict.headline == (
        "No answer has been seen since it began on 2026-12-01 00:00 UTC: is a server running it, and do its models "
        "exist?"
    )
    assert verdict.sentences == ()


@pytest.mark.parametrize(
    ("of_whom", "question"),
    [
        ("measured", ", and servers gave 1,200: do pages report what they show?"),
        ("unmeasured", ": all 1,200 went to people who did not allow measurement."),
    ],
)
def test_answers_that_nobody_is_counted_for_are_told(of_whom: str, question: str) -> None:
    served: dict[str, Any] = {of_whom: Served(600)}
    counts = counted(an_arm("control", 0, **served), an_arm("new", 0, **served))
    assert analysis_of(GUARDED, counts, DURING).verdict.headline.endswith(question)


def test_too_few_to_say_how_long_are_told() -> None:
    verdict = analysis_of(GUARDED, buyers((2, 0), (3, 0)), DURING).verdict
    assert verdict.headline == "Keep running: there are too few shoppers yet to say how long."


def test_differences_are_clipped_at_what_can_be() -> None:
    assert plain(change(Metric.QUIET_SHARE, 0.3, Interval(-0.5, 0.9))) == "+10 points (-30 points to +70 points"
    assert plain(change(Metric.LATENCY, 30.0, Interval(-50.0, 90.0))) == "+0.1 ms (-30 ms to +90 ms"


def change(metric: Metric, control_value: float, interval: Interval) -> str:
    effect = Effect("new", metric, N, N, control_value, control_value + 0.1, 0.1, None)
    return change_text(effect, interval, None) or ""


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (-1, "not begun, 1 Dec to 22 Dec 2026"),
        (0, "day 1 of 21, 1 Dec to 22 Dec 2026"),
        (20.5, "day 21 of 21, 1 Dec to 22 Dec 2026"),
        (21, "over, 1 Dec to 22 Dec 2026"),
    ],
)
def test_the_day_of_a_test_is_told(days: float, text: str) -> None:
    assert period_text(START, END, START + timedelta(days=days)) == text


def test_a_test_over_new_year_has_both_years() -> None:
    assert period_text(START, START + timedelta(days=40), START).endswith("1 Dec 2026 to 10 Jan 2027")
