"""What people favourite together, and what those who favourite buy: a wish is more than a look, and no purchase yet."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.counting import column_sums
from models.features.feature import Feature, share, table_of
from models.features.shared_shoppers import by_same_shoppers
from models.features.weighted_counts import WeightedCounts
from models.histories import Histories
from models.pairs import Pairs


class Favourites:
    """Favourites counted with each other and with purchases; a shop that has none gets zeros at no cost.

    Args:
        histories: What people did.
        n_threads: Threads to count with.
    """

    def __init__(self, histories: Histories, *, n_threads: int = 1) -> None:
        wished, bought = by_same_shoppers(histories, histories.favourites_items)
        ones = [np.ones(wished.shape[0])]
        self._both = WeightedCounts(wished, ones, n_threads=n_threads)
        self._wished_bought = WeightedCounts(bought, ones, rows_anchors=wished, n_threads=n_threads)
        self._bought_wished = WeightedCounts(wished, ones, rows_anchors=bought, n_threads=n_threads)
        self._wishers = column_sums(wished)
        parts = (self._both, self._wished_bought, self._bought_wished)
        self.n_products = np.sum([part.n_products for part in parts], axis=0)

    @property
    def columns(self) -> tuple[Feature, ...]:
        """See models.features.feature.Features."""
        return (
            Feature("favourite_share", "share of shoppers", "who favourites the anchor and the item too"),
            Feature("favourite_cosine", "cosine", "shoppers who favourite both against the mean of both items' ones"),
            Feature("favourited_bought", "share of shoppers", "who favourites the anchor and bought the item"),
            Feature("bought_favourited", "share of shoppers", "who bought the anchor and favourites the item"),
        )

    def of(self, pairs: Pairs) -> NDArray[np.float32]:
        """See models.features.feature.Features."""
        anchor = pairs.anchor
        (both,), (bought,), (wished,) = (
            counts.of(pairs) for counts in (self._both, self._wished_bought, self._bought_wished)
        )
        columns: list[NDArray[Any]] = [
            share(both, self._wishers[anchor]),
            both / np.sqrt((self._wishers[anchor] + 3) * (self._wishers[pairs.item] + 3)),
            share(bought, self._wishers[anchor]),
            share(wished, self._bought_wished.of_anchor[0][anchor]),
        ]
        return table_of(columns)
