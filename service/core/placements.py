"""The named slots of a shop's pages, and how forward each may be."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from types import MappingProxyType

DEFAULT_MIN_PROBABILITY = 0.02
"""Bar where neither the server's settings nor the bundle have one: one in fifty."""


class Moment(IntEnum):
    """What the shopper is doing; numbered as on the wire."""

    BROWSING = 1
    COMPARING = 2
    BUYING = 3
    DONE = 4


@dataclass(frozen=True, slots=True)
class Restraint:
    """How much less than usual is said at a moment.

    Attributes:
        max_results: Items shown when the request does not say how many; None for the placement's own number.
        bar_factor: What the bar is multiplied by, 1 or more.
    """

    max_results: int | None = None
    bar_factor: float = 1.0


UNRESTRAINED = Restraint()


@dataclass(frozen=True, slots=True)
class Placement:
    """The policy of one slot.

    Attributes:
        name: As the request gives it.
        max_results: Items shown when the request does not say how many.
        most_results: Items shown at most to a request that says how many, and no fewer than max_results.
        min_probability: Bar: what is less probable is not shown; None for the one the bundle was trained with.
        needs_item: Whether a request must name the page's item.
        min_results: Items that must clear the bar, or the answer is quiet: fewer are not worth the room.
        max_price_share: Most that an accessory may cost of its anchor's price.
        max_category_share: Most of the places that items of one category may take, one place at least.
        max_likeness: Share of all the words of two titles, over 0; items that have as many in common are not shown side
            by side. Over 1 only alternatives of each other are kept apart.
        rest_after: Times that an item was shown and not turned to, after which it rests; 0 for never.
        rest_days: Days that it rests.
        moments: How much less is said at some moments.
    """

    name: str
    max_results: int
    min_probability: float | None = None
    needs_item: bool = False
    min_results: int = 1
    max_price_share: float = 0.6
    max_category_share: float = 0.75
    max_likeness: float = 0.75
    rest_after: int = 6
    rest_days: int = 14
    moments: Mapping[Moment, Restraint] = field(default_factory=dict)
    most_results: int = 12

    def limit(self, asked: int, restraint: Restraint) -> int:
        """Items shown at most.

        Args:
            asked: What the request says, 0 where it says nothing: the caller's page may have room for more than the
                placement shows by itself, or for less, but how forward a shop is it decides itself.
            restraint: Of the moment.
        """
        if asked:
            return min(asked, max(self.most_results, self.max_results))
        return restraint.max_results or self.max_results

    def at(self, moment: Moment) -> Restraint:
        """How much is said at a moment."""
        return self.moments.get(moment, UNRESTRAINED)

    def bar(self, trained: Mapping[str, float]) -> float:
        """The bar that holds: the placement's own, else the one chosen in training, else the default.

        Args:
            trained: The bundle's bars by placement.
        """
        if self.min_probability is not None:
            return self.min_probability
        return trained.get(self.name, DEFAULT_MIN_PROBABILITY)


PRODUCT_PAGE_MOMENTS = MappingProxyType(
    {
        # Only looking: three say that there is more, and do not stand in the way.
        Moment.BROWSING: Restraint(max_results=3),
        # Still choosing the thing itself: what goes with it is for later, unless it is twice as sure as usual.
        Moment.COMPARING: Restraint(max_results=2, bar_factor=2.0),
    }
)
"""How a product page holds back while nothing is in the cart. A starting point until sessions have been measured."""

PLACEMENTS: Mapping[str, Placement] = MappingProxyType(
    {
        placement.name: placement
        for placement in (
            Placement("product_page", max_results=4, needs_item=True, moments=PRODUCT_PAGE_MOMENTS),
            # The shopper is on the way to the till: fewer, so as not to stand in that way.
            Placement("cart", max_results=3),
            Placement("order_confirmation", max_results=3),
        )
    }
)
"""The placements of this release by name. An accessory is held to what training calls one (accessory_price). Of the
lists of UCI Online Retail II, where people buy one thing in several colours, a likeness of 0.75 holds back an item in a
hundred, 0.6 one in ten. What was passed by six times in two weeks is not wanted now; a starting point until rests have
been measured."""


def with_bar(
    min_probability: float | None, placements: Mapping[str, Placement] = PLACEMENTS
) -> Mapping[str, Placement]:
    """The placements, all with this bar; None leaves it to each."""
    if min_probability is None:
        return placements
    return MappingProxyType(
        {name: replace(placement, min_probability=min_probability) for name, placement in placements.items()}
    )
