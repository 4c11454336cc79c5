"""How a recommended item relates to its anchor, from what people do and what things cost."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.association import lift
from models.bundle.contents import RELATIONS
from models.counting import PairCounter, column_sums, distinct_by, values_at
from models.histories import Histories
from models.pairs import Pairs
from models.refills import share_bought_again

UNSPECIFIED, ACCESSORY, COMPLEMENT, REFILL, ALTERNATIVE = range(len(RELATIONS))


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
        accessory_follows: Of the shoppers who bought the two at different times, at least this many bought an
            accessory after its anchor for each that bought it before. Two count as having bought it after, whoever
            there is: it takes more than a single shopper to overrule the prices.
    """

    alternative_ratio: float = 4.0
    min_sessions: int = 5
    refill_share: float = 0.2
    refill_lift: float = 4.0
    accessory_price: float = 0.6
    accessory_follows: float = 2.0


GIVEN_FOLLOWERS = 2
"""Shoppers counted as having bought the cheaper item later before any is known."""


COUNTS = ("later_buyers", "sooner_buyers", "sessions")
"""The features that relations rest on: shoppers who bought one after the other, sessions that look at both."""


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
        self._views, self._chance_in_session = column_sums(seen), 1 / max(1, histories.n_sessions)
        self._viewers = PairCounter(distinct_by(seen, histories.session_shopper), n_threads=n_threads)
        self.n_products = self._viewers.n_products
        """Products behind each anchor's counts, shape (n_items,)."""
        self._used_up = share_bought_again(histories) >= rules.refill_share
        self._prices = histories.catalogue.prices_minor
        _, self._category = histories.catalogue.category_codes()

    def classify(
        self,
        pairs: Pairs,
        shopper_lift: NDArray[np.float64],
        counted: Mapping[str, NDArray[np.float32]],
        bought: NDArray[np.bool_],
    ) -> NDArray[np.uint8]:
        """The relation of each pair, a place in RELATIONS, shape (n_pairs,).

        Accessory and refill have a direction: where the anchor is one of the item, as a case is of its camera, the
        camera is neither on the case's page, nor its equal. The relation is then left unspecified.

        Args:
            pairs: Of any anchors.
            shopper_lift: How many times more often than chance shoppers buy both, shape (n_pairs,).
            counted: Features of the pairs by name, at least COUNTS, each of shape (n_pairs,).
            bought: Whether enough shoppers bought both for what they did to say something, shape (n_pairs,). Of the
                others nobody's order decides: what costs less is an accessory, and what is of one category and was
                looked at by the same people is an alternative, on one day or on several.
        """
        anchor, item = pairs.anchor, pairs.item
        n_later, n_sooner, co_views = (counted[name] for name in COUNTS)
        n_later, n_sooner = np.where(bought, n_later, 0), np.where(bought, n_sooner, 0)
        shopper_lift = np.where(bought, shopper_lift, np.minimum(shopper_lift, 1))
        relation = np.full(len(anchor), COMPLEMENT, np.uint8)
        relation[self._is_accessory(item, anchor, n_sooner, n_later)] = UNSPECIFIED
        relation[self._is_refill(item, anchor, shopper_lift)] = UNSPECIFIED
        relation[self._is_accessory(anchor, item, n_later, n_sooner)] = ACCESSORY
        relation[self._is_refill(anchor, item, shopper_lift)] = REFILL
        relation[self._is_alternative(pairs, co_views, shopper_lift) | (~bought & self._is_kin(pairs))] = ALTERNATIVE
        return relation

    def n_viewers(self, pairs: Pairs) -> NDArray[np.float32]:
        """Distinct shoppers who looked at both items of each pair, shape (n_pairs,): what an alternative rests on."""
        return values_at(self._viewers.count_of(pairs.anchors), pairs.row, pairs.item)

    def _is_accessory(
        self,
        anchor: NDArray[np.int64],
        item: NDArray[np.int64],
        n_later: NDArray[np.float32],
        n_sooner: NDArray[np.float32],
    ) -> NDArray[np.bool_]:
        """Whether the item costs less than the anchor and comes with it or after it."""
        follows = n_later + GIVEN_FOLLOWERS >= self._rules.accessory_follows * n_sooner
        return np.asarray(self._costs_less(item, anchor) & follows)

    def _is_refill(
        self, anchor: NDArray[np.int64], item: NDArray[np.int64], shopper_lift: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Whether the item is used up and the anchor is what it is filled into.

        Black ink and colour ink are both used up, and neither is filled into the other.
        """
        used_up = self._used_up[item] & ~self._used_up[anchor]
        return np.asarray(used_up & (shopper_lift >= self._rules.refill_lift) & ~self._costs_less(anchor, item))

    def _costs_less(self, item: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.bool_]:
        prices = self._prices
        priced = (prices[item] > 0) & (prices[other] > 0)
        return np.asarray(priced & (prices[item] <= self._rules.accessory_price * prices[other]))

    def _is_kin(self, pairs: Pairs) -> NDArray[np.bool_]:
        """Whether both are known to be of one category."""
        own = self._category[pairs.anchor]
        return np.asarray((own >= 0) & (own == self._category[pairs.item]))

    def _is_alternative(
        self, pairs: Pairs, co_views: NDArray[np.float32], shopper_lift: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Whether people compare the two and then buy one; only within a category, where categories are known."""
        anchor, item = pairs.anchor, pairs.item
        viewed = lift(co_views, self._views[anchor], self._views[item], self._chance_in_session)
        kin = self._is_kin(pairs) | (self._category[anchor] < 0) | (self._category[item] < 0)
        enough = co_views >= self._rules.min_sessions
        return np.asarray(kin & enough & (viewed >= self._rules.alternative_ratio * shopper_lift))
