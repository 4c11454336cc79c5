"""Figures of the ranked lists on orders that training never saw, with intervals and paired differences."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.candidates import Candidates
from training.bootstrap import jackknife_half_width, percentile_interval, resampled_ratios
from training.cases import Cases
from training.metrics.coverage import coverage, lost_coverage
from training.metrics.hit_rate import hit_rate
from training.metrics.mrr import reciprocal_rank
from training.metrics.ndcg import ndcg
from training.metrics.novelty import self_information
from training.metrics.recall import recall
from training.shown import Shown, shown_lists

RANKER = "ranker"
"""The method whose lists are published; the others are what it must beat."""

PUBLISHED = "published"
"""The ranker's lists without what is held back: their difference is what the floor and the manners cost."""

NOISY = "noisy"
"""The lists of noisy counts, where noise is on: what the bundle then holds in place of the published ones."""

CHAMPION = "champion"
"""The model that serves now, where its lists are scored beside the new ones."""

METRICS = ("NDCG", "HR", "recall", "MRR", "coverage", "novelty")
"""Names of the figures, each at the evaluation's k; the first is the one that methods are compared by."""

COVERAGE = METRICS.index("coverage")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """How good each method's lists are, and how much better the ranker's.

    Attributes:
        k: Length of the lists that were scored.
        n_cases: Pages with known outcomes.
        n_orders: Orders they came from, the clusters of the intervals.
        n_known: Items a list may hold.
        figures: Method, then metric, to its figure.
        differences: Other method, then metric, to the ranker's figure minus the other's, paired by order.
        published_differences: Other method, then metric, to the published lists' figure minus the other's, likewise.
        noisy_differences: The same of the noisy lists; empty where noise is off.
    """

    k: int
    n_cases: int
    n_orders: int
    n_known: int
    figures: Mapping[str, Mapping[str, Figure]]
    differences: Mapping[str, Mapping[str, Figure]]
    published_differences: Mapping[str, Mapping[str, Figure]] = field(default_factory=dict)
    noisy_differences: Mapping[str, Mapping[str, Figure]] = field(default_factory=dict)

    @property
    def bundled(self) -> str:
        """The method whose lists the bundle holds: the noisy ones where there are any."""
        return NOISY if NOISY in self.figures else PUBLISHED if PUBLISHED in self.figures else RANKER

    @property
    def noise_cost(self) -> Mapping[str, Figure]:
        """By metric, how much better the published lists are than the noisy ones; empty where noise is off."""
        return self.published_differences.get(NOISY, {})

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "k": self.k,
            "n_cases": self.n_cases,
            "n_orders": self.n_orders,
            "n_known": self.n_known,
            "figures": _plain(self.figures),
            "differences": _plain(self.differences),
            "published_differences": _plain(self.published_differences),
            **({"noisy_differences": _plain(self.noisy_differences)} if self.noisy_differences else {}),
        }


def evaluate(
    cases: Cases,
    lists: Mapping[str, Candidates],
    popularity: NDArray[np.int64],
    known: NDArray[np.bool_],
    *,
    k: int,
    n_bootstrap: int,
    seed: int,
) -> Evaluation:
    """Score each method's lists on the same cases.

    Args:
        cases: One or more.
        lists: Method to its ranked lists; RANKER, PUBLISHED and NOISY are compared with each other one where they are
            there.
        popularity: Training orders that hold each item, shape (n_items,).
        known: Items a list may hold, shape (n_items,); others are skipped before the list is cut.
        k: Length of the scored list, 1 or more.
        n_bootstrap: Resamples behind each interval.
        seed: Seed of the resampling.

    Raises:
        ValueError: There are no cases.
    """
    if len(cases) == 0:
        raise ValueError("there is nothing to evaluate on: no later order holds two known items")
    n_known = int(np.count_nonzero(known))
    every = [shown_lists(cases, own, known, k) for own in lists.values()]
    cluster, n_orders = every[0].cluster, every[0].n_clusters
    numerators, denominators = (
        np.stack(sums, axis=1) for sums in zip(*(_sums(cases, own, popularity) for own in every), strict=True)
    )
    value = _ratios(numerators.sum(axis=0), denominators.sum(axis=0))
    value[:, COVERAGE] = [coverage(own.item, n_known) for own in every]
    lost = np.stack([lost_coverage(own.item, n_known, cluster, n_orders) for own in every], axis=1)
    flat = (n_orders, -1)
    drawn = resampled_ratios(
        numerators.reshape(flat), denominators.reshape(flat), n_bootstrap=n_bootstrap, seed=seed
    ).reshape(n_bootstrap, *value.shape)
    place = {method: number for number, method in enumerate(lists)}

    def differences_of(one: str) -> dict[str, dict[str, Figure]]:
        if one not in place:
            return {}
        o = place[one]
        return {
            m: _figures(value[o] - value[i], drawn[:, o] - drawn[:, i], lost[:, o] - lost[:, i], least=-1.0)
            for m, i in place.items()
            if i != o
        }

    return Evaluation(
        k=k,
        n_cases=len(cases),
        n_orders=n_orders,
        n_known=n_known,
        figures={m: _figures(value[i], drawn[:, i], lost[:, i], least=0.0) for m, i in place.items()},
        differences=differences_of(RANKER),
        published_differences=differences_of(PUBLISHED),
        noisy_differences=differences_of(NOISY),
    )


def _figures(
    value: NDArray[np.float64], drawn: NDArray[np.float64], lost: NDArray[np.float64], *, least: float
) -> dict[str, Figure]:
    """Figures of one method, or of two methods' difference, with their intervals.

    Args:
        value: Shape (n_metrics,).
        drawn: The same on each resample, shape (n_bootstrap, n_metrics).
        lost: Coverage lost without each order, shape (n_orders,).
        least: Smallest coverage there can be.
    """
    figures = {
        metric: Figure(float(value[place]), *percentile_interval(drawn[:, place]))
        for place, metric in enumerate(METRICS)
    }
    middle, half = float(value[COVERAGE]), jackknife_half_width(lost)
    figures["coverage"] = Figure(middle, max(least, middle - half), min(1.0, middle + half))
    return figures


def _sums(cases: Cases, shown: Shown, popularity: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Numerators and denominators of the means, each of shape (n_clusters, n_metrics), columns as METRICS."""
    hits, top = shown.hit, shown.item
    one = np.ones(len(cases))
    per_case = {
        "NDCG": (ndcg(hits, cases.n_relevant), one),
        "HR": (hit_rate(hits), one),
        "recall": (recall(hits, cases.n_relevant), one),
        "MRR": (reciprocal_rank(hits), one),
        "coverage": (0 * one, one),  # no mean over cases: filled in from the distinct items
        "novelty": (self_information(top, popularity), (top >= 0).sum(axis=1)),
    }
    above, below = zip(*(per_case[metric] for metric in METRICS), strict=True)
    return shown.by_order(*above), shown.by_order(*below)


def _ratios(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def _plain(table: Mapping[str, Mapping[str, Figure]]) -> dict[str, dict[str, dict[str, float]]]:
    return {method: {metric: asdict(figure) for metric, figure in figures.items()} for method, figures in table.items()}
