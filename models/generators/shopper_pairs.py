"""How many shoppers bought both items at any time: a case now, a card next month."""

from dataclasses import dataclass

import numpy as np

from models.candidates import Candidates
from models.counting import PairCounter, column_sums, distinct_by
from models.generators.best import best_of_blocks
from models.histories import Histories


@dataclass(frozen=True, slots=True)
class ShopperPairs:
    """Distinct shoppers who bought both, damped by the item's popularity and by how much a shopper buys.

    score = sum over shoppers with both of (items bought - 1) ** -basket_exponent
        / (shoppers of the item + smoothing) ** popularity_exponent.

    Attributes:
        basket_exponent: 0 counts all shoppers alike, 1 gives every shopper the same weight per item.
        popularity_exponent: 0 ranks by count alone, 0.5 nearly by cosine.
        smoothing: Shoppers added to an item's own count.
    """

    basket_exponent: float = 0.5
    popularity_exponent: float = 0.3
    smoothing: float = 5.0

    @property
    def name(self) -> str:
        """As in settings and tables."""
        return "shopper_pairs"

    def generate(self, histories: Histories, n_candidates: int, *, n_threads: int = 1, seed: int = 0) -> Candidates:
        """See models.candidates.Generator."""
        shoppers_items = distinct_by(histories.orders_items, histories.order_shopper)
        weight = np.maximum(np.diff(shoppers_items.indptr) - 1, 1) ** -self.basket_exponent
        damping = (column_sums(shoppers_items) + self.smoothing) ** -self.popularity_exponent
        counter = PairCounter(shoppers_items, row_weight=weight, item_weight=damping, n_threads=n_threads)
        return best_of_blocks(counter.blocks(), histories.n_items, n_candidates, n_threads=n_threads)
