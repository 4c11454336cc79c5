"""Normalised discounted cumulative gain: were the hits near the top?"""

import numpy as np
from numpy.typing import NDArray


def ndcg(hits: NDArray[np.bool_], n_relevant: NDArray[np.int64]) -> NDArray[np.float64]:
    """Discounted hits over those of a perfect list, for each case; the mean over cases is NDCG@k.

    The gain is 1 for a hit, the discount 1 / log2(rank + 1), and a perfect list begins with
    min(k, relevant) hits.

    Args:
        hits: Shape (n_cases, k), best rank first.
        n_relevant: Items bought besides the anchor, shape (n_cases,), 1 or more.

    Järvelin and Kekäläinen (2002), Cumulated Gain-Based Evaluation of IR Techniques.
    """
    k = hits.shape[1]
    discount = 1 / np.log2(np.arange(2, k + 2))
    ideal = np.cumsum(discount)[np.minimum(n_relevant, k) - 1]
    return np.asarray((hits * discount).sum(axis=1) / ideal, dtype=np.float64)
