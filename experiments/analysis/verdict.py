"""What a test says, in words that need no statistics."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from experiments.analysis.effects import Effect, effects_of
from experiments.analysis.figures import percent
from experiments.analysis.guardrails import State
from experiments.analysis.judgement import ArmJudgement, Judgement, Outcome, is_deciding, judge
from experiments.analysis.power import Plan, plans_of
from experiments.analysis.sample_ratio import SampleRatio, sample_ratios_of
from experiments.analysis.sums import Counts
from experiments.analysis.wording import SAFE, UNITS, change_text, margin_text, phrase, share_text, value_text
from experiments.definition import Experiment, Metric

MANY_CROSSED = 0.05
"""Share of units that met more than one arm from which on whoever is left is not like everybody."""
MUCH_LOST = 0.5
"""Share of the smallest effect: so many more of one arm's units gone make a difference of their own, not much smaller
than what is looked for."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of a test.

    Attributes:
        outcome: What is to be done.
        arm: To ship, or that harms.
        metric: That is harmed.
        headline: One sentence.
        sentences: What it rests on, arm by arm.
        warnings: What makes it less sure than it seems.
        arms: Of each arm but the control.
    """

    outcome: Outcome
    arm: str | None
    metric: Metric | None
    headline: str
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]
    arms: Mapping[str, ArmJudgement]


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that is worked out of a test's counts.

    Attributes:
        verdict: What is to be done.
        effects: Each metric of each arm.
        sample_ratios: Of units first, then of strata.
        plans: Of each arm but the control.
    """

    verdict: Verdict
    effects: tuple[Effect, ...]
    sample_ratios: tuple[SampleRatio, ...]
    plans: tuple[Plan, ...]


def analysis_of(experiment: Experiment, counts: Counts, now: datetime) -> Analysis:
    """Everything that a report shows.

    Args:
        experiment: The test.
        counts: Of it.
        now: UTC.
    """
    effects, ratios = effects_of(experiment, counts), sample_ratios_of(experiment, counts)
    plans, judgement = plans_of(experiment, counts), judge(experiment, counts)
    deciding = tuple(plan for plan in plans if is_deciding(experiment, plan.arm))
    verdict = Verdict(
        outcome=judgement.outcome,
        arm=judgement.arm,
        metric=judgement.metric,
        headline=_headline(experiment, judgement, effects, ratios, deciding, now),
        sentences=tuple(_sentences(experiment, judgement, effects, now)),
        warnings=tuple(_warnings(experiment, counts, judgement, effects, deciding, now)),
        arms=judgement.arms,
    )
    return Analysis(verdict, effects, ratios, plans)


def _headline(
    experiment: Experiment,
    judgement: Judgement,
    effects: tuple[Effect, ...],
    ratios: tuple[SampleRatio, ...],
    plans: tuple[Plan, ...],
    now: datetime,
) -> str:
    match judgement.outcome:
        case Outcome.BROKEN:
            return "Broken: " + _mismatch(next(ratio for ratio in ratios if ratio.is_broken))
        case Outcome.STOP_FOR_HARM:
            harmed = _effect(effects, judgement.arm, judgement.metric)
            return f"Stop for harm: {_told(experiment, harmed)}" if harmed else "Stop for harm."
        case Outcome.SHIP:
            better = _effect(effects, judgement.arm, experiment.primary)
            return f"Ship {_told(experiment, better)}" if better else f"Ship {judgement.arm}."
        case Outcome.NO_DIFFERENCE:
            smallest = value_text(Metric.BUYERS, experiment.smallest_effect)
            names = [name for name in judgement.arms if is_deciding(experiment, name)]
            are = f"{', '.join(names)} {'is' if len(names) == 1 else 'are'}"
            return f"No difference worth having: {are} within {smallest} of {experiment.control}."
    if now >= experiment.ends_at:
        return "Undecided at its end: no arm is shown to be better, worse, or no different."
    days = [plan.days_to_go for plan in plans]
    if not days or None in days:
        return "Keep running: there are too few units to say how long."
    longest = max(day for day in days if day is not None)
    if not longest:
        return "Keep running: it has all the units planned for, and what it finds is smaller than what was looked for."
    return (
        f"Keep running: about {longest} more days, at the rate of the last ones; what those who come last do is in up "
        f"to {experiment.window_days} days later."
    )


def _sentences(
    experiment: Experiment, judgement: Judgement, effects: tuple[Effect, ...], now: datetime
) -> Iterator[str]:
    for name, arm in judgement.arms.items():
        primary = _effect(effects, name, experiment.primary)
        if primary is None:
            yield f"{name}: nothing to compare yet."
            continue
        yield _told(experiment, primary)
        if now >= experiment.ends_at and primary.p_value is not None:
            change = change_text(primary, primary.fixed, primary.fixed_relative)
            yield f"{name}, read once at the end: {change}, p = {primary.p_value:.2g})."
        for guardrail in experiment.guardrails:
            found = _effect(effects, name, guardrail.metric)
            if found is not None and arm.guardrails.get(guardrail.metric) == State.HARMED:
                allowed = f", more than the {margin_text(guardrail.metric, guardrail.margin)} allowed"
                yield f"Harm: {_told(experiment, found).removesuffix('.')}{allowed if guardrail.margin else ''}."
        if arm.is_better and arm.harmed:
            yield f"{name} wins by {experiment.primary} and is not to be shipped, for what it does to {arm.harmed}."


