"""What each arm changed of each metric."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import tea_tasting.aggr
import tea_tasting.metrics

from experiments.analysis.estimates import Interval, Pair, pair_of, sums_of
from experiments.analysis.judgement import bounds_of, is_of_both
from experiments.analysis.multiplicity import adjusted
from experiments.analysis.power import arm_share, n_planned
from experiments.analysis.quantiles import fixed_slow_difference, n_independent, slow_difference, slow_ms
from experiments.analysis.sequential import difference_interval, relative_interval
from experiments.analysis.sums import ArmCounts, Counts, MetricSums
from experiments.definition import GUARDRAILS, Experiment, Metric


@dataclass(frozen=True, slots=True)
class Effect:
    """One metric of one arm beside the control's. What cannot be told is None.

    Attributes:
        arm: Compared with the control.
        metric: What.
        n_control: Units of the control.
        n_arm: Units of the arm.
        control_value: The control's as it was seen, in the metric's own unit.
        arm_value: The arm's, likewise.
        difference: The arm's less the control's, with the covariate taken off both where there is one.
        relative: That as a share of the control's; None where the control's was seen to be 0.
        fixed: Interval of the difference, right with 1 - alpha where it is read once.
        fixed_relative: The same of the relative difference.
        p_value: Two-sided, where it is read once.
        adjusted_p_value: False discovery rate among all arms' secondary metrics; None of the primary metric.
        always_valid: Interval of the difference that may be looked at any day; each end by what it may be wrong with.
        always_valid_relative: The same of the relative difference.
        currency: Of money; empty where nothing that was bought named one.
    """

    arm: str
    metric: Metric
    n_control: int
    n_arm: int
    control_value: float
    arm_value: float
    difference: float
    relative: float | None
    fixed: Interval | None = None
    fixed_relative: Interval | None = None
    p_value: float | None = None
    adjusted_p_value: float | None = None
    always_valid: Interval | None = None
    always_valid_relative: Interval | None = None
    currency: str = ""

    @property
    def less_is_better(self) -> bool:
        """Whether it is a guardrail's metric."""
        return self.metric in GUARDRAILS


def effects_of(experiment: Experiment, counts: Counts) -> tuple[Effect, ...]:
    """Every metric that was counted of both, for each arm but the control, in the order of the definition: the primary
    metric first.

    Args:
        experiment: The test.
        counts: Of it.
    """
    control = counts.arms.get(experiment.control)
    if control is None:
        return ()
    found = [
        effect
        for arm in experiment.shown_arms
        if arm.name != experiment.control and arm.name in counts.arms
        for effect in _effects(experiment, control, counts.arms[arm.name])
    ]
    secondary = adjusted([None if effect.metric == experiment.primary else effect.p_value for effect in found])
    return tuple(
        replace(effect, adjusted_p_value=p, currency=counts.currency)
        for effect, p in zip(found, secondary, strict=True)
    )


def effect_of(effects: tuple[Effect, ...], arm: str | None, metric: Metric | None) -> Effect | None:
    """What an arm changed of a metric; None where that was not counted.

    Args:
        effects: Of a test.
        arm: Its name.
        metric: Any.
    """
    return next((effect for effect in effects if (effect.arm, effect.metric) == (arm, metric)), None)


def _effects(experiment: Experiment, control: ArmCounts, arm: ArmCounts) -> Iterator[Effect]:
    share = arm_share(experiment, arm.arm)
    planned = n_planned(pair_of(experiment.primary, control, arm), experiment, share)
    for metric in (experiment.primary, *(metric for metric in Metric if metric != experiment.primary)):
        if not is_of_both(experiment, metric, arm.arm):
            continue
        effect = (
            _latency_effect(experiment, control, arm, planned)
            if metric == Metric.LATENCY
            else _effect(experiment, metric, control, arm, planned)
        )
        if effect is not None:
            yield effect


def _effect(experiment: Experiment, metric: Metric, control: ArmCounts, arm: ArmCounts, planned: int) -> Effect | None:
    left, right = sums_of(metric, control), sums_of(metric, arm)
    pair = pair_of(metric, control, arm)
    if left is None or right is None or pair is None:
        return None
    bounds = bounds_of(experiment, metric)
    # With a covariate the control's 0 is next to 0, and any difference many times that.
    is_relative = left.x > 0 and pair.control.value > 0
    effect = Effect(
        arm=arm.arm,
        metric=metric,
        n_control=pair.control.n,
        n_arm=pair.arm.n,
        control_value=left.x / left.y,
        arm_value=right.x / right.y,
        difference=pair.difference,
        relative=pair.difference / pair.control.value if is_relative else None,
        always_valid=difference_interval(pair, planned, *bounds),
        always_valid_relative=relative_interval(pair, planned, *bounds) if is_relative else None,
    )
    return _with_fixed(effect, pair, left, right, experiment.alpha)


def _with_fixed(effect: Effect, pair: Pair, control: MetricSums, arm: MetricSums, alpha: float) -> Effect:
    if pair.variance == 0:
        return effect
    found = tea_tasting.metrics.RatioOfMeans("x", "y", "c", confidence_level=1 - alpha).analyze_aggregates(
        _aggregates(control), _aggregates(arm)
    )
    relative = Interval(found.rel_effect_size_ci_lower, found.rel_effect_size_ci_upper)
    return replace(
        effect,
        fixed=Interval(found.effect_size_ci_lower, found.effect_size_ci_upper),
        # By logarithms, so there is none where a value is not over 0.
        fixed_relative=relative
        if effect.relative is not None and all(map(math.isfinite, relative)) and pair.arm.value > 0
        else None,
        p_value=found.pvalue,
    )


def _aggregates(sums: MetricSums) -> tea_tasting.aggr.Aggregates:
    n = sums.n

    def spread(left: float, right: float, products: float) -> float:
        return (products - left * right / n) / (n - 1)

    return tea_tasting.aggr.Aggregates(
        count_=n,
        mean_={"x": sums.x / n, "y": sums.y / n, "c": sums.c / n},
        var_={
            "x": spread(sums.x, sums.x, sums.xx),
            "y": spread(sums.y, sums.y, sums.yy),
            "c": spread(sums.c, sums.c, sums.cc),
        },
        cov_={
            ("x", "y"): spread(sums.x, sums.y, sums.xy),
            ("x", "c"): spread(sums.x, sums.c, sums.xc),
            ("y", "c"): spread(sums.y, sums.c, sums.yc),
        },
    )


def _latency_effect(experiment: Experiment, control: ArmCounts, arm: ArmCounts, planned: int) -> Effect | None:
    left, right = slow_ms(control.measured), slow_ms(arm.measured)
    if left is None or right is None:
        return None
    always_valid = slow_difference(control, arm, planned, *bounds_of(experiment, Metric.LATENCY))
    return Effect(
        arm=arm.arm,
        metric=Metric.LATENCY,
        n_control=n_independent(control),
        n_arm=n_independent(arm),
        control_value=left,
        arm_value=right,
        difference=right - left,
        relative=(right - left) / left if left else None,
        fixed=fixed_slow_difference(control, arm, experiment.alpha),
        always_valid=always_valid,
    )
