"""How much of what is known of a new item comes true: learned on old items treated as if they were new."""

from collections.abc import Iterator
from dataclasses import dataclass

import lightgbm
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from sklearn.linear_model import LogisticRegression

from models.bundle.contents import RankedPairs
from models.cold_evidence import COLUMNS, ColdPairs, evidence_without, pairs_of
from models.counting import PairCounter, column_sums, values_at
from models.examples import page_weights
from models.histories import Histories
from models.titles import Titles

COLD_ORDERS = 5
"""An item of fewer orders is cold: what it is bought with is not known yet."""

N_FOLDS = 5
"""Times that items are hidden; the items of one are judged by what the others taught."""

HIDDEN_SHARE = 0.1
"""Share of the items hidden at a time: as few as leaves the others their evidence, as in a shop with new items."""

MAX_HIDDEN = 400
"""Most items hidden at a time: 2,000 anchors in all, half a million pairs, a minute's work."""

MAX_PAGES = 20.0
"""Most pages that count of one anchor: new items are not best sellers."""

MIN_POSITIVES = 50.0
"""Fewest hits, weighted as pages are, to learn from."""

ROUNDS = 100
PARAMETERS = {
    "objective": "cross_entropy",
    "learning_rate": 0.1,
    "num_leaves": 15,
    "min_data_in_leaf": 50,
    "lambda_l2": 10.0,
    "feature_fraction": 0.8,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,  # the same bits everywhere
    "verbose": -1,
}


@dataclass(frozen=True, slots=True, eq=False)
class ColdModel:
    """Probability that an item joins an order with a new one.

    Attributes:
        trees: LightGBM's text form; empty where there was too little to learn from.
        slope: Of the calibration, on the log odds of the trees; over 0.
        intercept: Of the calibration.
        n_positives: Hits behind the fit, weighted as pages are.
        calibration_error: Expected calibration error of the pairs of hidden anchors, in 15 bins of equal weight, each
            anchor judged by trees and calibration that had not seen it; NaN where nothing was learned.
    """

    trees: str
    slope: float
    intercept: float
    n_positives: float
    calibration_error: float

    def probability(self, pairs: ColdPairs) -> NDArray[np.float32]:
        """Probability that the item joins an order of a shopper on the anchor's page, shape (n_pairs,), 0 to 1.

        Without trees it is the share of the orders of the anchor's category that hold the item, or where no category
        is known what the neighbours lend.
        """
        if len(pairs.item) == 0:
            return np.zeros(0, np.float32)
        if not self.trees:
            share, borrowed = (pairs.values[:, COLUMNS.index(name)] for name in ("item_share", "borrowed"))
            return np.where(np.isnan(share), borrowed, share).astype(np.float32)
        raw = lightgbm.Booster(model_str=self.trees).predict(pairs.values, num_threads=1)
        log_odds = self.slope * _log_odds(np.asarray(raw)) + self.intercept
        return np.asarray(1 / (1 + np.exp(-log_odds)), dtype=np.float32)


def fit_cold_model(
    before: Histories,
    warm: RankedPairs,
    later_orders_items: csr_array,
    titles: Titles,
    *,
    min_shoppers: int,
    seed: int,
    n_threads: int = 1,
) -> ColdModel:
    """Hide the orders of some items, rank what goes with them all the same, and compare with their later orders.

    Args:
        before: What had happened before the later orders.
        warm: Published pairs, from these histories.
        later_orders_items: 1 where the order holds the item, shape (n_later_orders, n_items).
        titles: Of all items.
        min_shoppers: As the pairs are published with.
        seed: Decides which items are hidden, and of the trees.
        n_threads: Threads to count with; they change no bit.
    """
    folds, values, outcomes, weights = [], [], [], []
    outcome_of = Outcomes(later_orders_items, n_threads)
    for number, hidden in enumerate(_folds(before, seed)):
        evidence = evidence_without(before, warm, titles, hidden)
        anchors = np.flatnonzero(hidden & (outcome_of.pages > 0) & (column_sums(before.orders_items) >= COLD_ORDERS))
        pairs = pairs_of(evidence, anchors, min_shoppers=min_shoppers, n_threads=n_threads)
        outcome, weight = outcome_of(pairs)
        folds.append(np.full(len(outcome), number))
        values.append(pairs.values)
        outcomes.append(outcome)
        weights.append(weight)
    fold, outcome, weight = (np.concatenate([np.zeros(0), *parts]) for parts in (folds, outcomes, weights))
    n_positives = float(weight @ outcome)
    if n_positives < MIN_POSITIVES or len(np.unique(fold)) < 2:
        return ColdModel("", 1.0, 0.0, n_positives, float("nan"))
    table = np.concatenate(values)
    raw = np.zeros(len(fold))
    for number in np.unique(fold):
        seen = fold != number
        raw[~seen] = _trees(table[seen], outcome[seen], weight[seen], seed).predict(table[~seen], num_threads=1)
    calibrated = np.zeros(len(fold))
    for number in np.unique(fold):
        seen = fold != number
        slope, intercept = _calibration(raw[seen], outcome[seen], weight[seen])
        calibrated[~seen] = 1 / (1 + np.exp(-slope * _log_odds(raw[~seen]) - intercept))
    slope, intercept = _calibration(raw, outcome, weight)
    trees = _trees(table, outcome, weight, seed).model_to_string()
    return ColdModel(trees, slope, intercept, n_positives, calibration_error(calibrated, outcome, weight))


