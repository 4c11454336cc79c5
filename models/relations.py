"""How a recommended item relates to its anchor, from what people do and what things cost."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.association import lift
from models.bundle.contents import RELATIONS
from models.counting import PairCounter, column_sums, distinct_by, values_at
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
        min_sessions: Fewest sessions that look at both for an alternative.
        refill_share: Share of an item's buyers who bought it in two orders or more, from which on it is used up and
            bought again.
        refill_lift: A refill is bought with its anchor at least this many times more often than chance: coffee is
            bought again by everybody, and is no refill of a camera.
        accessory_price: An accessory costs at most this fraction of its anchor.
    """

    alternative_ratio: float = 4.0
    min_sessions: int = 5
    refill_share: float = 0.2
    refill_lift: float = 4.0
    accessory_price: float = 0.5


class RelationCounts:
    """Counts behind the relations, made once for all anchors.

    Args:
        histories: What people did.
        rules: Where the lines are drawn.
        n_threads: Threads to count with.
    """

    def __init__(self, histories: Histories, rules: RelationRules, *, n_threads: int = 1) -> None:
        self._rules = rules
        seen = histories.sessions_items.copy()
        seen.data = np.ones_like(seen.data)
        self._co_views = PairCounter(seen, n_threads=n_threads)
        self._views, self._chance_in_session = column_sums(seen), 1 / max(1, histories.n_sessions)
        self.n_products = self._co_views.n_products
        """Products behind each anchor's counts, shape (n_items,)."""
        self._viewers = PairCounter(distinct_by(seen, histories.session_shopper), n_threads=n_threads)
        self._again_share = _share_bought_again(histories)
        self._prices = histories.catalogue.prices_minor
        _, self._category = histories.catalogue.category_codes()

    def classify(
        self, features: PairFeatures, shopper_lift: NDArray[np.float64], first: int, end: int
    ) -> NDArray[np.uint8]:
        """The relation of each pair, a place in RELATIONS, shape (n_pairs,).

        Args:
            features: The pairs, of anchors first to end - 1.
            shopper_lift: How many times more often than chance shoppers buy both, shape (n_pairs,).
            first: First anchor.
            end: One past the last anchor.
        """
        rules, anchor, item = self._rules, features.anchor, features.item
        priced = (self._prices[anchor] > 0) & (self._prices[item] > 0)
        cheaper = priced & (self._prices[item] <= rules.accessory_price * self._prices[anchor])
        dearer = priced & (self._prices[anchor] <= rules.accessory_price * self._prices[item])
        used_up = self._again_share >= rules.refill_share
        # Black ink and colour ink are both used up, and neither is what the other is filled into.
        refill = used_up[item] & ~used_up[anchor] & (shopper_lift >= rules.refill_lift) & ~dearer
        relation = np.full(len(anchor), COMPLEMENT, np.uint8)
        relation[cheaper] = ACCESSORY
        relation[refill] = REFILL
        relation[self._is_alternative(anchor, item, shopper_lift, first, end)] = ALTERNATIVE
        return relation

    def n_viewers(self, anchor: NDArray[np.int64], item: NDArray[np.int64]) -> NDArray[np.float32]:
        """Distinct shoppers who looked at both items of each pair, shape (n_pairs,): what an alternative rests on."""
        anchors, row = np.unique(anchor, return_inverse=True)
        return values_at(self._viewers.count_of(anchors), row, item)

    def _is_alternative(
        self,
        anchor: NDArray[np.int64],
        item: NDArray[np.int64],
        shopper_lift: NDArray[np.float64],
        first: int,
        end: int,
    ) -> NDArray[np.bool_]:
        """Whether people compare the two and then buy one; only within a category, where categories are known."""
        co_views = values_at(self._co_views.count(first, end), anchor - first, item)
        viewed = lift(co_views, self._views[anchor], self._views[item], self._chance_in_session)
        one_unknown = (self._category[anchor] < 0) | (self._category[item] < 0)
        kin = (self._category[anchor] == self._category[item]) | one_unknown
        enough = co_views >= self._rules.min_sessions
        return np.asarray(kin & enough & (viewed >= self._rules.alternative_ratio * shopper_lift))


def _share_bought_again(histories: Histories) -> NDArray[np.float64]:
    """Share of the item's buyers who bought it in two orders or more, shape (n_items,); 0 without buyers."""
    orders, n_items = histories.orders_items, histories.n_items
    shopper = np.repeat(histories.order_shopper.astype(np.int64), np.diff(orders.indptr))
    pair, times = np.unique(shopper * n_items + orders.indices, return_counts=True)
    item = pair % max(1, n_items)
    again = np.bincount(item[times > 1], minlength=n_items)
    return np.asarray(again / np.maximum(np.bincount(item, minlength=n_items), 1), dtype=np.float64)
