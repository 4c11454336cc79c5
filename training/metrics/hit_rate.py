"""Hit rate: was anything of use on the list?"""

import numpy as np
from numpy.typing import NDArray


def hit_rate(hits: NDArray[np.bool_]) -> NDArray[np.float64]:
    """1 for each case with at least one hit, else 0; the mean over cases is HR@k.

    Args:
        hits: Shape (n_cases, k).

    Deshpande and Karypis (2004), Item-Based Top-N Recommendation Algorithms.
    """
    return np.asarray(hits.any(axis=1), dtype=np.float64)
