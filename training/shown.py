"""What the lists show on pages with known outcomes: which item at each rank, how probable, and was it bought."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.candidates import Candidates
from training.cases import Cases


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """The beginning of each case's list, and what became of it.

    Attributes:
        item: Known item at each rank, -1 past the list's end, shape (n_cases, k), int32.
        score: Its score, for published lists the probability; 0 past the end, shape (n_cases, k), float32.
        hit: Whether it was bought too, shape (n_cases, k).
        cluster: Dense number of each case's order, shape (n_cases,), int64.
        n_clusters: Orders in all.
    """

    item: NDArray[np.int32]
    score: NDArray[np.float32]
    hit: NDArray[np.bool_]
    cluster: NDArray[np.int64]
    n_clusters: int

    def by_order(self, *per_case: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sums over the cases of each order, shape (n_clusters, n_columns): what a bootstrap of orders draws.

        Args:
            per_case: Columns of shape (n_cases,).
        """
        return np.stack([np.bincount(self.cluster, column, self.n_clusters) for column in per_case], axis=1)


def shown_lists(cases: Cases, lists: Candidates, known: NDArray[np.bool_], k: int) -> Shown:
    """The first k known items of each case's list.

    Args:
        cases: The pages.
        lists: Ranked lists of every anchor.
        known: Items a list may hold, shape (n_items,); others are skipped before the list is cut.
        k: Most items shown, 1 or more.
    """
    anchors, case_anchor = np.unique(cases.anchor, return_inverse=True)
    begin, length = lists.indptr[anchors], np.diff(lists.indptr)[anchors]
    row = np.repeat(np.arange(len(anchors)), length)
    place = np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length) + begin[row]
    usable = known[lists.item[place]]
    row, place = row[usable], place[usable]
    rank = np.arange(len(row)) - np.searchsorted(row, np.arange(len(anchors)))[row]
    row, rank, place = row[rank < k], rank[rank < k], place[rank < k]
    item = np.full((len(anchors), k), -1, np.int32)
    score = np.zeros((len(anchors), k), np.float32)
    item[row, rank] = lists.item[place]
    score[row, rank] = lists.score[place]
    item = item[case_anchor]
    orders, cluster = np.unique(cases.order, return_inverse=True)
    return Shown(item, score[case_anchor], _hits(cases, item, len(known)), cluster.astype(np.int64), len(orders))


def _hits(cases: Cases, item: NDArray[np.int32], n_items: int) -> NDArray[np.bool_]:
    """Whether the item at each rank is relevant, shape (n_cases, k)."""
    case = np.arange(len(cases), dtype=np.int64)
    relevant = np.repeat(case, cases.n_relevant) * n_items + cases.relevant_item
    if len(relevant) == 0:
        return np.zeros(item.shape, np.bool_)
    shown = case[:, None] * n_items + item
    found = np.minimum(np.searchsorted(relevant, shown), len(relevant) - 1)
    return np.asarray((relevant[found] == shown) & (item >= 0))
