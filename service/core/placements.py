"""The named slots of a shop's pages, and how forward each may be."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

DEFAULT_MIN_PROBABILITY = 0.02
"""Bar of every placement: one in fifty. A starting point; a shop sets its own once it has measured dismissals."""


@dataclass(frozen=True, slots=True)
class Placement:
    """The policy of one slot.

    Attributes:
        name: As the request gives it.
        max_results: Items shown when the request does not say how many.
        min_probability: Bar: what is less probable is not shown.
        needs_item: Whether a request must name the page's item.
    """

    name: str
    max_results: int
    min_probability: float = DEFAULT_MIN_PROBABILITY
    needs_item: bool = False


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


def with_bar(min_probability: float) -> Mapping[str, Placement]:
    """The placements, all with this bar."""
    return MappingProxyType(
        {name: replace(placement, min_probability=min_probability) for name, placement in PLACEMENTS.items()}
    )
