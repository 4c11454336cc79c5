"""What a test says, in words that need no statistics."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from experiments.analysis.caveats import caveats_of
from experiments.analysis.effects import Effect, effect_of, effects_of
from experiments.analysis.glossary import GAINS, HARMS
from experiments.analysis.guardrails import State
from experiments.analysis.headline import headline_of, is_unseen
from experiments.analysis.judgement import ArmJudgement, Judgement, Outcome, is_deciding, judge
from experiments.analysis.power import Plan, plans_of
from experiments.analysis.sample_ratio import SampleRatio, sample_ratios_of
from experiments.analysis.sums import Counts
from experiments.analysis.wording import change_text, effect_text, margin_text
from experiments.definition import Experiment, Guardrail, Metric


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
        headline=headline_of(experiment, counts, judgement, effects, ratios, deciding, now),
        sentences=() if is_unseen(counts) else tuple(_sentences(experiment, judgement, effects, now)),
        warnings=tuple(caveats_of(experiment, counts, judgement.arms, effects, now)),
        arms=judgement.arms,
    )
    return Analysis(verdict, effects, ratios, plans)


def _sentences(
    experiment: Experiment, judgement: Judgement, effects: tuple[Effect, ...], now: datetime
) -> Iterator[str]:
    for name, arm in judgement.arms.items():
        primary = effect_of(effects, name, experiment.primary)
        if primary is None:
            yield f"{name}: nothing to compare yet."
            continue
        yield effect_text(experiment, primary)
        if now >= experiment.ends_at and primary.p_value is not None:
            change = change_text(primary, primary.fixed, primary.fixed_relative)
            yield f"{name}, read once at the end: {change}, p = {primary.p_value:.2g})."
        for guardrail in experiment.guardrails:
            found = effect_of(effects, name, guardrail.metric)
            if found is not None and arm.guardrails.get(guardrail.metric) == State.HARMED:
                is_told = (judgement.arm, judgement.metric) == (name, guardrail.metric)
                yield from _harm(experiment, found, guardrail, is_told=is_told)
        if arm.is_better and arm.harmed:
            yield f"{name} {GAINS[experiment.primary].gets} but must not ship: {HARMS[arm.harmed].why}."


def _harm(experiment: Experiment, effect: Effect, guardrail: Guardrail, *, is_told: bool) -> Iterator[str]:
    """Of what the headline tells nothing but the margin."""
    margin = margin_text(guardrail.metric, guardrail.margin)
    if not is_told:
        allowed = f", more than the {margin} allowed" if guardrail.margin else ""
        yield f"Harm: {effect_text(experiment, effect).removesuffix('.')}{allowed}."
    elif guardrail.margin:
        yield f"{effect.arm}: that is more than the {margin} allowed for {HARMS[guardrail.metric].data}."
