"""Risk and coverage: if only the surest lists spoke, how often would they be right?"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.bootstrap import percentile_interval, resampled_ratios
from training.evaluation import Figure
from training.shown import Shown

N_POINTS = 100
"""Points of a curve: one per percent of the pages. Even, so that half is one of them."""


@dataclass(frozen=True, slots=True, eq=False)
class RiskCoverage:
    """Pages answered from the surest list on, against how often what they showed was bought.

    Attributes:
        k: Length of the lists.
        coverage: Share of the pages answered, ascending to 1, shape (n_points,).
        hit_rate: Share of the answered pages with a bought item among those shown, with its interval's ends, shape
            (n_points, 3): value, low, high. The risk is 1 minus it.
        precision: Share of the shown items that were bought, likewise.
        gain_at_half: Hit rate of the surer half over that of all pages.
        item_gain_at_half: Share bought of the surer half of all the items shown, over that of all of them: what a bar
            on each item's probability is worth, as the server applies it.
        area: Mean of the hit rate over the curve; over the overall hit rate where confidence is worth something.
    """

    k: int
    coverage: NDArray[np.float64]
    hit_rate: NDArray[np.float64]
    precision: NDArray[np.float64]
    gain_at_half: Figure
    item_gain_at_half: Figure
    area: Figure

    @property
    def overall(self) -> Figure:
        """Hit rate with every page answered."""
        return Figure(*self.hit_rate[-1].tolist())

    @property
    def at_half(self) -> Figure:
        """Hit rate with the surer half of the pages answered."""
        return Figure(*self.hit_rate[len(self.coverage) // 2 - 1].tolist())

    def as_dict(self) -> Mapping[str, object]:
        """Plain values for JSON."""
        return {
            "k": self.k,
            "coverage": self.coverage.tolist(),
            "hit_rate": self.hit_rate.tolist(),
            "precision": self.precision.tolist(),
            "gain_at_half": [self.gain_at_half.value, self.gain_at_half.low, self.gain_at_half.high],
            "item_gain_at_half": [
                self.item_gain_at_half.value,
                self.item_gain_at_half.low,
                self.item_gain_at_half.high,
            ],
            "area": [self.area.value, self.area.low, self.area.high],
        }


def risk_coverage(shown: Shown, *, n_bootstrap: int, seed: int) -> RiskCoverage:
    """Answer the pages from the surest list to the least sure.

    A list is as sure as its most probable item; an empty one comes last. Equally sure lists are answered in equal
    parts, so their order is nobody's luck. Resamples keep the pages' order of confidence as it is.

    Args:
        shown: Published lists of one case or more, whose scores are probabilities.
        n_bootstrap: Resamples of orders behind each interval.
        seed: Seed of the resampling.

    El-Yaniv and Wiener (2010), On the Foundations of Noise-Free Selective Classification; Geifman and El-Yaniv (2017),
    Selective Classification for Deep Neural Networks.
    """
    answered = _answered(shown.score.max(axis=1))
    hit = shown.hit.max(axis=1)
    n_hits, n_shown = shown.hit.sum(axis=1), (shown.item >= 0).sum(axis=1)
    above = np.hstack([shown.by_order(*(answered * part)) for part in (hit, n_hits)])
    below = np.hstack([shown.by_order(*(answered * part)) for part in (np.ones(len(hit)), n_shown)])
    value = _with_area_and_gain(_ratio(above.sum(axis=0), below.sum(axis=0))[None])[0]
    drawn = _with_area_and_gain(resampled_ratios(above, below, n_bootstrap=n_bootstrap, seed=seed))
    ends = np.array([percentile_interval(column) for column in drawn.T])
    figures = np.column_stack((value, ends))
    return RiskCoverage(
        k=shown.item.shape[1],
        coverage=_levels(),
        hit_rate=figures[:N_POINTS],
        precision=figures[N_POINTS : 2 * N_POINTS],
        area=Figure(*figures[-2].tolist()),
        gain_at_half=Figure(*figures[-1].tolist()),
        item_gain_at_half=_item_gain(shown, n_bootstrap, seed),
    )


def _item_gain(shown: Shown, n_bootstrap: int, seed: int) -> Figure:
    present = shown.item >= 0
    kept = np.zeros(shown.item.shape)
    if present.any():
        # Equally probable items are kept in equal parts, as lists are above.
        kept[present] = _answered(shown.score[present])[N_POINTS // 2 - 1]
    above = shown.by_order((kept * shown.hit).sum(axis=1), shown.hit.sum(axis=1))
    below = shown.by_order(kept.sum(axis=1), present.sum(axis=1))
    value = _ratio(above.sum(axis=0), below.sum(axis=0))
    drawn = resampled_ratios(above, below, n_bootstrap=n_bootstrap, seed=seed)
    gains = _ratio(drawn[:, 0], drawn[:, 1])
    return Figure(float(_ratio(value[:1], value[1:])[0]), *percentile_interval(gains))


def _levels() -> NDArray[np.float64]:
    return np.arange(1, N_POINTS + 1) / N_POINTS


def _answered(confidence: NDArray[np.floating]) -> NDArray[np.float64]:
    """How much of each case is answered at each coverage, 0 to 1, shape (N_POINTS, n_cases)."""
    _, place, size = np.unique(-confidence, return_inverse=True, return_counts=True)
    before = np.cumsum(size) - size
    n_answered = _levels()[:, None] * len(confidence)
    return np.asarray(np.clip((n_answered - before[place]) / size[place], 0.0, 1.0), dtype=np.float64)


def _with_area_and_gain(curves: NDArray[np.float64]) -> NDArray[np.float64]:
    """Two columns more: the hit rate's mean, and that of the surer half over the overall one."""
    hit_rate = curves[:, :N_POINTS]
    gain = _ratio(hit_rate[:, N_POINTS // 2 - 1], hit_rate[:, -1])
    return np.column_stack((curves, hit_rate.mean(axis=1), gain))


def _ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
