"""How a recommended item relates to its anchor, from what people do and what things cost."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from models.bundle.contents import RELATIONS
from models.counting import PairCounter, column_sums, values_at
from models.histories import Histories
from models.pair_features import PairFeatures

ACCESSORY, COMPLEMENT, REFILL, ALTERNATIVE = (RELATIONS.index(name) for name in RELATIONS[1:])


@dataclass(frozen=True, slots=True)
class RelationRules:
    """Where the lines are drawn.

    Attributes:
        alternative_ratio: An item is an alternative if sessions join it to the anchor at least this many times more
            than shoppers' purchases do, each against chance. On a simulated shop alternatives lie over 10,
            everything else under 2.
        min_sessions: Fewest sessions with both for an alternative.
        refill_share: Share of an item's buyers who bought it in two orders or more, from which on it is used up and
            bought again.
        accessory_price: An accessory costs at most this fraction of its anchor.
    """

    alternative_ratio: float = 4.0
    min_sessions: int = 5
    refill_share: float = 0.2
    accessory_price: float = 0.5


class RelationCounts:
    """Counts behind the relations, made once for all anchors.

    Args:
        histories: What people did.
        shoppers_items: 1 where the shopper bought the item, shape (n_shoppers, n_items).
        n_threads: Threads to count with.
    """

    def __init__(self, histories: Histories, shoppers_items: csr_array, *, n_threads: int = 1) -> None:
        seen = histories.sessions_items.copy()
        seen.data = np.ones_like(seen.data)
        self._co_views = PairCounter(seen, n_threads=n_threads)
        self._views, self._n_sessions = column_sums(seen), max(1, histories.n_sessions)
        self._buyers, self._n_shoppers = column_sums(shoppers_items), max(1, shoppers_items.shape[0])
        orders = histories.orders_items
        shopper = np.repeat(histories.order_shopper.astype(np.int64), np.diff(orders.indptr))
        pair, times = np.unique(shopper * histories.n_items + orders.indices, return_counts=True)
        again = np.bincount(pair[times > 1] % histories.n_items, minlength=histories.n_items)
        self._again_share = again / np.maximum(self._buyers, 1)
        self._prices = histories.catalogue.prices_minor
        _, self._category = histories.catalogue.category_codes()

    def classify(
        self,
        features: PairFeatures,
        n_shoppers: NDArray[np.float32],
        first: int,
        end: int,
        rules: RelationRules,
    ) -> NDArray[np.uint8]:
        """The relation of each pair, a place in RELATIONS, shape (n_pairs,).

        Args:
            features: The pairs, of anchors first to end - 1.
            n_shoppers: Distinct shoppers who bought both, shape (n_pairs,).
            first: First anchor.
            end: One past the last anchor.
            rules: Where the lines are drawn.
        """
        anchor, item = features.anchor, features.item
        co_views = values_at(self._co_views.count(first, end), anchor - first, item)
        viewed = _lift(co_views, self._views[anchor], self._views[item], self._n_sessions)
        bought = _lift(n_shoppers, self._buyers[anchor], self._buyers[item], self._n_shoppers)
        kin = (
            (self._category[anchor] == self._category[item]) | (self._category[anchor] < 0) | (self._category[item] < 0)
        )
        alternative = kin & (co_views >= rules.min_sessions) & (viewed >= rules.alternative_ratio * bought)
        priced = (self._prices[anchor] > 0) & (self._prices[item] >= 0)
        cheaper = priced & (self._prices[item] <= rules.accessory_price * self._prices[anchor])
        refill = (self._again_share[item] >= rules.refill_share) & (cheaper | ~priced)
        relation = np.full(len(anchor), COMPLEMENT, np.uint8)
        relation[cheaper] = ACCESSORY
        relation[refill] = REFILL
        relation[alternative] = ALTERNATIVE
        return relation


def _lift(
    both: NDArray[np.float32], left: NDArray[np.float64], right: NDArray[np.float64], n: int
) -> NDArray[np.float64]:
    """How many times more often than chance, one added to both sides so that rare items stay near 1."""
    return np.asarray((both + 1.0) / (left * right / n + 1.0))
