"""All that is told of a test, in one value: nothing but mappings, lists, texts and numbers, as JSON has them."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, TypeAlias

from experiments.analysis.effects import Effect
from experiments.analysis.estimates import Interval, pair_of
from experiments.analysis.figures import kind_of
from experiments.analysis.judgement import bounds_of
from experiments.analysis.power import Plan, arm_share, n_planned
from experiments.analysis.quantiles import slow_ms
from experiments.analysis.sample_ratio import SampleRatio
from experiments.analysis.sequential import difference_interval
from experiments.analysis.sums import ArmCounts, Counts, MetricSums, Served
from experiments.analysis.verdict import analysis_of
from experiments.definition import Experiment, Metric
from experiments.plain import to_plain

Report: TypeAlias = dict[str, Any]

FORM = 1
"""Of the keys: keys may be added to it, and another number would be another meaning of one."""


def report_of(experiment: Experiment, counts: Counts, now: datetime) -> Report:
    """All that is told of a test.

    Keys, of which none is missing; what cannot be told is None, and so is an end of an interval that nothing bounds:

    - form: FORM. as_of: of the analysis, ISO 8601.
    - experiment: the definition, with `share`, of the layer's traffic.
    - verdict: outcome (experiments.analysis.judgement.Outcome), arm, metric, headline, sentences, warnings.
    - arms: by name units, exposures, units_by_tier, left, opted_out, muted, model_versions, and measured and
      unmeasured: answers, quiet, slow_ms (the time in which nine of ten were made).
    - effects: a list, the primary metric of each arm first: arm, metric, kind (experiments.analysis.figures.Kind),
      is_primary, guardrail (None, or margin and state), control_units, arm_units, control_value, arm_value, difference,
      relative, p_value, adjusted_p_value, and fixed, fixed_relative, always_valid, always_valid_relative: [low, high].
    - sample_ratios: a list: of, observed and expected by arm, p_value, always_valid_p_value, threshold, is_broken,
      answers (by arm, that servers gave, of what pages reported; else None).
    - plans: a list: arm, units, units_per_day, units_needed, days_to_go, units_needed_fixed, days_to_go_fixed.
    - days: a list: day, arm, units, difference, always_valid: of the primary metric, of all units that came up to then.
    - shadows: by name answers, quiet, slow_ms (of choosing alone) and agreement: of the items that it or the page
      beside it had, the share that both had.
    - first_day, last_day, crossed_units, currency, foreign_purchases, unpriced_purchases.

    Args:
        experiment: The test.
        counts: Of it.
        now: UTC.
    """
    analysis = analysis_of(experiment, counts, now)
    verdict = analysis.verdict
    return {
        "form": FORM,
        "as_of": now.isoformat(),
        "experiment": {**to_plain(experiment), "share": experiment.share},
        "verdict": {
            "outcome": str(verdict.outcome),
            "arm": verdict.arm,
            "metric": None if verdict.metric is None else str(verdict.metric),
            "headline": verdict.headline,
            "sentences": list(verdict.sentences),
            "warnings": list(verdict.warnings),
        },
        "arms": {name: _arm(counted) for name, counted in counts.arms.items()},
        "effects": [_effect(experiment, effect, _states(verdict.arms, effect.arm)) for effect in analysis.effects],
        "sample_ratios": [_ratio(ratio) for ratio in analysis.sample_ratios],
        "plans": [_plan(plan) for plan in analysis.plans],
        "days": list(_days(experiment, counts)),
        "shadows": {name: _shadow(served) for name, served in counts.shadows.items()},
        "first_day": _iso(counts.first_day),
        "last_day": _iso(counts.last_day),
        "crossed_units": counts.n_crossed,
        "currency": counts.currency,
        "foreign_purchases": counts.n_foreign,
        "unpriced_purchases": counts.n_unpriced,
    }


def answers_of(served: Served) -> Report:
    """What is told of answers: how many, how many of them were quiet, and how slow nine of ten were at most.

    Args:
        served: Of one arm.
    """
    return {"answers": served.n_answers, "quiet": served.n_quiet, "slow_ms": slow_ms(served)}


def _arm(counted: ArmCounts) -> Report:
    return {
        "units": counted.n_units,
        "exposures": counted.n_exposures,
        "units_by_tier": dict(counted.n_units_by_tier),
        "left": counted.n_left if counted.is_tallied else None,
        "opted_out": counted.n_opted_out if counted.is_tallied else None,
        "muted": counted.n_muted if counted.is_tallied else None,
        "model_versions": list(counted.model_versions),
        "measured": answers_of(counted.measured),
        "unmeasured": answers_of(counted.unmeasured),
    }


def _shadow(served: Served) -> Report:
    agreement = served.n_both / served.n_either if served.n_either else None
    return {**answers_of(served), "agreement": agreement}


def _states(arms: Mapping[str, Any], name: str) -> Mapping[Metric, Any]:
    states: Mapping[Metric, Any] = arms[name].guardrails if name in arms else {}
    return states


def _effect(experiment: Experiment, effect: Effect, states: Mapping[Metric, Any]) -> Report:
    margins = {guardrail.metric: guardrail.margin for guardrail in experiment.guardrails}
    guardrail = None
    if effect.metric in margins:
        state = states.get(effect.metric)
        guardrail = {"margin": margins[effect.metric], "state": None if state is None else str(state)}
    return {
        "arm": effect.arm,
        "metric": str(effect.metric),
        "kind": kind_of(effect.metric).value,
        "is_primary": effect.metric == experiment.primary,
        "guardrail": guardrail,
        "control_units": effect.n_control,
        "arm_units": effect.n_arm,
        "control_value": _number(effect.control_value),
        "arm_value": _number(effect.arm_value),
        "difference": _number(effect.difference),
        "relative": _number(effect.relative),
        "fixed": _ends(effect.fixed),
        "fixed_relative": _ends(effect.fixed_relative),
        "p_value": _number(effect.p_value),
        "adjusted_p_value": _number(effect.adjusted_p_value),
        "always_valid": _ends(effect.always_valid),
        "always_valid_relative": _ends(effect.always_valid_relative),
    }


def _ratio(ratio: SampleRatio) -> Report:
    return {
        "of": ratio.of,
        "observed": dict(ratio.observed),
        "expected": dict(ratio.expected),
        "p_value": ratio.p_value,
        "always_valid_p_value": ratio.always_valid_p_value,
        "threshold": ratio.threshold,
        "is_broken": ratio.is_broken,
        "answers": None if ratio.answers is None else dict(ratio.answers),
    }


def _plan(plan: Plan) -> Report:
    return {
        "arm": plan.arm,
        "units": plan.n_so_far,
        "units_per_day": plan.units_per_day,
        "units_needed": plan.n_always_valid,
        "days_to_go": plan.days_to_go,
        "units_needed_fixed": plan.n_fixed,
        "days_to_go_fixed": plan.days_to_go_fixed,
    }


def _days(experiment: Experiment, counts: Counts) -> Iterator[Report]:
    """The primary metric as it stood with the units that came up to each day, by what is known of them now."""
    control = counts.arms.get(experiment.control)
    if control is None:
        return
    for name, arm in counts.arms.items():
        if name == experiment.control:
            continue
        planned = n_planned(pair_of(experiment.primary, control, arm), experiment, arm_share(experiment, name))
        days = sorted({*control.metrics_by_day, *arm.metrics_by_day})
        for day, left, right in zip(
            days, _up_to(experiment, control, days), _up_to(experiment, arm, days), strict=True
        ):
            pair = pair_of(experiment.primary, left, right)
            if pair is None:
                continue
            yield {
                "day": day.isoformat(),
                "arm": name,
                "units": pair.n,
                "difference": _number(pair.difference),
                "always_valid": _ends(difference_interval(pair, planned, *bounds_of(experiment, experiment.primary))),
            }


def _up_to(experiment: Experiment, arm: ArmCounts, days: Iterable[date]) -> Iterator[ArmCounts]:
    metric, so_far = experiment.primary, MetricSums(0, 0, 0, 0, 0, 0)
    for day in days:
        so_far += arm.metrics_by_day.get(day, {}).get(metric, MetricSums(0, 0, 0, 0, 0, 0))
        yield replace(arm, metrics={metric: so_far})


def _ends(interval: Interval | None) -> list[float | None] | None:
    return None if interval is None else [_number(interval.low), _number(interval.high)]


def _number(figure: float | None) -> float | None:
    """As JSON has it: no infinity, and no number of another library."""
    return float(figure) if figure is not None and math.isfinite(figure) else None


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
