"""Keeps what shoppers did, of those who said yes to it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum

from models.errors import ShopkeeperError
from privacy.consent import Identity, Purpose, ShopperKind
from privacy.entry import Circumstances
from privacy.kept_event import KeptEvent
from privacy.person import Person
from privacy.rules import Rules
from privacy.signals import Signals, decide_each
from service.core.personal import REASONS, ConsentReason
from service.core.shopper_store import ShopperStore

KEPT_FOR = (Purpose.PERSONALISATION, Purpose.MODEL_TRAINING)
"""What an event is kept for: a yes to one of them is enough to keep it, and it is used for that one alone."""


AT_A_TIME = 20
"""Events that are looked at before others' page views are let in between: about as long as a page takes."""


class Outcome(IntEnum):
    """What became of an event; numbered as on the wire."""

    STORED = 1
    NOT_ALLOWED = 2
    UNAVAILABLE = 3


@dataclass(frozen=True, slots=True)
class Told:
    """An event as the shop tells it.

    Attributes:
        event: What happened; its subject is not known yet.
        identities: By whom.
        signals: What came with it.
    """

    event: KeptEvent
    identities: tuple[Identity, ...]
    signals: Signals


Result = tuple[Outcome, ConsentReason]


class EventDesk:
    """Takes events.

    Args:
        store: Where they are kept.
        rules: How words weigh.
        clock: The present, UTC.
        on_failure: Told why the store failed.
    """

    def __init__(
        self,
        store: ShopperStore,
        rules: Rules,
        clock: Callable[[], datetime],
        on_failure: Callable[[ShopkeeperError], None],
    ) -> None:
        self._store, self._rules, self._clock, self._on_failure = store, rules, clock, on_failure

    async def record(self, told: Sequence[Told]) -> list[Result]:
        """Keep what may be kept; what became of each event, in order.

        Whoever may not be looked up has nothing kept. What happened before somebody said yes to it is not kept, however
        late it is told. Consent is asked again within the transaction that keeps, so an
        opt-out that comes in between is obeyed.
        """
        results: list[Result] = [(Outcome.UNAVAILABLE, ConsentReason.UNAVAILABLE)] * len(told)
        try:
            people: dict[tuple[Identity, ...], Person] = {}
            for place, one in enumerate(told):
                if place % AT_A_TIME == AT_A_TIME - 1:
                    await asyncio.sleep(0)
                if one.identities not in people:
                    people[one.identities] = await self._store.look_up(one.identities)
            for place, one in enumerate(told):
                results[place] = await self._judged_then_and_now(one, people[one.identities])
                if place % AT_A_TIME == AT_A_TIME - 1:
                    await asyncio.sleep(0)
            kept = [place for place, (outcome, _) in enumerate(results) if outcome is Outcome.STORED]
            if kept:
                numbers = await self._link([told[place] for place in kept], people)
                await self._keep(told, kept, numbers, results)
        except ShopkeeperError as error:
            self._on_failure(error)
            return [
                result if result[0] is Outcome.NOT_ALLOWED else (Outcome.UNAVAILABLE, ConsentReason.UNAVAILABLE)
                for result in results
            ]
        return results

    async def _link(
        self, told: Sequence[Told], people: Mapping[tuple[Identity, ...], Person]
    ) -> Mapping[Identity, int]:
        """Who is named together is one person from now on, so that a no of either reaches what is kept of both.

        Args:
            told: Events that may be kept.
            people: Everybody whom their ids name, as found.

        Returns:
            The number of each id.
        """
        named = list(dict.fromkeys(identity for one in told for identity in one.identities))
        numbers = await self._store.numbers(named)
        apart = {one.identities: None for one in told if not _is_one(one.identities, numbers, people[one.identities])}
        for identities in apart:
            by_kind = {identity.kind: identity.id for identity in identities}
            first = min(one.event.at for one in told if one.identities == identities)
            circumstances = Circumstances(first, source="event")
            await self._store.link(by_kind[ShopperKind.VISITOR], by_kind[ShopperKind.CUSTOMER], circumstances)
        return await self._store.numbers(named) if apart else numbers

    async def _keep(
        self,
        told: Sequence[Told],
        places: Sequence[int],
        numbers: Mapping[Identity, int],
        results: list[Result],
    ) -> None:
        """Keep these events; correct the results by what is decided then."""
        named = [[numbers[identity] for identity in told[place].identities] for place in places]
        # The customer's where one is named, who may be met on other devices.
        events = [
            replace(told[place].event, subject=of[0], other=of[1] if len(of) > 1 else None)
            for place, of in zip(places, named, strict=True)
        ]

        def may_keep(as_of_now: Sequence[Person]) -> list[bool]:
            for place, person in zip(places, as_of_now, strict=True):
                results[place] = self._judged(told[place], person)
            return [results[place][0] is Outcome.STORED for place in places]

        await self._store.keep(events, named, may_keep)

    async def _judged_then_and_now(self, told: Told, person: Person) -> Result:
        """Whether an event may be kept by what stands now, and by what stood when it happened."""
        result = self._judged(told, person)
        if result[0] is not Outcome.STORED or not _said_something_since(told.event.at, person):
            return result
        return self._judged(told, await self._store.as_of(person, told.event.at), told.event.at)

    def _judged(self, told: Told, person: Person, at: datetime | None = None) -> Result:
        said = {purpose: person.answers(purpose).values() for purpose in KEPT_FOR}
        decisions = decide_each(said, told.signals, self._rules, at or self._clock())
        if not person.known or _is_erased(told, person):
            return Outcome.NOT_ALLOWED, ConsentReason.NEVER_ASKED
        if any(decision.allowed for decision in decisions.values()):
            return Outcome.STORED, ConsentReason.GRANTED
        return Outcome.NOT_ALLOWED, REASONS[decisions[Purpose.PERSONALISATION].reason]


def _said_something_since(at: datetime, person: Person) -> bool:
    """Whether what stands of somebody may not be what stood at an earlier moment."""
    return any(
        answer is not None and answer.at > at for purpose in KEPT_FOR for answer in person.answers(purpose).values()
    )


def _is_erased(told: Told, person: Person) -> bool:
    """Whether it happened before somebody of them was forgotten: told late, it would bring back what was erased."""
    return any(one.state.erased_at is not None and told.event.at <= one.state.erased_at for one in person.known)


def _is_one(identities: Sequence[Identity], numbers: Mapping[Identity, int], person: Person) -> bool:
    """Whether ids are one, or linked to each other; not where one of two was never met."""
    by_kind = {identity.kind: numbers.get(identity) for identity in identities}
    if len(by_kind) < len(ShopperKind):
        return True
    visitor, customer = by_kind[ShopperKind.VISITOR], by_kind[ShopperKind.CUSTOMER]
    return any(one.subject == visitor and customer in one.state.linked for one in person.known)
