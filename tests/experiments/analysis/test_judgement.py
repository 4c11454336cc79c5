from dataclasses import replace
from typing import Any

import pytest

from experiments.analysis.estimates import Interval
from experiments.analysis.guardrails import State, state_of
from experiments.analysis.judgement import Judgement, Outcome, judge
from experiments.analysis.sums import Served
from experiments.definition import Arm, Guardrail, Metric
from tests.experiments.analysis.summed import an_arm, buyers, counted, shares
from tests.experiments.definitions import CONTROL, HOLDOUT, NEW, a_test

N = 20_000
GUARDED = a_test(guardrails=(Guardrail(Metric.OPT_OUTS), Guardrail(Metric.DISMISSAL_RATE, margin=0.01)))


def judged(n_control: int, n_new: int, **of_new: Any) -> Judgement:
    """Of arms of N units of which so many bought."""
    return judge(GUARDED, buyers((N, n_control), (N, n_new), **of_new))


def test_a_better_arm_is_shipped() -> None:
    found = judged(2_000, 2_400)
    assert (found.outcome, found.arm, found.arms["new"].is_better) == (Outcome.SHIP, "new", True)


def test_a_worse_arm_is_stopped() -> None:
    found = judged(2_400, 2_000)
    assert (found.outcome, found.arm, found.metric) == (Outcome.STOP_FOR_HARM, "new", Metric.BUYERS)


def test_an_arm_that_may_be_either_keeps_running() -> None:
    assert judged(2_000, 2_060).outcome == Outcome.KEEP_RUNNING


def test_what_a_test_read_once_would_call_a_winner_keeps_running() -> None:
    # 2.5 standard errors.
    assert judged(2_000, 2_150).outcome == Outcome.KEEP_RUNNING


def test_arms_closer_than_the_smallest_effect_do_not_differ() -> None:
    n = 40 * N
    found = judge(a_test(), buyers((n, 80_000), (n, 80_100)))
    assert found.outcome == Outcome.NO_DIFFERENCE


def test_a_guardrail_vetoes_a_winner() -> None:
    found = judged(2_000, 2_400, n_opted_out=60)
    assert (found.outcome, found.metric) == (Outcome.STOP_FOR_HARM, Metric.OPT_OUTS)
    assert found.arms["new"].is_better


def test_fewer_who_opt_out_are_no_harm() -> None:
    counts = buyers((N, 2_000), (N, 2_400))
    control = replace(counts.arms["control"], n_opted_out=60)
    assert judge(GUARDED, counted(control, counts.arms["new"])).outcome == Outcome.SHIP


@pytest.mark.parametrize(("margin", "outcome"), [(0.0, Outcome.STOP_FOR_HARM), (0.01, Outcome.KEEP_RUNNING)])
def test_within_its_margin_a_guardrail_is_not_harmed(margin: float, outcome: Outcome) -> None:
    arms = [
        an_arm(name, N, {Metric.BUYERS: shares(N, 2_000), Metric.DISMISSAL_RATE: shares(N, n)})
        for name, n in (("control", 400), ("new", 560))
    ]
    guarded = a_test(guardrails=(Guardrail(Metric.DISMISSAL_RATE, margin),))
    assert judge(guarded, counted(*arms)).outcome == outcome


def test_slow_answers_veto_a_winner() -> None:
    guarded = a_test(guardrails=(Guardrail(Metric.LATENCY, margin=1.0),))
    arms = [
        replace(arm, measured=Served(N, 0, buckets, latency_bounds_ms=(2.0, 4.0, 8.0)))
        for arm, buckets in zip(
            buyers((N, 2_000), (N, 2_400)).arms.values(),
            ((15_000, 4_900, 100, 0), (5_000, 5_000, 9_900, 100)),
            strict=True,
        )
    ]
    assert judge(guarded, counted(*arms)).metric is None, "it may be as fast as 4 ms, as the control"
    slow = replace(arms[1], measured=replace(arms[1].measured, latency_buckets=(5_000, 5_000, 100, 9_900)))
    assert judge(guarded, counted(arms[0], slow)).metric == Metric.LATENCY


def test_a_test_with_units_missing_is_broken_whoever_wins() -> None:
    found = judge(GUARDED, buyers((200_000, 20_000), (194_000, 23_000)))
    assert found.outcome == Outcome.BROKEN
    assert found.arms["new"].outcome == Outcome.SHIP


def test_an_arm_that_drives_units_away_harms_and_is_not_broken() -> None:
    found = judge(GUARDED, buyers((200_000, 20_000), (194_000, 23_000), n_left=6_000, n_opted_out=6_000))
    assert (found.outcome, found.metric) == (Outcome.STOP_FOR_HARM, Metric.OPT_OUTS)


def three(first: int, second: int, third: int) -> Judgement:
    arms = (CONTROL, NEW, Arm("third", 50, "version:3"))
    bought = zip(("control", "new", "third"), (first, second, third), strict=True)
    counts = counted(*(an_arm(name, N, {Metric.BUYERS: shares(N, n)}) for name, n in bought))
    return judge(a_test(arms=arms), counts)


