"""Joins what a shopper did to what they were shown, by the token of the answer."""

from enum import IntEnum

from privacy.kept_event import Attribution, KeptEvent
from service.core.attribution import AttributionTokens

HISTORY, NO_HISTORY = "history", "none"
"""Tiers: whether an answer might use the shopper's history. Why it might not is not kept with what they did."""


class Joining(IntEnum):
    """What became of an event's token; numbered as on the wire."""

    NONE = 0
    JOINED = 1
    INVALID = 2
    OUT_OF_TIME = 3
    ITEM_NOT_SHOWN = 4
    NOT_ALLOWED = 5


Joined = tuple[Joining, Attribution | None]


def joined(tokens: AttributionTokens, token: str, event: KeptEvent) -> Joined:
    """Whether an event was done with what a token says was shown, and what that was.

    Args:
        tokens: Of the shop.
        token: As it came with the event; empty where none did.
        event: Without an item it says that the place stayed empty, which only the token of an empty answer bears out.
    """
    if not token:
        return Joining.NONE, None
    shown = tokens.read(token)
    if shown is None:
        return Joining.INVALID, None
    if not shown.holds_at(event.at):
        return Joining.OUT_OF_TIME, None
    position = shown.position_of(event.item_id) if event.item_id else None
    if position is None and not (shown.is_quiet and not event.item_id):
        return Joining.ITEM_NOT_SHOWN, None
    tier = HISTORY if shown.has_history else NO_HISTORY
    return Joining.JOINED, Attribution(shown.id, shown.placement, shown.model_version, shown.variant, position, tier)
