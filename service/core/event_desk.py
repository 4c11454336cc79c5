"""Keeps what shoppers did, of those who said yes to it, and what they had been shown, of those who said yes to that."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from itertools import islice

from models.errors import Fault, ShopkeeperError
from privacy.consent import Identity, Purpose, ShopperKind
from privacy.entry import Circumstances
from privacy.kept_event import IMPRESSION, Attribution, KeptEvent
from privacy.person import Person
from privacy.rules import Rules
from privacy.signals import Signals, decide_each
from service.core.attribution import AttributionTokens
from service.core.joining import Joining, joined
from service.core.personal import REASONS, ConsentReason
from service.core.shopper_store import ShopperStore

KEPT_FOR = (Purpose.PERSONALISATION, Purpose.MODEL_TRAINING)
"""What an event is kept for: a yes to one of them is enough to keep it, and it is used for that one alone."""
WITH_EXPOSURE = (*KEPT_FOR, Purpose.MEASUREMENT)
"""The same where it is known what was shown. A yes to measurement alone keeps no event; without it an event is kept
without what was shown."""

AT_A_TIME = 20
"""Events, or people, that are looked at before others' page views are let in between: about as long as a page takes."""
N_LOOK_UPS = 8
"""Look-ups of people at once, of all batches together: half of what a store takes, so that a page finds it free."""


class Outcome(IntEnum):
    """What became of an event; numbered as on the wire."""

    STORED = 1
    NOT_ALLOWED = 2
    UNAVAILABLE = 3
    REJECTED = 4


