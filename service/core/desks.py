"""The use cases that know shoppers, put together."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from models.errors import ShopkeeperError
from privacy.rules import Rules
from privacy.tokens import Tokens
from service.core.event_desk import EventDesk
from service.core.personal import PersonalPages
from service.core.privacy_desk import PrivacyDesk
from service.core.shopper_store import ShopperStore


@dataclass(frozen=True, slots=True)
class Desks:
    """What serves shoppers.

    Attributes:
        clock: The present, UTC.
        pages: What pages may use of them.
        privacy: Takes their words; None without a store.
        events: Takes what they did; None without a store.
    """

    clock: Callable[[], datetime]
    pages: PersonalPages
    privacy: PrivacyDesk | None = None
    events: EventDesk | None = None

    @classmethod
    def on(
        cls,
        store: ShopperStore,
        tokens: Tokens,
        rules: Rules,
        clock: Callable[[], datetime],
        on_failure: Callable[[ShopkeeperError], None],
    ) -> "Desks":
        """The use cases over one store."""
        return cls(
            clock,
            PersonalPages(store, rules, clock, on_failure),
            PrivacyDesk(store, tokens, rules, clock),
            EventDesk(store, rules, clock, on_failure),
        )

    @classmethod
    def without_a_store(cls, rules: Rules | None = None) -> "Desks":
        """Nobody is known, and nothing is kept; sensitive topics are hidden all the same."""

        def clock() -> datetime:
            return datetime.min.replace(tzinfo=UTC)

        return cls(clock, PersonalPages(None, rules or Rules(), clock, lambda _: None))
