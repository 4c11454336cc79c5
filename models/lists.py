"""Ranked lists of many anchors, one after the other in flat arrays."""

import numpy as np
from numpy.typing import NDArray


def indptr_of(lengths: NDArray[np.integer]) -> NDArray[np.int64]:
    """Where each list begins, and where the last one ends, shape (n_anchors + 1,), int64.

    Args:
        lengths: Length of each anchor's list, shape (n_anchors,).
    """
    return np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)


def best_of_each(
    anchor: NDArray[np.integer], item: NDArray[np.integer], score: NDArray[np.floating], *, n_anchors: int, n_best: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The best of each anchor's pairs, higher scores first, ties by item.

    Args:
        anchor: Shape (n_pairs,), 0 to n_anchors - 1.
        item: Shape (n_pairs,).
        score: Shape (n_pairs,).
        n_anchors: Anchors, with or without pairs.
        n_best: Most pairs kept of an anchor.

    Returns:
        Where each list begins, shape (n_anchors + 1,), and the places of the pairs kept, in the order of the lists.
    """
    order = np.lexsort((item, -score, anchor))
    lengths = np.bincount(anchor, minlength=n_anchors)
    rank = np.arange(len(order)) - np.repeat(indptr_of(lengths)[:-1], lengths)
    return indptr_of(np.minimum(lengths, n_best)), order[rank < n_best]
