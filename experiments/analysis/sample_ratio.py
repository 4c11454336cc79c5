"""Whether arms have what they should: where not, something loses units or impressions, and no figure is right."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scipy.stats import chisquare

from experiments.analysis.reporting_rate import comparable, reporting_p_values
from experiments.analysis.sums import ArmCounts, Counts
from experiments.definition import Experiment, Unit

REPORTS = "answers reported as seen"
THRESHOLD = 0.001
"""Probability of calling a sound test broken, ever, for all units, again for all strata together, and again for what
pages reported. Low, as for sample ratios it is usual, because a fault found is the end of the test."""
CONCENTRATION = 5_000
"""Of the prior around the shares wanted: a faulty test is taken to be off by 0.7 of 100, as two arms are of which one
loses 3 % of its units."""


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """How many of something each arm has.

    Attributes:
        of: What was counted, in words.
        observed: By arm.
        expected: Shares by arm, of sum 1.
        p_value: Probability of so uneven a split where none is wanted, read once.
        always_valid_p_value: The same at every look at once.
        threshold: An always-valid p-value under it breaks the test.
        answers: That servers gave, of what is reported of them; by arm, of nothing else.
    """

    of: str
    observed: Mapping[str, int]
    expected: Mapping[str, float]
    p_value: float
    always_valid_p_value: float
    threshold: float
    answers: Mapping[str, int] | None = None

    @property
    def is_broken(self) -> bool:
        """Whether so uneven a split is no chance, however often it is looked at."""
        return self.always_valid_p_value < self.threshold


def sample_ratios_of(experiment: Experiment, counts: Counts) -> tuple[SampleRatio, ...]:
    """All units first; then units by what they allowed, and answers for whom an arm was drawn with each request; then
    what pages reported of the answers given.

    Units that left count here, as an arm that drives people away is harmful, not broken. Answers to units that may be
    measured are drawn with the unit, so only where the unit is a request are they independent.

    Args:
        experiment: The test.
        counts: Of it.
    """
    names = [arm.name for arm in experiment.shown_arms if arm.name in counts.arms]
    arms = [counts.arms[name] for name in names]
    weights = [experiment.arm(name).weight for name in names]
    drawn = [weight / sum(weights) for weight in weights]
    kept = kept_shares(drawn, sum(arm.n_units + arm.n_left for arm in arms), counts.n_crossed)
    tiers = sorted({tier for arm in arms for tier in arm.n_units_by_tier})
    strata = [(f"units, {tier}", kept, [_of_tier(arm, tier) for arm in arms]) for tier in tiers if len(tiers) > 1]
    strata.append(("answers to requests nobody may measure", drawn, [arm.unmeasured.n_answers for arm in arms]))
    if experiment.unit == Unit.REQUEST:
        strata.append(("answers to requests that may be measured", drawn, [arm.measured.n_answers for arm in arms]))
    strata = [stratum for stratum in strata if sum(stratum[2])]
    found = [("units", kept, [arm.n_units + arm.n_left for arm in arms], THRESHOLD)] + [
        (*stratum, THRESHOLD / len(strata)) for stratum in strata
    ]
    splits = [
        SampleRatio(
            of=of,
            observed=dict(zip(names, observed, strict=True)),
            expected=dict(zip(names, expected, strict=True)),
            p_value=fixed_p_value(observed, expected),
            always_valid_p_value=always_valid_p_value(observed, expected),
            threshold=threshold,
        )
        for of, expected, observed, threshold in found
    ]
    return *splits, *_of_reports(arms, experiment.control)


def _of_reports(arms: Sequence[ArmCounts], control_name: str) -> Iterator[SampleRatio]:
    """As many of the answers given should be reported of one arm as of another."""
    control = next((arm for arm in arms if arm.arm == control_name), None)
    others = [arm for arm in arms if arm is not control]
    if control is not None and (found := comparable(control, others)):
        answers = {arm.arm: sum(arm.measured.answers_by_group) for arm in arms}
        p_value, always_valid = reporting_p_values(control, found, len(others), THRESHOLD)
        yield SampleRatio(
            of=REPORTS,
            observed={arm.arm: sum(arm.measured.reports_by_group) for arm in arms},
            expected={name: n / sum(answers.values()) for name, n in answers.items()},
            p_value=p_value,
            always_valid_p_value=always_valid,
            threshold=THRESHOLD,
            answers=answers,
        )


def fixed_p_value(observed: Sequence[int], expected: Sequence[float]) -> float:
    """Probability of so uneven a split or a worse one; 1 of nothing.

    Args:
        observed: Counts by arm.
        expected: Shares by arm, of sum 1.

    Pearson (1900); Fabijan et al. (2019), Diagnosing Sample Ratio Mismatch in Online Controlled Experiments.
    """
    n = sum(observed)
    return float(chisquare(observed, [n * share for share in expected]).pvalue) if n else 1.0


def always_valid_p_value(observed: Sequence[int], expected: Sequence[float]) -> float:
    """Reaches any p with probability p or less, at whatever time it is looked at, where the split is as expected.

    The inverse of the Bayes factor of shares around the expected ones (Dirichlet) against those themselves.

    Args:
        observed: Counts by arm.
        expected: Shares by arm, of sum 1.

    Lindon and Malek (2022), Anytime-Valid Inference for Multinomial Count Data.
    """
    n = sum(observed)
    log_factor = math.lgamma(CONCENTRATION) - math.lgamma(CONCENTRATION + n)
    for count, share in zip(observed, expected, strict=True):
        prior = CONCENTRATION * share
        log_factor += math.lgamma(prior + count) - math.lgamma(prior) - count * math.log(share)
    return math.exp(-max(log_factor, 0.0))


def kept_shares(drawn: Sequence[float], n_kept: int, n_crossed: int) -> list[float]:
    """Shares of the units that met one arm alone, of arms drawn with the shares given.

    Whoever was drawn twice is left out where the two arms differ, which leaves fewer of a small arm: of those, w^2 of
    each arm with weight w. With equal weights nothing changes.

    Args:
        drawn: Shares by arm, of sum 1.
        n_kept: Units in one arm alone.
        n_crossed: Units left out.
    """
    alike = sum(share * share for share in drawn)
    if not n_kept or alike == 1:
        return list(drawn)
    n_twice = min(n_crossed / (1 - alike), n_kept / alike)
    return [((n_kept - n_twice * alike) * share + n_twice * share * share) / n_kept for share in drawn]


def _of_tier(arm: ArmCounts, tier: str) -> int:
    """Of the tier's units, those that left too: as many as its share of the units."""
    n = arm.n_units_by_tier.get(tier, 0)
    return n + round(arm.n_left * n / arm.n_units) if arm.n_units else n
