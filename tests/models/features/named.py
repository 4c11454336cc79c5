"""Features by name."""

import numpy as np
from numpy.typing import NDArray

from models.features.feature import Features
from models.pairs import Pairs


def named(features: Features, pairs: Pairs) -> dict[str, NDArray[np.float32]]:
    """Values of the pairs by the feature's name, each of shape (n_pairs,)."""
    return dict(zip((column.name for column in features.columns), features.of(pairs).T, strict=True))