def test_of_two_winners_the_better_is_shipped() -> None:
    assert three(2_000, 2_400, 2_600).arm == "third"
    assert three(2_000, 2_600, 2_400).arm == "new"


def test_an_arm_that_harms_stops_a_test_that_another_wins() -> None:
    found = three(2_400, 2_900, 2_000)
    assert (found.outcome, found.arm) == (Outcome.STOP_FOR_HARM, "third")
    assert found.arms["new"].outcome == Outcome.SHIP


def test_more_arms_ask_for_more() -> None:
    # 3.2 standard errors: enough for one arm, not for one of eight.
    bought = {"control": 2_000, "new": 2_193}
    arms = [an_arm(name, N, {Metric.BUYERS: shares(N, n)}) for name, n in bought.items()]
    others = [an_arm(f"arm-{n}", N, {Metric.BUYERS: shares(N, 2_050)}) for n in range(7)]
    eight = a_test(smallest_effect=0.1, arms=(CONTROL, NEW, *(Arm(o.arm, 50, f"version:{o.arm}") for o in others)))
    assert judge(a_test(smallest_effect=0.1), counted(*arms)).outcome == Outcome.SHIP
    assert judge(eight, counted(*arms, *others)).outcome == Outcome.KEEP_RUNNING


def test_a_holdout_is_not_harmed_by_its_silence() -> None:
    guarded = a_test(arms=(CONTROL, HOLDOUT), guardrails=(Guardrail(Metric.QUIET_SHARE), Guardrail(Metric.LATENCY)))
    arms = [
        an_arm(name, n, {Metric.BUYERS: shares(n, n // 10)}, measured=Served(n, quiet))
        for name, n, quiet in (("control", 20_000, 2_000), ("holdout", 2_000, 2_000))
    ]
    found = judge(guarded, counted(*arms))
    assert (found.outcome, found.arms["holdout"].guardrails) == (Outcome.KEEP_RUNNING, {})


@pytest.mark.parametrize(
    ("n", "n_new", "outcome"),
    [(N, 2_400, Outcome.SHIP), (N, 2_060, Outcome.KEEP_RUNNING), (40 * N, 80_100, Outcome.NO_DIFFERENCE)],
)
def test_a_holdout_that_sells_less_stops_no_test_of_others(n: int, n_new: int, outcome: Outcome) -> None:
    bought = {"control": (n, n // 10), "new": (n, n_new), "holdout": (n // 10, n // 200)}
    arms = [an_arm(name, units, {Metric.BUYERS: shares(units, n_bought)}) for name, (units, n_bought) in bought.items()]
    found = judge(a_test(arms=(CONTROL, NEW, HOLDOUT)), counted(*arms))
    assert found.outcome == outcome
    assert found.arms["holdout"].harmed == Metric.BUYERS


def test_a_holdout_alone_that_sells_less_says_so() -> None:
    bought = {"control": (N, 2_000), "holdout": (N // 10, 100)}
    arms = [an_arm(name, units, {Metric.BUYERS: shares(units, n_bought)}) for name, (units, n_bought) in bought.items()]
    found = judge(a_test(arms=(CONTROL, HOLDOUT)), counted(*arms))
    assert (found.outcome, found.arm) == (Outcome.STOP_FOR_HARM, "holdout")


def test_nothing_counted_keeps_running() -> None:
    assert judge(GUARDED, counted()).outcome == Outcome.KEEP_RUNNING


@pytest.mark.parametrize(
    ("interval", "state"),
    [
        (Interval(0.011, 0.03), State.HARMED),
        (Interval(0.009, 0.03), State.OPEN),
        (Interval(-0.02, 0.019), State.SAFE),
        (None, State.OPEN),
    ],
)
def test_a_guardrail_is_safe_once_much_harm_is_ruled_out(interval: Interval | None, state: State) -> None:
    assert state_of(Guardrail(Metric.DISMISSAL_RATE, margin=0.01), 0.02, interval) == state


@pytest.mark.parametrize(
    ("n", "margin", "state"),
    [
        # 0.999 ** 4,380 is the first under 0.0125, which is half of the 0.025 for harm.
        (4_379, 0.001, State.OPEN),
        (4_380, 0.001, State.SAFE),
        (N, 0.0, State.OPEN),
        (150, 1.0, State.SAFE),
    ],
)
def test_what_nobody_did_is_safe_once_there_are_enough_who_did_not(n: int, margin: float, state: State) -> None:
    guarded = a_test(guardrails=(Guardrail(Metric.OPT_OUTS, margin),))
    assert judge(guarded, buyers((n, 100), (n, 100))).arms["new"].guardrails[Metric.OPT_OUTS] == state


def test_who_opted_out_is_no_harm_and_not_safe_where_it_was_not_tallied() -> None:
    control, new = buyers((N, 2_000), (N, 2_400), n_opted_out=60, is_tallied=False).arms.values()
    found = judge(GUARDED, counted(replace(control, is_tallied=False), new))
    assert (found.outcome, found.arms["new"].guardrails[Metric.OPT_OUTS]) == (Outcome.SHIP, State.OPEN)
