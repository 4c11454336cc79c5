"""What the use cases need of the place where shoppers' words are kept."""

import math
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from privacy.consent import Identity, Purpose, Status
from privacy.entry import Circumstances
from privacy.holdings import ErasureReceipt, Holdings
from privacy.kept_event import Act, KeptEvent
from privacy.person import Person
from privacy.preferences import Channel, ContactKey, ContactWord, Forget
from privacy.topics import TopicWord

_T = TypeVar("_T")


class ShopperReader(Protocol):
    """Look-ups for a page. They fail with a ShopkeeperError, and soon, where the answer cannot be known."""

    async def find(self, identities: Sequence[Identity], within_s: float = math.inf) -> Person:
        """Everybody that these ids name, as of now; a failure where that takes longer than the page has time."""

    async def past(
        self, person: Person, n_events: int, since_us: int, within_s: float = math.inf
    ) -> tuple[Sequence[Act], Sequence[Act]]:
        """What a person did, and what they were shown, both latest first.

        Args:
            person: Who.
            n_events: That they did last; after those comes what they bought and waved away before.
            since_us: What was shown from when on, microseconds since 1970 UTC.
            within_s: As in `find`.
        """


class ShopperStore(ShopperReader, Protocol):
    """Everything else; see privacy.store.store.PrivacyStore, whose methods these are."""

    async def look_up(self, identities: Sequence[Identity]) -> Person:
        """As `find`, for a backend's call, which can wait longer than a page."""

    async def as_of(self, person: Person, at: datetime) -> Person:
        """What stood of a person at an earlier moment, UTC."""

    async def record(
        self, identities: Sequence[Identity], answers: Mapping[Purpose, Status], circumstances: Circumstances
    ) -> int:
        """Record answers, all of them or none."""

    async def opt_out(
        self, identities: Sequence[Identity], purposes: Collection[Purpose], circumstances: Circumstances
    ) -> int:
        """Record a no."""

    async def opt_out_subject(self, subject: int, purposes: Collection[Purpose], circumstances: Circumstances) -> int:
        """Record a no of a number."""

    async def refuse_channel(self, subject: int, channel: Channel, topic: str) -> int:
        """Refuse a channel on a topic, or on any where it is empty, for who a link's token names and is."""

    async def subject_of(self, identity: Identity) -> int:
        """The number of an id."""

    async def numbers(self, identities: Sequence[Identity]) -> Mapping[Identity, int]:
        """The number of each id by itself, of those that were met before."""

    async def find_subject(self, subject: int) -> Person:
        """What stands of a number."""

    async def link(self, visitor_id: str, customer_id: str, circumstances: Circumstances) -> int:
        """Record that a visitor is a customer."""

    async def prefer(
        self,
        identities: Sequence[Identity],
        topics: Mapping[str, TopicWord | Forget | None],
        contact: Mapping[ContactKey, ContactWord | Forget | None],
    ) -> None:
        """Change preferences."""

    async def prefer_subject(
        self,
        subject: int,
        topics: Mapping[str, TopicWord | Forget | None],
        contact: Mapping[ContactKey, ContactWord | Forget | None],
    ) -> None:
        """Change the preferences of a number."""

    async def erase(self, identities: Sequence[Identity], at: datetime, source: str = "") -> ErasureReceipt:
        """Forget."""

    async def erasure(self, receipt: str) -> ErasureReceipt | None:
        """What an erasure did."""

    def copy(self, identities: Sequence[Identity], told: Callable[[Holdings], Iterator[_T]]) -> AsyncIterator[_T]:
        """All that is held, as it is told, a part at a time, away from where pages are answered."""

    async def keep(
        self,
        named: Sequence[Sequence[int]],
        as_allowed: Callable[[Sequence[Person]], Sequence[KeptEvent | None]],
    ) -> int:
        """Keep what may be kept."""