def _warnings(
    experiment: Experiment,
    counts: Counts,
    judgement: Judgement,
    effects: tuple[Effect, ...],
    plans: tuple[Plan, ...],
    now: datetime,
) -> Iterator[str]:
    for counted in counts.arms.values():
        if len(counted.model_versions) > 1:
            versions = ", ".join(counted.model_versions)
            yield f"{counted.arm} was answered by versions {versions}: what is seen is of all of them together."
    n_units = sum(counted.n_units for counted in counts.arms.values())
    if counts.n_crossed > MANY_CROSSED * (n_units + counts.n_crossed):
        units = UNITS[experiment.unit]
        yield f"{counts.n_crossed:,} {units} met more than one arm and are in none, beside {n_units:,} that are in one."
    yield from _uneven_losses(experiment, counts)
    for name, arm in judgement.arms.items():
        if arm.outcome == Outcome.SHIP:
            yield from _not_ruled_out(experiment, name, arm, effects)
    for plan in plans if judgement.outcome == Outcome.KEEP_RUNNING else ():
        days_left = (experiment.ends_at - now) / timedelta(days=1)
        if plan.days_to_go is not None and 0 < days_left < plan.days_to_go:
            yield f"{plan.arm} needs {plan.days_to_go} more days, and the test ends in {days_left:.0f}."
    complete = experiment.ends_at + timedelta(days=experiment.window_days)
    if experiment.ends_at <= now < complete:
        yield f"What {UNITS[experiment.unit]} do counts until {complete:%Y-%m-%d}: these are not the last figures."


def _uneven_losses(experiment: Experiment, counts: Counts) -> Iterator[str]:
    """If those who left an arm were its shoppers who do not buy, whoever stayed buys more by as large a share."""
    shares = {
        name: counted.n_left / (counted.n_units + counted.n_left)
        for name, counted in counts.arms.items()
        if counted.n_units + counted.n_left
    }
    of_control = shares.pop(experiment.control, 0.0)
    for name, share in shares.items():
        if abs(share - of_control) > MUCH_LOST * experiment.smallest_effect:
            left, beside = (value_text(Metric.OPT_OUTS, one) for one in (share, of_control))
            yield (
                f"{left} of {name}'s {UNITS[experiment.unit]} left, {beside} of {experiment.control}'s: what was "
                "bought and clicked is of who stayed, and may be better or worse for that alone."
            )


def _not_ruled_out(experiment: Experiment, name: str, arm: ArmJudgement, effects: tuple[Effect, ...]) -> Iterator[str]:
    for guardrail in experiment.guardrails:
        if arm.guardrails.get(guardrail.metric) != State.OPEN:
            continue
        found = _effect(effects, name, guardrail.metric)
        if found is None or found.always_valid is None:
            yield f"{name}: whether it harms {guardrail.metric} cannot be told."
        else:
            worst = phrase(guardrail.metric, found.control_value + found.always_valid.high, experiment.unit)
            seen = value_text(guardrail.metric, found.arm_value)
            yield f"{name}: that {worst} is not ruled out, where {seen} was seen."


def _told(experiment: Experiment, effect: Effect) -> str:
    """Such as "new: 12.1 % of shoppers bought, 11.4 % with control: +6.1 % (+1.2 % to +11.0 %, ...)."."""
    seen = phrase(effect.metric, effect.arm_value, experiment.unit, effect.currency)
    beside = value_text(effect.metric, effect.control_value, effect.currency)
    change = change_text(effect, effect.always_valid, effect.always_valid_relative)
    told = f"{effect.arm}: {seen}, {beside} with {experiment.control}"
    return f"{told}: {change}, {SAFE})." if change else f"{told}; too few to say more."


def _mismatch(ratio: SampleRatio) -> str:
    chance = f"p = {ratio.always_valid_p_value:.2g}, {SAFE}"
    return f"{_uneven(ratio)}; {chance}. Find out what is lost before anything else is read."


def _uneven(ratio: SampleRatio) -> str:
    if ratio.answers is not None:
        (first, *others) = (
            (f"of {name}'s {ratio.answers[name]:,}", percent(seen / ratio.answers[name]))
            for name, seen in ratio.observed.items()
        )
        return ", ".join([f"{first[0]} answers {first[1]} were reported as seen", *map(" ".join, others)])
    n = sum(ratio.observed.values())
    arms = "; ".join(
        f"{name} has {count:,} where {n * ratio.expected[name]:,.0f} are due "
        f"({share_text(count / (n * ratio.expected[name]) - 1)})"
        for name, count in ratio.observed.items()
    )
    return f"of {n:,} {ratio.of} {arms}"


def _effect(effects: tuple[Effect, ...], arm: str | None, metric: Metric | None) -> Effect | None:
    return next((effect for effect in effects if (effect.arm, effect.metric) == (arm, metric)), None)
