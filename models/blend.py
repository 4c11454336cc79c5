"""The first blend: one probability from what all the generators say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from models.candidates import Candidates
from models.counting import PairCounter, values_at
from models.pair_features import COLUMNS, PairFeatures, pair_features, smallest_log_scores

PAGES_PER_ORDER = 3.0
"""Weight of one order's pages: without a limit, one wholesale order of 500 lines would outweigh 160 of three."""

FIT_PAIRS = 1_000_000
"""Most pairs the blend is fitted on, whole anchors evenly spaced: 19 coefficients need no more."""

MIN_POSITIVES = 50
"""Fewest hits, weighted as pages are, to fit on; below it the blend falls back on plain ranks."""


@dataclass(frozen=True, slots=True, eq=False)
class Blend:
    """Logistic regression on the generators' scores and ranks, fitted on orders later than what they counted.

    Attributes:
        names: The generators, in the order of the columns.
        coefficients: Shape (3 * n_generators,), on features as pair_features gives them.
        intercept: Log odds of a pair whose features are all 0.
        n_positives: Hits behind the fit, weighted as pages are; 0 where there were too few and ranks decide.
    """

    names: tuple[str, ...]
    coefficients: NDArray[np.float64]
    intercept: float
    n_positives: int

    def probability(self, features: PairFeatures) -> NDArray[np.float32]:
        """Probability that the item joins an order with the anchor, shape (n_pairs,), float32."""
        # One column after another: a matrix product may add in another order with another number of threads.
        log_odds = np.full(len(features.anchor), self.intercept)
        for column, coefficient in enumerate(self.coefficients):
            log_odds += coefficient * features.values[:, column]
        return np.asarray(1 / (1 + np.exp(-log_odds)), dtype=np.float32)


def fit_blend(
    candidates: Mapping[str, Candidates], names: Sequence[str], later_orders_items: csr_array, *, n_threads: int = 1
) -> Blend:
    """Learn what the generators' words are worth from orders they have not seen.

    A page is one item of a later order; it was right to propose what else the order holds.

    Args:
        candidates: By generator, from orders before the later ones.
        names: The generators to blend; their order is the order of the columns.
        later_orders_items: 1 where the order holds the item, shape (n_later_orders, n_items).
        n_threads: Threads to count with.
    """
    smallest = smallest_log_scores(candidates, names)
    size = np.diff(later_orders_items.indptr)
    weight = np.minimum(1.0, PAGES_PER_ORDER / np.maximum(size, 1))
    pages = np.asarray((diags_array(weight) @ later_orders_items).sum(axis=0)).ravel()
    anchors = _sample_of_anchors(candidates, names, pages)
    values, hits, shown = [], [], []
    for first, block in PairCounter(later_orders_items, row_weight=weight, n_threads=n_threads).blocks():
        for start, end in anchor_runs(candidates, names, first, first + block.shape[0]):
            if not anchors[start:end].any():
                continue
            features = pair_features(candidates, names, smallest, start, end)
            keep = anchors[features.anchor]
            anchor, item = features.anchor[keep], features.item[keep]
            values.append(features.values[keep])
            hits.append(values_at(block, anchor - first, item).astype(np.float64))
            shown.append(pages[anchor])
    hit = np.concatenate([np.zeros(0), *hits])
    n_positives = int(hit.sum())
    if n_positives < MIN_POSITIVES:
        return _by_rank(tuple(names))
    return _fit(tuple(names), np.concatenate(values), hit, np.concatenate(shown), n_positives)


def anchor_runs(
    candidates: Mapping[str, Candidates], names: Sequence[str], first: int, end: int, *, n_pairs: int = 1_000_000
) -> Iterator[tuple[int, int]]:
    """Cut anchors first to end - 1 into runs of about n_pairs proposals, so that features fit in memory."""
    proposals = np.sum([np.diff(candidates[name].indptr[first : end + 1]) for name in names], axis=0)
    total = np.concatenate(([0], np.cumsum(proposals)))
    start = 0
    while start < end - first:
        stop = max(start + 1, int(np.searchsorted(total, total[start] + n_pairs, side="right")) - 1)
        yield first + start, first + min(stop, end - first)
        start = stop


def _sample_of_anchors(
    candidates: Mapping[str, Candidates], names: Sequence[str], pages: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """The anchors to fit on, shape (n_items,): those with pages, evenly thinned to FIT_PAIRS proposals."""
    proposals = np.sum([np.diff(candidates[name].indptr) for name in names], axis=0)
    with_pages = np.flatnonzero((pages > 0) & (proposals > 0))
    step = max(1, int(np.ceil(proposals[with_pages].sum() / (FIT_PAIRS * len(names)))))
    chosen = np.zeros(len(pages), np.bool_)
    chosen[with_pages[::step]] = True
    return chosen


def _fit(
    names: tuple[str, ...],
    values: NDArray[np.float64],
    hits: NDArray[np.float64],
    pages: NDArray[np.float64],
    n_positives: int,
) -> Blend:
    """Weighted logistic regression: each pair once as bought and once as not, by how many pages say so."""
    mean, spread = values.mean(axis=0), values.std(axis=0)
    varies = spread > 1e-9
    scaled = ((values - mean) / np.where(varies, spread, 1.0))[:, varies]
    bought, not_bought = hits > 0, pages - hits > 0
    if not (varies.any() and bought.any() and not_bought.any()):
        return _by_rank(names)
    # Newton steps end at the optimum; quasi-Newton ones stop wherever correlated columns slow them down.
    model = LogisticRegression(C=1.0, solver="newton-cholesky")
    with threadpool_limits(1):
        model.fit(
            np.vstack((scaled[bought], scaled[not_bought])),
            np.concatenate((np.ones(bought.sum(), np.int8), np.zeros(not_bought.sum(), np.int8))),
            np.concatenate((hits[bought], (pages - hits)[not_bought])),
        )
    coefficients = np.zeros(values.shape[1])
    coefficients[varies] = model.coef_[0] / spread[varies]
    return Blend(names, coefficients, float(model.intercept_[0] - (coefficients * mean).sum()), n_positives)


def _by_rank(names: tuple[str, ...]) -> Blend:
    """Without outcomes to learn from: the sum of soft reciprocal ranks, at cautious odds (1 in 50 at best)."""
    coefficients = np.zeros(COLUMNS * len(names))
    coefficients[1::COLUMNS] = 2.0 / len(names)
    return Blend(names, coefficients, -4.8, 0)