@dataclass(frozen=True, slots=True)
class Told:
    """An event as the shop tells it.

    Attributes:
        event: What happened; its subject is not known yet.
        identities: By whom.
        signals: What came with it.
        token: Of the answer that it was done with; empty where there was none.
        joining: What becomes of the token; the desk finds out.
    """

    event: KeptEvent
    identities: tuple[Identity, ...]
    signals: Signals
    token: str = ""
    joining: Joining = Joining.NONE

    @property
    def asked(self) -> tuple[Purpose, ...]:
        """The purposes that consent is asked for."""
        return WITH_EXPOSURE if self.joining is Joining.JOINED else KEPT_FOR


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an event.

    Attributes:
        outcome: Whether it is kept.
        reason: Why it may be kept or not.
        joining: What became of its token, where it is kept.
        faults: What is wrong with it, where it is rejected.
    """

    outcome: Outcome
    reason: ConsentReason = ConsentReason.NOT_ASKED_FOR
    joining: Joining = Joining.NONE
    faults: tuple[Fault, ...] = ()


_UNKNOWN = Result(Outcome.UNAVAILABLE, ConsentReason.UNAVAILABLE)
_OF_NOTHING = Result(
    Outcome.REJECTED,
    faults=(Fault("item_id", "is empty, and attribution_token is not of an empty answer of the last two weeks"),),
)


OnReport = Callable[[Attribution, str], None]
"""Told what was seen, and an id of whoever saw it."""


def count_no_report(_shown: Attribution, _person: str) -> None:
    """Where no test of models runs."""


class EventDesk:
    """Takes events.

    Args:
        store: Where they are kept.
        rules: How words weigh.
        clock: The present, UTC.
        on_failure: Told why the store failed.
        tokens: Reads those of answers.
        on_report: Told of each answer that a page says was seen, by its first item or as empty, of those who may be
            measured.
    """

    def __init__(
        self,
        store: ShopperStore,
        rules: Rules,
        clock: Callable[[], datetime],
        on_failure: Callable[[ShopkeeperError], None],
        tokens: AttributionTokens,
        on_report: OnReport = count_no_report,
    ) -> None:
        self._store, self._rules, self._clock, self._on_failure = store, rules, clock, on_failure
        self._tokens, self._on_report = tokens, on_report
        self._looking_up = asyncio.Semaphore(N_LOOK_UPS)

    async def record(self, told: Sequence[Told]) -> list[Result]:
        """Keep what may be kept; what became of each event, in order.

        Whoever may not be looked up has nothing kept. What happened before somebody said yes to it is not kept, however
        late it is told. Consent is asked again within the transaction that keeps, so an
        opt-out that comes in between is obeyed. A token that does not hold loses no event, but for one that says no
        more than that nothing was shown.
        """
        told = [self._joined(one) for one in told]
        results = [_UNKNOWN if one.event.item_id or one.joining is Joining.JOINED else _OF_NOTHING for one in told]
        asked = [place for place, result in enumerate(results) if result is _UNKNOWN]
        try:
            people = await self._people(dict.fromkeys(told[place].identities for place in asked))
            for place in asked:
                results[place] = await self._judged_then_and_now(told[place], people[told[place].identities])
                if place % AT_A_TIME == AT_A_TIME - 1:
                    await asyncio.sleep(0)
            kept = [place for place in asked if results[place].outcome is Outcome.STORED]
            if kept:
                numbers = await self._link([told[place] for place in kept], people)
                await self._keep(told, kept, numbers, results)
                self._count_reports((told[place], results[place]) for place in kept)
        except ShopkeeperError as error:
            self._on_failure(error)
            return [_UNKNOWN if result.outcome is Outcome.STORED else result for result in results]
        return results

    async def _people(self, named: Iterable[tuple[Identity, ...]]) -> dict[tuple[Identity, ...], Person]:
        """Everybody whom these ids name; several are looked up at once, and none any more after the first failure.

        The first is looked up alone: after an outage a store lets one find out whether it is over, and refuses others.
        """
        left = iter(named)
        people = {identities: await self._look_up(identities) for identities in islice(left, 1)}
        while some := tuple(islice(left, AT_A_TIME)):
            try:
                async with asyncio.TaskGroup() as group:
                    found = [group.create_task(self._look_up(identities)) for identities in some]
            except ExceptionGroup as failures:
                raise failures.exceptions[0] from None
            people |= zip(some, (one.result() for one in found), strict=True)
        return people

    async def _look_up(self, identities: tuple[Identity, ...]) -> Person:
        async with self._looking_up:
            return await self._store.look_up(identities)

    def _joined(self, told: Told) -> Told:
        if not told.token:
            return told
        joining, attribution = joined(self._tokens, told.token, told.event)
        return replace(told, joining=joining, event=replace(told.event, attribution=attribution))

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

        def as_allowed(as_of_now: Sequence[Person]) -> list[KeptEvent | None]:
            for place, person in zip(places, as_of_now, strict=True):
                results[place] = _both(results[place], self._judged(told[place], person))
            return [_as_kept(event, results[place]) for event, place in zip(events, places, strict=True)]

        await self._store.keep(named, as_allowed)

    def _count_reports(self, kept: Iterable[tuple[Told, Result]]) -> None:
        for one, result in kept:
            shown = one.event.attribution
            is_report = shown is not None and one.event.event_type == IMPRESSION and shown.position in (None, 1)
            if shown is not None and is_report and result.joining is Joining.JOINED:
                # The browser's where one is named, as service.core.arms.Named.person is.
                self._on_report(shown, one.identities[-1].id)

    async def _judged_then_and_now(self, told: Told, person: Person) -> Result:
        """Whether an event may be kept by what stands now, and by what stood when it happened."""
        result = self._judged(told, person)
        if result.outcome is not Outcome.STORED or not _said_something_since(told, person):
            return result
        then = self._judged(told, await self._store.as_of(person, told.event.at), told.event.at)
        return _both(result, then)

    def _judged(self, told: Told, person: Person, at: datetime | None = None) -> Result:
        said = {purpose: person.answers(purpose).values() for purpose in told.asked}
        decisions = decide_each(said, told.signals, self._rules, at or self._clock())
        if not person.known or _is_erased(told, person):
            return Result(Outcome.NOT_ALLOWED, ConsentReason.NEVER_ASKED)
        if not any(decisions[purpose].allowed for purpose in KEPT_FOR):
            return Result(Outcome.NOT_ALLOWED, REASONS[decisions[Purpose.PERSONALISATION].reason])
        measured = decisions.get(Purpose.MEASUREMENT)
        if measured is None or measured.allowed:
            return Result(Outcome.STORED, ConsentReason.GRANTED, told.joining)
        if not told.event.item_id:
            return Result(Outcome.NOT_ALLOWED, REASONS[measured.reason])
        return Result(Outcome.STORED, ConsentReason.GRANTED, Joining.NOT_ALLOWED)


def _both(first: Result, second: Result) -> Result:
    """What two moments allow, of which the first let the event be kept."""
    if second.outcome is Outcome.STORED and first.joining is Joining.NOT_ALLOWED:
        return first
    return second


def _as_kept(event: KeptEvent, result: Result) -> KeptEvent | None:
    """The event as it may be kept."""
    if result.outcome is not Outcome.STORED:
        return None
    return event if result.joining is Joining.JOINED else replace(event, attribution=None)


def _said_something_since(told: Told, person: Person) -> bool:
    """Whether what stands of somebody may not be what stood when it happened."""
    return any(
        answer is not None and answer.at > told.event.at
        for purpose in told.asked
        for answer in person.answers(purpose).values()
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
