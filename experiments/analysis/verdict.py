"""What a test says, in words that need no statistics."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from experiments.analysis.effects import Effect
from experiments.analysis.judgement import ArmJudgement, Outcome
from experiments.analysis.power import Plan
from experiments.analysis.sample_ratio import SampleRatio
from experiments.analysis.sums import Counts
from experiments.definition import Experiment, Metric


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
    raise NotImplementedError
