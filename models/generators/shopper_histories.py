"""How many shoppers were of both items by any act: bought, carted, favourited or looked at."""

from dataclasses import dataclass

from models.candidates import Candidates
from models.features.shoppers import touched
from models.generators.damped import damped_pairs
from models.histories import Histories


@dataclass(frozen=True, slots=True)
class ShopperHistories:
    """Distinct shoppers of both, damped by the item's popularity and by how much a shopper does.

    The settings are those of damped_pairs, which gives the formula.
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
        return damped_pairs(
            touched(histories),
            n_candidates,
            basket_exponent=self.basket_exponent,
            popularity_exponent=self.popularity_exponent,
            smoothing=self.smoothing,
            n_threads=n_threads,
        )
