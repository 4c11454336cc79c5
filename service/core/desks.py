"""The use cases that know shoppers, put together."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from models.errors import ShopkeeperError
from privacy.keys import KeyRing
from privacy.rules import Rules
from privacy.tokens import Tokens
from service.core.attribution import AttributionTokens
from service.core.event_desk import EventDesk, OnReport, count_no_report
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
        attribution: Makes the tokens of pages; None without a store, and without its keys.
    """

    clock: Callable[[], datetime]
    pages: PersonalPages
    privacy: PrivacyDesk | None = None
    events: EventDesk | None = None
    attribution: AttributionTokens | None = None

    @classmethod
    def on(
        cls,
        store: ShopperStore,
        ring: KeyRing,
        rules: Rules,
        clock: Callable[[], datetime],
        on_failure: Callable[[ShopkeeperError], None],
        seconds: Callable[[], float] | None = None,
        on_report: OnReport = count_no_report,
    ) -> "Desks":
        """The use cases over one store, with the shop's keys.

        Args:
            store: Where shoppers' words are.
            ring: The shop's keys.
            rules: How words weigh.
            clock: The present, UTC.
            on_failure: Told why the store failed.
            seconds: The same, since 1970, where that is had for less.
            on_report: As of EventDesk.
        """
        attribution = AttributionTokens(ring, seconds or (lambda: clock().timestamp()))
        return cls(
            clock,
            PersonalPages(store, rules, clock, on_failure),
            PrivacyDesk(store, Tokens(ring), rules, clock),
            EventDesk(store, rules, clock, on_failure, attribution, on_report),
            attribution,
        )

    @classmethod
    def without_a_store(cls, rules: Rules | None = None) -> "Desks":
        """Nobody is known, and nothing is kept; sensitive topics are hidden all the same."""

        def clock() -> datetime:
            return datetime.min.replace(tzinfo=UTC)

        return cls(clock, PersonalPages(None, rules or Rules(), clock, lambda _: None))
