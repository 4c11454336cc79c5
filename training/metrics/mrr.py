"""Mean reciprocal rank: how far down was the first hit?"""

import numpy as np
from numpy.typing import NDArray


def reciprocal_rank(hits: NDArray[np.bool_]) -> NDArray[np.float64]:
    """1 over the rank of the first hit, 0 without one, for each case; the mean over cases is MRR@k.

    Args:
        hits: Shape (n_cases, k), best rank first.

    Voorhees (1999), The TREC-8 Question Answering Track Report.
    """
    return np.where(hits.any(axis=1), 1 / (1 + hits.argmax(axis=1)), 0.0)
