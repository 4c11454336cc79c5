"""How many shoppers were of both items by any act: bought, carted, favourited or looked at."""

from dataclasses import dataclass

import numpy as np

from models.candidates import Candidates
from models.counting import PairCounter, column_sums
from models.features.shoppers import touched
from models.generators.best import best_of_blocks
from models.histories import Histories


@dataclass(frozen=True, slots=True)
class ShopperHistories:
    """Distinct shoppers of both, damped by the item's popularity and by how much a shopper does.

    score = sum over shoppers of both of (items of theirs - 1) ** -basket_exponent
        / (shoppers of the item + smoothing) ** popularity_exponent.

    Attributes:
        basket_exponent: 0 counts all shoppers alike, 1 gives every shopper the same weight per item.
        popularity_exponent: 0 ranks by count alone, 0.5 nearly by cosine.
        smoothing: Shoppers added to an item's own count.
    """

    basket_exponent: float = 0.5
    popularity_exponent: float = 0.5
    smoothing: float = 3.0

    @property
    def name(self) -> str:
        """As in settings and tables."""
        return "shopper_histories"

    def generate(self, histories: Histories, n_candidates: int, *, n_threads: int = 1, seed: int = 0) -> Candidates:
        """See models.candidates.Generator."""
        shoppers_items = touched(histories)
        weight = np.maximum(np.diff(shoppers_items.indptr) - 1, 1) ** -self.basket_exponent
        damping = (column_sums(shoppers_items) + self.smoothing) ** -self.popularity_exponent
        counter = PairCounter(shoppers_items, row_weight=weight, item_weight=damping, n_threads=n_threads)
        return best_of_blocks(counter.blocks(), histories.n_items, n_candidates, n_threads=n_threads)
