"""Reliability: of what was shown as 20 % probable, was a fifth bought?"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from training.bootstrap import CONFIDENCE, percentile_interval, resampled_ratios
from training.evaluation import Figure
from training.shown import Shown

N_BINS = 15
"""Bins where probabilities allow it, as in Guo et al. (2017)."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Shown items of about one probability.

    Attributes:
        n_shown: Shown items, 1 or more.
        stated: Their mean probability.
        bought: Share of them that were bought too.
    """

    n_shown: int
    stated: float
    bought: Figure


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """What the lists say against what happened.

    Attributes:
        k: Length of the lists; an item further down is not asked about.
        bins: From the least probable to the most; none where nothing was shown.
        error: Expected calibration error, in probability: 0.02 is two percentage points off on average.
        error_by_chance: What the error would be on this many pages if every probability were right.
    """

    k: int
    bins: tuple[Bin, ...]
    error: Figure
    error_by_chance: float

    @property
    def n_shown(self) -> int:
        """Shown items in all."""
        return sum(one.n_shown for one in self.bins)

    def as_dict(self) -> Mapping[str, object]:
        """Plain values for JSON."""
        return asdict(self)


def reliability(shown: Shown, *, n_bootstrap: int, seed: int, n_bins: int = N_BINS) -> Reliability:
    """Compare probabilities with outcomes, in bins of equal mass.

    The error is the mean over shown items of how far their bin's mean probability is from the share bought. Chance
    alone moves every bin, and always upwards the error; so its interval is the figure give or take what the bins of
    95 % of the resamples, taken together, stray from theirs. That errs on the wide side.

    Args:
        shown: Published lists, whose scores are probabilities.
        n_bootstrap: Resamples of orders behind each interval.
        seed: Seed of the resampling.
        n_bins: Most bins; equal probabilities share one, so ties leave fewer.

    Naeini, Cooper and Hauskrecht (2015), Obtaining Well Calibrated Probabilities Using Bayesian Binning; Guo et al.
    (2017), On Calibration of Modern Neural Networks; Nguyen and O'Connor (2015), Posterior Calibration and
    Exploratory Analysis: bins of equal mass.
    """
    k = shown.item.shape[1]
    case, rank = np.nonzero(shown.item >= 0)
    if len(case) == 0:
        return Reliability(k, (), Figure(0.0, 0.0, 0.0), 0.0)
    probability = shown.score[case, rank].astype(np.float64)
    of_bin = _bins(probability, n_bins)
    n_held = int(of_bin.max()) + 1
    cell = shown.cluster[case] * n_held + of_bin

    def sums(values: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        flat = np.bincount(cell, values, shown.n_clusters * n_held).astype(np.float64)
        return flat.reshape(shown.n_clusters, n_held)

    n_shown, bought, stated = sums(), sums(shown.hit[case, rank].astype(np.float64)), sums(probability)
    every = np.repeat(n_shown.sum(axis=1, keepdims=True), n_held, axis=1)
    drawn = resampled_ratios(
        np.hstack((bought, stated - bought)), np.hstack((n_shown, every)), n_bootstrap=n_bootstrap, seed=seed
    )
    share_bought = bought.sum(axis=0) / n_shown.sum(axis=0)
    gap = (stated - bought).sum(axis=0) / len(case)
    strayed = np.abs(drawn[:, n_held:] - gap).sum(axis=1)
    error, reach = float(np.abs(gap).sum()), float(np.quantile(strayed, CONFIDENCE))
    bins = tuple(
        Bin(
            int(n_shown[:, place].sum()),
            float(stated[:, place].sum() / n_shown[:, place].sum()),
            Figure(float(share_bought[place]), *percentile_interval(drawn[:, place])),
        )
        for place in range(n_held)
    )
    return Reliability(k, bins, Figure(error, max(0.0, error - reach), min(1.0, error + reach)), float(strayed.mean()))


def _bins(probability: NDArray[np.float64], n_bins: int) -> NDArray[np.int64]:
    """Dense bin number of each, ascending with it: as near to equal mass as ties let them be."""
    ordered = np.sort(probability)
    cuts = ordered[(np.arange(1, n_bins) * len(ordered)) // n_bins]
    return np.unique(np.searchsorted(cuts, probability, side="right"), return_inverse=True)[1].astype(np.int64)
