"""The named slots of a shop's pages, and how forward each may be."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

DEFAULT_MIN_PROBABILITY = 0.02
"""Bar where neither the server's settings nor the bundle have one: one in fifty."""


@dataclass(frozen=True, slots=True)
class Placement:
    """The policy of one slot.

    Attributes:
        name: As the request gives it.
        max_results: Items shown when the request does not say how many.
        min_probability: Bar: what is less probable is not shown; None for the one the bundle was trained with.
        needs_item: Whether a request must name the page's item.
    """

    name: str
    max_results: int
    min_probability: float | None = None
    needs_item: bool = False

    def bar(self, trained: Mapping[str, float]) -> float:
        """The bar that holds: the placement's own, else the one chosen in training, else the default.

        Args:
            trained: The bundle's bars by placement.
        """
        if self.min_probability is not None:
            return self.min_probability
        return trained.get(self.name, DEFAULT_MIN_PROBABILITY)


PLACEMENTS: Mapping[str, Placement] = MappingProxyType(
    {
        placement.name: placement
        for placement in (
            Placement("product_page", max_results=4, needs_item=True),
            # The shopper is on the way to the till: fewer, so as not to stand in that way.
            Placement("cart", max_results=3),
            Placement("order_confirmation", max_results=3),
        )
    }
)
"""The placements of this release by name."""


def with_bar(min_probability: float | None) -> Mapping[str, Placement]:
    """The placements, all with this bar; None leaves it to the bundle."""
    return MappingProxyType(
        {name: replace(placement, min_probability=min_probability) for name, placement in PLACEMENTS.items()}
    )
