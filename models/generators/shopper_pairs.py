"""How many shoppers bought both items at any time: a case now, a card next month."""

from dataclasses import dataclass

from models.candidates import Candidates
from models.counting import distinct_by
from models.generators.damped import damped_pairs
from models.histories import Histories


@dataclass(frozen=True, slots=True)
class ShopperPairs:
    """Distinct shoppers who bought both, damped by the item's popularity and by how much a shopper buys.

    The settings are those of damped_pairs, which gives the formula.
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
        return damped_pairs(
            distinct_by(histories.orders_items, histories.order_shopper),
            n_candidates,
            basket_exponent=self.basket_exponent,
            popularity_exponent=self.popularity_exponent,
            smoothing=self.smoothing,
            n_threads=n_threads,
        )
