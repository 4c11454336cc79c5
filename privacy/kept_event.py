"""What is kept of something that somebody did."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

PURCHASE, DISMISS, IMPRESSION, ADD_TO_CART = "purchase", "dismiss", "impression", "add_to_cart"
RULING_OUT = (PURCHASE, DISMISS)
"""What rules an item out of somebody's pages, however much they did since: what is owned, and what was waved away."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """What was shown before it was done: kept for measurement, and for that alone.

    Attributes:
        exposure: The same for all that was done with one answer; many people may have been given that answer.
        placement: The slot of the page.
        model_version: That answered.
        variant: Arm of the experiment; empty where there was none.
        position: Place of the item in the answer, 1 for the first; None where the answer was empty.
        tier: What the answer might use of the person, in a word: history, or none.
    """

    exposure: bytes
    placement: str
    model_version: str
    variant: str
    position: int | None
    tier: str


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """One thing that one person did.

    Attributes:
        event_id: The shop's own; a second event of the same id is the same event.
        subject: Number of the person.
        event_type: As in the shop's events.
        item_id: Of what; empty only of an impression whose attribution says that nothing was shown.
        at: When, UTC.
        session_id: Empty where unknown.
        order_id: Empty where unknown.
        other: A second number that was named with it; None where there was none.
        attribution: What was shown before; None where that is not known, or may not be kept.
        quantity: How many.
        unit_price_minor: What one of them cost, in hundredths of the currency; None where unknown.
        currency: Of the price, by ISO 4217; empty where the price is unknown.
    """

    event_id: str
    subject: int
    event_type: str
    item_id: str
    at: datetime
    session_id: str = ""
    order_id: str = ""
    other: int | None = None
    attribution: Attribution | None = None
    quantity: int = 1
    unit_price_minor: int | None = None
    currency: str = ""


class Act(NamedTuple):
    """What somebody did lately, as a page needs it: a tuple, as a page makes fifty of them.

    Attributes:
        event_type: As in the shop's events.
        item_id: Of what.
        at_us: When, microseconds since 1970 UTC.
    """

    event_type: str
    item_id: str
    at_us: int
