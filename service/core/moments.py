"""What the session suggests that the shopper is doing: it decides how much is said, by the request alone."""

from collections.abc import Collection, Sequence

from models.bundle.reading import Bundle
from service.core.answers import Request
from service.core.evidence import Evidence, Role
from service.core.placements import Moment

N_RIVALS = 2
"""Rivals of the page's item that were viewed before it: who looks at a third of a kind is choosing among them."""


def moment_of(bundle: Bundle, request: Request, evidence: Sequence[Evidence], alternatives: Collection[int]) -> Moment:
    """The moment of one page view: done once the order is placed, buying once something is in the cart, comparing on
    the page of a third item of its kind, browsing otherwise.

    Args:
        bundle: The model.
        request: Its placement and cart.
        evidence: What it gives to go on.
        alternatives: Items that would be bought instead of the page's.
    """
    if request.placement == "order_confirmation":
        return Moment.DONE
    if request.placement == "cart" or request.cart_item_ids:
        return Moment.BUYING
    page = next((int(bundle.item_category[piece.place]) for piece in evidence if piece.role is Role.ANCHOR), -1)
    viewed = [piece.place for piece in evidence if piece.role is Role.VIEWED]
    rivals = [
        place for place in viewed if place in alternatives or (page >= 0 and int(bundle.item_category[place]) == page)
    ]
    return Moment.COMPARING if len(rivals) >= N_RIVALS else Moment.BROWSING
