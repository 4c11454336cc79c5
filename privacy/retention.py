"""How long events are kept."""

from collections.abc import Mapping
from datetime import datetime, timedelta

MAX_DAYS = 3_650
"""Ten years: longer than tax law anywhere asks for receipts, and what is older says nothing of today's shop."""

DEFAULT_DAYS: Mapping[str, int] = {
    "view": 90,
    "add_to_cart": 180,
    "favourite": 400,
    "purchase": 400,
    "impression": 90,
    "click": 90,
    "dismiss": 400,
}
"""Days by event type. A purchase is kept a year and a month, so that a season can be told from the same one a year
before, and a refill that is bought yearly shows. What a shopper marked or sent away is obeyed as long. A cart says
what it has to say in two quarters; looks and what was shown, in one."""


def cutoffs(retention_days: Mapping[str, int], now: datetime) -> dict[str, datetime]:
    """Moments by event type: what happened before is kept no longer, what happened at that moment or later is."""
    return {event_type: now - timedelta(days=days) for event_type, days in retention_days.items()}
