"""Recall: how much of what was bought did the list hold?"""

import numpy as np
from numpy.typing import NDArray


def recall(hits: NDArray[np.bool_], n_relevant: NDArray[np.int64]) -> NDArray[np.float64]:
    """Hits over the most hits the list had room for, for each case; the mean over cases is R@k.

    Args:
        hits: Shape (n_cases, k).
        n_relevant: Items bought besides the anchor, shape (n_cases,), 1 or more.

    Liang, Krishnan, Hoffman and Jebara (2018), Variational Autoencoders for Collaborative Filtering: the
    denominator is min(k, relevant), so that a perfect list scores 1 also where k items were not enough.
    """
    possible = np.minimum(n_relevant, hits.shape[1])
    return np.asarray(hits.sum(axis=1) / possible, dtype=np.float64)
