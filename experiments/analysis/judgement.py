"""What is to be done about a test, by its sums alone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from experiments.analysis.estimates import Interval, pair_of
from experiments.analysis.guardrails import State, is_ruled_out, state_of
from experiments.analysis.multiplicity import alphas_of
from experiments.analysis.power import arm_share, n_planned
from experiments.analysis.quantiles import slow_difference, slow_ms
from experiments.analysis.sample_ratio import sample_ratios_of
from experiments.analysis.sequential import difference_interval, relative_interval
from experiments.analysis.sums import ArmCounts, Counts
from experiments.definition import NEEDS_ITEMS, UNCOUNTED, Experiment, Guardrail, Metric

OF_PAGES = NEEDS_ITEMS | {Metric.DISMISSAL_RATE, Metric.QUIET_SHARE, Metric.LATENCY}
"""Metrics of answers and what they show, which a holdout, always quiet, does not share."""


class Outcome(StrEnum):
    """What is to be done."""

    SHIP = "ship"
    KEEP_RUNNING = "keep_running"
    STOP_FOR_HARM = "stop_for_harm"
    BROKEN = "broken"
    """Arms do not have the units that their weights say."""
    NO_DIFFERENCE = "no_difference"
    """None worth having: the primary metric differs by less than the smallest effect."""


@dataclass(frozen=True, slots=True)
class ArmJudgement:
    """Of one arm.

    Attributes:
        outcome: BROKEN of none: that is the test's.
        harmed: The metric that is worse than it may be, where the outcome is STOP_FOR_HARM.
        guardrails: State of each.
        is_better: Whether the primary metric is, whatever the guardrails say.
    """

    outcome: Outcome
    harmed: Metric | None
    guardrails: Mapping[Metric, State]
    is_better: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """Of a test.

    Attributes:
        outcome: What is to be done.
        arm: To ship, or that harms.
        metric: That is harmed.
        arms: Of each arm but the control.
    """

    outcome: Outcome
    arm: str | None
    metric: Metric | None
    arms: Mapping[str, ArmJudgement]


def judge(experiment: Experiment, counts: Counts) -> Judgement:
    """The same whenever it is asked: always-valid intervals decide, before the test's end and after it.

    A test whose arms have too many or too few units is broken, whatever else it shows. An arm that harms stops the
    test, also where another wins. Of several winners the one with the highest primary metric is shipped. There is no
    difference worth having only where that is so of every arm. A holdout beside other arms stops no test and keeps none
    open: that people buy less where nothing is shown is what it is there to tell.

    Args:
        experiment: The test.
        counts: Of it.
    """
    control = counts.arms.get(experiment.control)
    names = [arm.name for arm in experiment.shown_arms if arm.name != experiment.control and arm.name in counts.arms]
    arms = {name: _judge_arm(experiment, control, counts.arms[name]) for name in names} if control else {}
    if any(ratio.is_broken for ratio in sample_ratios_of(experiment, counts)):
        return Judgement(Outcome.BROKEN, None, None, arms)
    deciding = [arm for name, arm in arms.items() if is_deciding(experiment, name)]
    for name, arm in arms.items():
        if arm.outcome == Outcome.STOP_FOR_HARM and is_deciding(experiment, name):
            return Judgement(arm.outcome, name, arm.harmed, arms)
    winners = [name for name, arm in arms.items() if arm.outcome == Outcome.SHIP]
    if winners and control:
        best = max(winners, key=lambda name: _primary(experiment, control, counts.arms[name]))
        return Judgement(Outcome.SHIP, best, None, arms)
    is_over = bool(deciding) and all(arm.outcome == Outcome.NO_DIFFERENCE for arm in deciding)
    return Judgement(Outcome.NO_DIFFERENCE if is_over else Outcome.KEEP_RUNNING, None, None, arms)


def bounds_of(experiment: Experiment, metric: Metric) -> tuple[float, float]:
    """With what probability the truth may ever be under, and over, the always-valid interval of a metric.

    Args:
        experiment: The test.
        metric: The low end of the primary metric decides on a winner, that of a guardrail on harm.
    """
    alphas = alphas_of(experiment)
    return (alphas.harm, alphas.harm) if is_guardrail(experiment, metric) else (alphas.win, alphas.harm)


def is_guardrail(experiment: Experiment, metric: Metric) -> bool:
    """Whether it is one of the test's own.

    Args:
        experiment: The test.
        metric: Any.
    """
    return any(guardrail.metric == metric for guardrail in experiment.guardrails)


def is_deciding(experiment: Experiment, arm: str) -> bool:
    """Whether the test is stopped, or kept open, for an arm: for a holdout only where it is alone beside the control.

    Args:
        experiment: The test.
        arm: Name of an arm that is not the control.
    """
    others = (one for one in experiment.shown_arms if one.name != experiment.control)
    return not experiment.arm(arm).shows_nothing or all(one.shows_nothing for one in others)


def is_of_both(experiment: Experiment, metric: Metric, arm: str) -> bool:
    """Whether an arm and the control can be compared in it: a holdout's answers are all quiet and made in no time, and
    what follows no unit's arm is not compared at all. That nobody clicks on nothing is certain beforehand, and among
    p-values that are adjusted it would make others seem surer.

    Args:
        experiment: The test.
        metric: Any.
        arm: Name of an arm.
    """
    holdout = any(experiment.arm(name).shows_nothing for name in (experiment.control, arm))
    return metric not in UNCOUNTED[experiment.unit] and not (holdout and metric in OF_PAGES)


def _judge_arm(experiment: Experiment, control: ArmCounts, arm: ArmCounts) -> ArmJudgement:
    pair = pair_of(experiment.primary, control, arm)
    planned = n_planned(pair, experiment, arm_share(experiment, arm.arm))
    bounds = bounds_of(experiment, experiment.primary)
    difference = difference_interval(pair, planned, *bounds) if pair else None
    relative = relative_interval(pair, planned, *bounds) if pair else None
    states = dict(_states(experiment, control, arm, planned))
    is_better = difference is not None and difference.low > 0
    harmed = next((metric for metric, state in states.items() if state == State.HARMED), None)
    if difference is not None and difference.high < 0:
        harmed = experiment.primary
    if harmed:
        outcome = Outcome.STOP_FOR_HARM
    elif _is_nothing(experiment, relative):
        outcome = Outcome.NO_DIFFERENCE
    else:
        outcome = Outcome.SHIP if is_better else Outcome.KEEP_RUNNING
    return ArmJudgement(outcome, harmed, states, is_better)


def _is_nothing(experiment: Experiment, relative: Interval | None) -> bool:
    smallest = experiment.smallest_effect
    return relative is not None and -smallest < relative.low and relative.high < smallest


def _states(experiment: Experiment, control: ArmCounts, arm: ArmCounts, planned: int) -> Iterator[tuple[Metric, State]]:
    for guardrail in experiment.guardrails:
        if is_of_both(experiment, guardrail.metric, arm.arm):
            yield guardrail.metric, _state(experiment, guardrail, control, arm, planned)


def _state(experiment: Experiment, guardrail: Guardrail, control: ArmCounts, arm: ArmCounts, planned: int) -> State:
    bounds = bounds_of(experiment, guardrail.metric)
    if guardrail.metric == Metric.LATENCY:
        return state_of(guardrail, slow_ms(control.measured) or 0.0, slow_difference(control, arm, planned, *bounds))
    pair = pair_of(guardrail.metric, control, arm)
    if pair is None:
        return State.OPEN
    if pair.control.value == pair.arm.value == 0:
        return State.SAFE if is_ruled_out(guardrail.margin, pair.arm.n, bounds[0]) else State.OPEN
    return state_of(guardrail, pair.control.value, difference_interval(pair, planned, *bounds))


def _primary(experiment: Experiment, control: ArmCounts, arm: ArmCounts) -> float:
    pair = pair_of(experiment.primary, control, arm)
    return pair.difference if pair else 0.0
