"""How the probability of a false alarm is shared among all that could give one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import false_discovery_control

from experiments.definition import Experiment


@dataclass(frozen=True, slots=True)
class Alphas:
    """What each bound may be wrong with, ever; together the experiment's alpha.

    Attributes:
        win: That an arm's primary metric seems better.
        harm: That it seems worse, and of each guardrail of each arm that it seems harmed.
    """

    win: float
    harm: float


def alphas_of(experiment: Experiment) -> Alphas:
    """Half of it for winners, half for harm, each in equal parts (Bonferroni) over arms and metrics.

    Args:
        experiment: The test.
    """
    n_compared = max(len(experiment.shown_arms) - 1, 1)
    half = experiment.alpha / 2
    return Alphas(half / n_compared, half / (n_compared * (1 + len(experiment.guardrails))))


def adjusted(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """The least false discovery rate at which each is a discovery, in the same order; None stays None and counts not.

    Args:
        p_values: Of metrics and arms.

    Benjamini and Hochberg (1995), Controlling the False Discovery Rate.
    """
    known = np.array([value for value in p_values if value is not None], dtype=np.float64)
    if not known.size:
        return tuple(None for _ in p_values)
    found = iter(false_discovery_control(known).tolist())
    return tuple(None if value is None else next(found) for value in p_values)
