"""Counts of the same pairs under several weightings of the rows."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from models.counting import PairCounter, column_sums
from models.pairs import Pairs


class WeightedCounts:
    """Weighted numbers of rows that hold both items of a pair.

    The weightings share their pattern of pairs, so a pair is looked for in the first and found in all.

    Args:
        rows_items: 1 where a row holds the item, shape (n_rows, n_items).
        weights: Weight of each row, each of shape (n_rows,), over 0.
        rows_anchors: Where the anchors stand, shape as rows_items; the same matrix where not given.
        n_threads: Threads to count with.
    """

    def __init__(
        self,
        rows_items: csr_array,
        weights: Sequence[NDArray[np.float64]],
        *,
        rows_anchors: csr_array | None = None,
        n_threads: int = 1,
    ) -> None:
        self._counters = [
            PairCounter(rows_items, row_weight=weight, rows_anchors=rows_anchors, n_threads=n_threads)
            for weight in weights
        ]
        anchors = rows_items if rows_anchors is None else rows_anchors
        self.of_anchor = [column_sums(csr_array(diags_array(weight) @ anchors)) for weight in weights]
        """Weighted rows that hold each anchor, by weighting, each of shape (n_items,)."""
        self.n_products = self._counters[0].n_products
        """Products behind each anchor's counts, shape (n_items,)."""

    def of(self, pairs: Pairs) -> list[NDArray[np.float32]]:
        """Weighted rows that hold both, by weighting, each of shape (n_pairs,)."""
        return [values for values, _ in self._counted(pairs)]

    def with_best(self, pairs: Pairs, number: int) -> tuple[list[NDArray[np.float32]], NDArray[np.float32]]:
        """As `of`, and the most that each pair's anchor has with any other item, whichever pairs are asked for.

        Args:
            pairs: Of any anchors.
            number: The weighting that the most is of.
        """
        counts, best = [], np.zeros(len(pairs.anchors), np.float32)
        for place, (values, block) in enumerate(self._counted(pairs)):
            counts.append(values)
            if place == number:
                best = _best_of_rows(block, pairs.anchors)
        return counts, best[pairs.row]

    def _counted(self, pairs: Pairs) -> Iterator[tuple[NDArray[np.float32], csr_array]]:
        lookup: _Lookup | None = None
        for counter in self._counters:
            block = counter.count_of(pairs.anchors)
            if lookup is None or not lookup.fits(block):
                lookup = _Lookup(block, pairs)
            yield lookup.values(block), block


def _best_of_rows(block: csr_array, anchors: NDArray[np.int64]) -> NDArray[np.float32]:
    """Largest value of each row but the anchor's own, 0 where there is none, shape (n_anchors,)."""
    row = np.repeat(np.arange(len(anchors)), np.diff(block.indptr))
    others = np.where(block.indices == anchors[row], np.float32(0), block.data)
    best = np.zeros(len(anchors), np.float32)
    filled = np.flatnonzero(np.diff(block.indptr))
    if len(filled):
        best[filled] = np.maximum.reduceat(others, block.indptr[filled])
    return best


class _Lookup:
    """Where each pair stands among the values of a block."""

    def __init__(self, block: csr_array, pairs: Pairs) -> None:
        self._indptr, self._indices = block.indptr, block.indices.copy()
        numbered = csr_array((np.arange(block.nnz), block.indices.copy(), block.indptr), shape=block.shape)
        numbered.sort_indices()
        n_columns = block.shape[1]
        row = np.repeat(np.arange(block.shape[0], dtype=np.int64), np.diff(block.indptr))
        held, wanted = row * n_columns + numbered.indices, pairs.row * n_columns + pairs.item
        place = np.minimum(np.searchsorted(held, wanted), max(0, len(held) - 1))
        self._found = held[place] == wanted if len(held) else np.zeros(len(wanted), np.bool_)
        self._place = numbered.data[place] if len(held) else place

    def fits(self, block: csr_array) -> bool:
        """Whether a block has the same pattern."""
        return np.array_equal(block.indptr, self._indptr) and np.array_equal(block.indices, self._indices)

    def values(self, block: csr_array) -> NDArray[np.float32]:
        """Values of the pairs, 0 where the block has none."""
        if not len(block.data):
            return np.zeros(len(self._found), np.float32)
        return np.where(self._found, block.data[self._place], np.float32(0)).astype(np.float32)
