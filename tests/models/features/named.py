"""Features by name."""

import numpy as np
from numpy.typing import NDArray

from models.features.co_purchase import CoPurchase
from models.features.feature import Features
from models.features.sessions import Sessions
from models.features.shoppers import ShopperHistories, ShopperPurchases
from models.histories import Histories
from models.pairs import Pairs


def named(features: Features, pairs: Pairs) -> dict[str, NDArray[np.float32]]:
    """Values of the pairs by the feature's name, each of shape (n_pairs,)."""
    return dict(zip((column.name for column in features.columns), features.of(pairs).T, strict=True))


def counted(histories: Histories, pairs: Pairs) -> dict[str, NDArray[np.float32]]:
    """Every counted feature of the pairs by name."""
    families = (CoPurchase, ShopperPurchases, ShopperHistories, Sessions)
    return {name: values for family in families for name, values in named(family(histories), pairs).items()}
