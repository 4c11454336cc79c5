"""How many shoppers join two items at any time, by buying or by any act."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from models.counting import column_sums, distinct_by
from models.features.feature import Feature, share, table_of
from models.features.weighted_counts import WeightedCounts
from models.histories import Histories
from models.pairs import Pairs
from models.sequences import SequenceCounts


class ShopperPurchases:
    """A case now, a card next month: what the anchor's buyers bought at any time, and in which order.

    Args:
        histories: What people did.
        n_threads: Threads to count with.
    """

    def __init__(self, histories: Histories, *, n_threads: int = 1) -> None:
        shoppers_items = distinct_by(histories.orders_items, histories.order_shopper)
        self._counts, self._of_item = _counted(shoppers_items, 0.5, n_threads), column_sums(shoppers_items)
        self._sequences = SequenceCounts(histories, n_threads=n_threads)
        self.n_products = self._counts.n_products + self._sequences.n_products

    @property
    def columns(self) -> tuple[Feature, ...]:
        """See models.features.feature.Features."""
        return (
            Feature("buyers", "shoppers", "shoppers who bought both"),
            Feature("buyer_share", "share of shoppers", "the anchor's buyers who bought the item too"),
            Feature("buyer_share_small", "share of shoppers", "the same, those who buy much counting less"),
            Feature("buyer_cosine", "cosine", "shoppers who bought both against the mean of both items' buyers"),
            Feature("later_buyers", "shoppers", "shoppers whose first of the item came later than the anchor"),
            Feature("sooner_buyers", "shoppers", "shoppers who had bought the item before their first of the anchor"),
            Feature("bought_later", "share of shoppers", "the anchor's buyers whose first of the item came later"),
            Feature("bought_sooner", "share of shoppers", "the anchor's buyers who had bought the item before it"),
        )

    def of(self, pairs: Pairs) -> NDArray[np.float32]:
        """See models.features.feature.Features."""
        plain, small = self._counts.of(pairs)
        own, own_small = (of_anchor[pairs.anchor] for of_anchor in self._counts.of_anchor)
        later, sooner = self._sequences.of(pairs)
        cosine = plain / np.sqrt((own + 3) * (self._of_item[pairs.item] + 3))
        columns: list[NDArray[Any]] = [
            plain,
            share(plain, own),
            share(small, own_small),
            cosine,
            later,
            sooner,
            share(later, own),
            share(sooner, own),
        ]
        return table_of(columns)


class ShopperHistories:
    """What shoppers bought, put in the cart, favourited or looked at, whichever: thin, but there before any order is.

    Args:
        histories: What people did.
        n_threads: Threads to count with.
    """

    def __init__(self, histories: Histories, *, n_threads: int = 1) -> None:
        shoppers_items = touched(histories)
        self._counts, self._of_item = _counted(shoppers_items, 1.0, n_threads), column_sums(shoppers_items)
        self.n_products = self._counts.n_products

    @property
    def columns(self) -> tuple[Feature, ...]:
        """See models.features.feature.Features."""
        return (
            Feature("history_shoppers", "shoppers", "shoppers of both by any act"),
            Feature("history_share", "share of shoppers", "shoppers of the anchor by any act who are of the item too"),
            Feature("history_share_small", "share of shoppers", "the same, those of many items counting less"),
            Feature("history_cosine", "cosine", "shoppers of both by any act against the mean of both items' shoppers"),
        )

    def of(self, pairs: Pairs) -> NDArray[np.float32]:
        """See models.features.feature.Features."""
        plain, small = self._counts.of(pairs)
        own, own_small = (of_anchor[pairs.anchor] for of_anchor in self._counts.of_anchor)
        cosine = plain / np.sqrt((own + 3) * (self._of_item[pairs.item] + 3))
        return table_of([plain, share(plain, own), share(small, own_small), cosine])


def touched(histories: Histories) -> csr_array:
    """1 where the shopper bought, carted, favourited or looked at the item, shape (n_shoppers, n_items), float32."""
    shopper = np.concatenate((histories.order_shopper, histories.session_shopper))
    rows = [(histories.orders_items, 0), (histories.sessions_items, histories.n_orders)]
    row = np.concatenate([np.repeat(np.arange(held.shape[0]) + first, np.diff(held.indptr)) for held, first in rows])
    item = np.concatenate([held.indices for held, _ in rows])
    n_rows = histories.n_orders + histories.n_sessions
    both = csr_array((np.ones(len(item), np.float32), (row, item)), shape=(n_rows, histories.n_items))
    return distinct_by(both, shopper) if n_rows else both


def _counted(shoppers_items: csr_array, exponent: float, n_threads: int) -> WeightedCounts:
    others = np.maximum(np.diff(shoppers_items.indptr) - 1, 1)
    return WeightedCounts(shoppers_items, [np.ones(len(others)), others**-exponent], n_threads=n_threads)
