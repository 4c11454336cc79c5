"""Novelty: would the shopper have found it without us?"""

import numpy as np
from numpy.typing import NDArray


def self_information(shown: NDArray[np.int32], popularity: NDArray[np.int64]) -> NDArray[np.float64]:
    """Bits of surprise in each case's list, summed over its items; over the items shown it is the mean.

    An item's surprise is -log2 of its share of everything bought: 1 bit more for each time it sells half as
    often. An item that never sold counts as sold once.

    Args:
        shown: Item at each rank, -1 past the list's end, shape (n_cases, k).
        popularity: Training orders that hold each item, shape (n_items,).

    Zhou et al. (2010), Solving the Apparent Diversity-Accuracy Dilemma of Recommender Systems.
    """
    share = np.maximum(popularity, 1) / max(int(popularity.sum()), 1)
    bits = np.append(-np.log2(np.minimum(share, 1.0)), 0.0)  # the last is where -1 points
    return np.asarray(bits[shown].sum(axis=1), dtype=np.float64)
