"""What is kept of something that somebody did."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

PURCHASE, DISMISS, IMPRESSION = "purchase", "dismiss", "impression"
RULING_OUT = (PURCHASE, DISMISS)
"""What rules an item out of somebody's pages, however much they did since: what is owned, and what was waved away."""


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """One thing that one person did.

    Attributes:
        event_id: The shop's own; a second event of the same id is the same event.
        subject: Number of the person.
        event_type: As in the shop's events.
        item_id: Of what.
        at: When, UTC.
        session_id: Empty where unknown.
        order_id: Empty where unknown.
        other: A second number that was named with it; None where there was none.
    """

    event_id: str
    subject: int
    event_type: str
    item_id: str
    at: datetime
    session_id: str = ""
    order_id: str = ""
    other: int | None = None


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
