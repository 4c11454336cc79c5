"""How surprising it is that two items share an order."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import xlogy

from models.candidates import Candidates
from models.counting import PairCounter, column_sums
from models.generators.best import best_of_blocks
from models.histories import Histories


def log_likelihood_ratio(
    pair_counts: NDArray[np.floating], item_counts: NDArray[np.floating], n_orders: int
) -> NDArray[np.float64]:
    """How surprising each co-purchase is if the two items were independent.

    Args:
        pair_counts: Orders holding both items, shape (n_pairs,).
        item_counts: Orders holding the left and the right item, shape (n_pairs, 2).
        n_orders: Orders in all.

    Returns:
        Signed ratio, shape (n_pairs,), float64: negative where the items avoid each other.

    Dunning (1993), Accurate Methods for the Statistics of Surprise and Coincidence.
    """
    both = pair_counts.astype(np.float64)
    left, right = item_counts[:, 0].astype(np.float64), item_counts[:, 1].astype(np.float64)
    left_only, right_only = left - both, right - both
    neither = n_orders - left - right_only
    cells = _x_log_x(both) + _x_log_x(left_only) + _x_log_x(right_only) + _x_log_x(neither)
    margins = _x_log_x(left) + _x_log_x(n_orders - left) + _x_log_x(right) + _x_log_x(n_orders - right)
    ratio = np.maximum(2 * (cells - margins + _x_log_x(np.float64(n_orders))), 0)
    return np.where(both * n_orders >= left * right, ratio, -ratio)


@dataclass(frozen=True, slots=True)
class LogLikelihood:
    """Pairs that share an order more often than chance, most surprising first."""

    @property
    def name(self) -> str:
        """As in settings and tables."""
        return "log_likelihood"

    def generate(self, histories: Histories, n_candidates: int, *, n_threads: int = 1, seed: int = 0) -> Candidates:
        """See models.candidates.Generator."""
        counts = column_sums(histories.orders_items)

        def scored() -> Iterator[tuple[int, csr_array]]:
            for first, block in PairCounter(histories.orders_items, n_threads=n_threads).blocks():
                anchor = first + np.repeat(np.arange(block.shape[0]), np.diff(block.indptr))
                item_counts = np.column_stack((counts[anchor], counts[block.indices]))
                block.data = log_likelihood_ratio(block.data, item_counts, histories.n_orders).astype(np.float32)
                yield first, block

        return best_of_blocks(scored(), histories.n_items, n_candidates, n_threads=n_threads)


def _x_log_x(value: NDArray[np.float64] | np.float64) -> NDArray[np.float64]:
    return np.asarray(xlogy(value, value))