def calibration_error(
    probability: NDArray[np.floating], outcome: NDArray[np.floating], weight: NDArray[np.floating], n_bins: int = 15
) -> float:
    """Expected calibration error in bins of equal weight, 0 to 1.

    Args:
        probability: Shape (n_pairs,).
        outcome: Share of the pair's pages that came true, shape (n_pairs,).
        weight: Pages, shape (n_pairs,).
        n_bins: Bins by rising probability.

    Naeini, Cooper and Hauskrecht (2015), Obtaining Well Calibrated Probabilities Using Bayesian Binning.
    """
    order = np.argsort(probability, kind="stable")
    total = float(weight.sum())
    middle = np.cumsum(weight[order]) - weight[order] / 2
    bins = (middle / total * n_bins).astype(int)
    gap = np.bincount(bins, weights=weight[order] * (probability[order] - outcome[order]))
    return float(np.abs(gap).sum() / total)


class Outcomes:
    """What became of pairs on the pages of later orders, a page being what it is to the ranker.

    Args:
        orders_items: 1 where the order holds the item, shape (n_orders, n_items).
        n_threads: Threads to count with.
    """

    def __init__(self, orders_items: csr_array, n_threads: int) -> None:
        weight, _ = page_weights(orders_items, np.ones(orders_items.shape[1], np.bool_))
        self._counter = PairCounter(orders_items, row_weight=weight, n_threads=n_threads)
        self.pages: NDArray[np.float64] = column_sums(csr_array(diags_array(weight) @ orders_items))
        """Pages of each item, weighted, shape (n_items,)."""

    def __call__(self, pairs: ColdPairs) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Share of the anchor's pages whose order held the item, and the pages that count, both of shape (n_pairs,)."""
        anchors, row = np.unique(pairs.anchor, return_inverse=True)
        if len(anchors) == 0:
            return np.zeros(0), np.zeros(0)
        pages = self.pages[pairs.anchor]
        hits = values_at(self._counter.count_of(anchors), row, pairs.item).astype(np.float64)
        return np.minimum(hits / pages, 1.0), np.minimum(pages, MAX_PAGES)


def _folds(before: Histories, seed: int) -> Iterator[NDArray[np.bool_]]:
    """Which items are without history, shape (n_items,): the cold ones and in turn some of the others."""
    cold = column_sums(before.orders_items) < COLD_ORDERS
    shuffled = np.random.default_rng(seed).permutation(np.flatnonzero(~cold))
    n_hidden = min(MAX_HIDDEN, int(np.ceil(HIDDEN_SHARE * len(shuffled))))
    for number in range(N_FOLDS):
        hidden = cold.copy()
        hidden[shuffled[number * n_hidden : (number + 1) * n_hidden]] = True
        yield hidden


def _trees(
    values: NDArray[np.float32], outcome: NDArray[np.float64], weight: NDArray[np.float64], seed: int
) -> lightgbm.Booster:
    data = lightgbm.Dataset(values, outcome, weight=weight, feature_name=list(COLUMNS))
    return lightgbm.train(PARAMETERS | {"seed": seed % 2**31}, data, ROUNDS)


def _calibration(
    raw: NDArray[np.float64], outcome: NDArray[np.float64], weight: NDArray[np.float64]
) -> tuple[float, float]:
    """Slope and intercept on the log odds; unlike steps they keep the order of the pairs.

    Platt (1999), Probabilistic Outputs for Support Vector Machines.
    """
    odds = np.tile(_log_odds(raw), 2)[:, None]
    hit = np.repeat([1, 0], len(raw))
    model = LogisticRegression(C=1e6, tol=1e-6)
    model.fit(odds, hit, sample_weight=np.concatenate((weight * outcome, weight * (1 - outcome))))
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def _log_odds(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    clipped = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(clipped / (1 - clipped)), dtype=np.float64)
