"""From a ranker's score to a probability that can be trusted."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

N_BINS = 60
"""Bins of equal hits before the isotonic fit: with 60 the top one still holds a sixtieth of all hits, so no lucky few
claim certainty."""


LEAST = 1e-7
"""Least probability at a knot: where nothing came true, the scores still tell one pair from another."""


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """A rising line of straight pieces from score to probability.

    Attributes:
        scores: Knots, rising, shape (n_knots,), float64.
        probabilities: At the knots, rising, shape (n_knots,), float64.
    """

    scores: NDArray[np.float64]
    probabilities: NDArray[np.float64]

    def __call__(self, score: NDArray[np.floating]) -> NDArray[np.float32]:
        """Probability of each score, shape as given, float32; beyond the outer knots it stays as it is there."""
        return np.asarray(np.interp(score, self.scores, self.probabilities), dtype=np.float32)


IDENTITY = Calibration(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
"""For scores that are probabilities already."""


def fit_calibration(
    score: NDArray[np.floating], outcome: NDArray[np.floating], weight: NDArray[np.floating]
) -> Calibration:
    """Isotonic regression on bins of equal hits, joined by straight lines so that no two scores become one.

    Args:
        score: Of pairs the ranker has not seen, 0 to 1, shape (n_pairs,).
        outcome: Share of the pair's pages that came true, shape (n_pairs,).
        weight: Pages, shape (n_pairs,).

    Returns:
        IDENTITY where nothing came true.

    Zadrozny and Elkan (2002), Transforming Classifier Scores into Accurate Multiclass Probability Estimates.
    """
    hits = outcome * weight
    if not hits.sum() > 0:
        return IDENTITY
    order = np.argsort(score, kind="stable")
    score, hits, weight = score[order].astype(np.float64), hits[order], weight[order]
    # Half of the bins by hits, for the sure end; half by pages, for the many pairs that hardly ever come true.
    share = (np.cumsum(hits) / hits.sum() + np.cumsum(weight) / weight.sum()) / 2
    bins = np.minimum((share * N_BINS).astype(int), N_BINS - 1)
    pages, came = np.bincount(bins, weight), np.bincount(bins, hits)
    held = pages > 0
    middle = np.bincount(bins, score * weight)[held] / pages[held]
    isotonic = IsotonicRegression(y_min=0, y_max=1)
    fitted = isotonic.fit(middle, came[held] / pages[held], sample_weight=pages[held]).predict(middle)
    # One knot for each level, at the mean of its scores.
    level = np.unique(fitted, return_inverse=True)[1]
    mass = np.bincount(level, pages[held])
    knots = np.bincount(level, middle * pages[held]) / mass
    levels = np.bincount(level, fitted * pages[held]) / mass
    levels = np.maximum(levels, LEAST)
    below, above = min(0.0, float(knots[0]) - 1e-9), max(1.0, float(knots[-1]) + 1e-9)
    last = min(1.0, levels[-1] * (1 + 1e-3))
    return Calibration(np.concatenate(([below], knots, [above])), np.concatenate(([0.0], levels, [last])))
