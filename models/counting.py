"""Counts pairs of columns: which items share an order, a session or a shopper."""

from collections.abc import Iterator

import numpy as np
import sparse_dot_topn
from numpy.typing import NDArray
from scipy.sparse import csr_array, csr_matrix, diags_array, eye_array

RUN_PRODUCTS = 20_000_000
"""Products of one run of anchors: 160 MB of counts at the most, about a second of work."""


def distinct_by(rows_items: csr_array, group: NDArray[np.int32]) -> csr_array:
    """Rows of the same group joined into one, 1 where any of them holds the item.

    Args:
        rows_items: Shape (n_rows, n_items).
        group: The group of each row, shape (n_rows,), 0 or more.

    Returns:
        Shape (n_groups, n_items), float32, sorted indices; groups keep their order, without gaps.
    """
    numbers, place = np.unique(group, return_inverse=True)
    n_rows = rows_items.shape[0]
    groups_rows = csr_array((np.ones(n_rows, np.float32), (place, np.arange(n_rows))), shape=(len(numbers), n_rows))
    joined = csr_array(groups_rows @ rows_items)
    joined.sort_indices()
    joined.data = np.ones_like(joined.data, dtype=np.float32)
    return joined


def column_sums(rows_items: csr_array) -> NDArray[np.float64]:
    """Sum of each column, shape (n_items,), added in the order of the rows."""
    sums = np.bincount(rows_items.indices, weights=rows_items.data, minlength=rows_items.shape[1])
    return sums.astype(np.float64)


class PairCounter:
    """Weighted counts of pairs, a run of anchors at a time, so that memory stays bounded.

    The count of (anchor, item) is the sum over the rows that hold both of row_weight, times item_weight of the item;
    the anchor may be looked for in another matrix of the same rows.
    Each anchor is added up by one thread in the order of the rows: any number of threads gives the same bits.

    Args:
        rows_items: What is counted, shape (n_rows, n_items); its values multiply.
        row_weight: Weight of each row, shape (n_rows,); 1 where not given.
        item_weight: Weight of each counted item, shape (n_items,); 1 where not given.
        rows_anchors: Where the anchors stand, shape as rows_items; the same matrix where not given.
        n_threads: Threads to count with.
    """

    def __init__(
        self,
        rows_items: csr_array,
        *,
        row_weight: NDArray[np.float64] | None = None,
        item_weight: NDArray[np.float64] | None = None,
        rows_anchors: csr_array | None = None,
        n_threads: int = 1,
    ) -> None:
        right = csr_array(rows_items, dtype=np.float32)
        left = csr_array((right if rows_anchors is None else csr_array(rows_anchors, dtype=np.float32)).T)
        if row_weight is not None:
            left = csr_array(left @ diags_array(row_weight.astype(np.float32)))
        if item_weight is not None:
            right = csr_array(right @ diags_array(item_weight.astype(np.float32)))
        left.sort_indices()
        right.sort_indices()
        self.n_items = int(right.shape[1])
        self._left, self._right, self._n_threads = csr_matrix(left), csr_matrix(right), n_threads
        held = np.concatenate(([0], np.cumsum(np.diff(right.indptr).astype(np.int64)[left.indices])))
        self.n_products: NDArray[np.int64] = np.diff(held[left.indptr])
        """Products behind each anchor's counts, shape (n_items,): what its work and memory grow with."""

    def count(self, first: int, end: int) -> csr_array:
        """Counts of anchors first to end - 1, shape (end - first, n_items), float32, with the diagonal.

        The indices of a row are not sorted; their order depends on the data alone.
        """
        return self._counted(self._left[first:end])

    def count_of(self, anchors: NDArray[np.integer]) -> csr_array:
        """As `count`, for the anchors given, in their order."""
        return self._counted(self._left[anchors])

    def blocks(self) -> Iterator[tuple[int, csr_array]]:
        """The counts of all anchors, run by run, each with its first anchor."""
        for first, end in runs_of(self.n_products):
            yield first, self.count(first, end)

    def _counted(self, left: csr_matrix) -> csr_array:
        block = sparse_dot_topn.sp_matmul(left, self._right, n_threads=self._n_threads)
        if block.indptr[-1] == 0:
            return csr_array((left.shape[0], self.n_items), dtype=np.float32)
        return csr_array(block)


def runs_of(n_products: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Runs of anchors, first and one past the last, each of about RUN_PRODUCTS products or one anchor.

    Args:
        n_products: Products behind each anchor, shape (n_items,); of several counters the sum.
    """
    before = np.concatenate(([0], np.cumsum(n_products)))
    first, n_items = 0, len(n_products)
    while first < n_items:
        end = max(first + 1, int(np.searchsorted(before, before[first] + RUN_PRODUCTS, side="right")) - 1)
        yield first, min(end, n_items)
        first = end


def top_of_rows(scores: csr_array, n: int, *, n_threads: int = 1) -> csr_array:
    """The n highest values over 0 of each row, shape as given; rows are independent of each other and of n_threads."""
    if scores.nnz == 0:
        return scores
    identity = csr_matrix(eye_array(scores.shape[1], dtype=scores.dtype, format="csr"))
    top = sparse_dot_topn.sp_matmul_topn(csr_matrix(scores), identity, top_n=n, threshold=0.0, n_threads=n_threads)
    return csr_array(top) if top.indptr[-1] else csr_array(scores.shape, dtype=scores.dtype)


def values_at(block: csr_array, rows: NDArray[np.integer], columns: NDArray[np.integer]) -> NDArray[np.float32]:
    """Values of a sparse block at given places, 0 where there is none.

    Args:
        block: Shape (n_rows, n_columns); its indices are sorted in place.
        rows: Shape (n,).
        columns: Shape (n,).
    """
    if block.nnz == 0:
        return np.zeros(len(rows), np.float32)
    n_columns = block.shape[1]
    block.sort_indices()
    held = np.repeat(np.arange(block.shape[0], dtype=np.int64), np.diff(block.indptr)) * n_columns + block.indices
    wanted = rows.astype(np.int64) * n_columns + columns
    place = np.minimum(np.searchsorted(held, wanted), len(held) - 1)
    return np.where(held[place] == wanted, block.data[place], np.float32(0)).astype(np.float32)
