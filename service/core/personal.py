"""What may be used of the shopper before the page: nothing, unless they said yes to it and still do."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import NamedTuple
from weakref import WeakKeyDictionary

from models.bundle.reading import Bundle
from models.errors import ShopkeeperError
from privacy.consent import Identity, Purpose, Reason
from privacy.kept_event import DISMISS, IMPRESSION, PURCHASE, Act
from privacy.person import Person
from privacy.rules import Rules
from privacy.signals import Signals, decide_now
from privacy.times import microseconds
from privacy.topics import TopicNumbers, TopicWord
from service.core.shopper_store import ShopperReader

_DAY_US = 86_400_000_000

MAX_ACTS = 50
"""Latest events of a shopper that a page goes by: what is older than fifty acts ago says little of today."""

MAX_REST_DAYS = 90
"""Days after which nobody remembers what they were shown."""

TURNED_TO = frozenset({"view", "add_to_cart", "favourite", PURCHASE, "click"})
"""What shows that somebody was interested in an item."""


class ConsentReason(IntEnum):
    """Why a shopper's data may be used, or why not; numbered as on the wire."""

    NOT_ASKED_FOR = 0
    GRANTED = 1
    NEVER_ASKED = 2
    DENIED = 3
    LAPSED = 4
    GLOBAL_PRIVACY_CONTROL = 5
    TCF_REFUSED = 6
    UNAVAILABLE = 7


REASONS = {
    Reason.GRANTED: ConsentReason.GRANTED,
    Reason.NO_IDENTITY: ConsentReason.NEVER_ASKED,
    Reason.NEVER_ASKED: ConsentReason.NEVER_ASKED,
    Reason.NOT_YET_GRANTED: ConsentReason.NEVER_ASKED,
    Reason.DENIED: ConsentReason.DENIED,
    Reason.WITHDRAWN: ConsentReason.DENIED,
    Reason.LAPSED: ConsentReason.LAPSED,
    Reason.GLOBAL_PRIVACY_CONTROL: ConsentReason.GLOBAL_PRIVACY_CONTROL,
    Reason.TCF_REFUSED: ConsentReason.TCF_REFUSED,
}
"""From the rules' words to the wire's."""


@dataclass(frozen=True, slots=True)
class Personal:
    """What one page may use of a shopper.

    Attributes:
        reason: Why their history may be used, or why not.
        hidden: Numbers of the categories that are not shown to them.
        turned_to: Items they were interested in, oldest first, each once, those of hidden categories too.
        owned: Days since they last bought each item.
        dismissed: Items they waved away.
        passed_by: Days since each time that an item was shown to them which they did not turn to since, by item.
        prefers: Whether what is hidden goes by what they said of topics.
    """

    reason: ConsentReason = ConsentReason.NOT_ASKED_FOR
    hidden: frozenset[int] = frozenset()
    turned_to: tuple[str, ...] = ()
    owned: Mapping[str, float] = field(default_factory=dict)
    dismissed: frozenset[str] = frozenset()
    passed_by: Mapping[str, Sequence[float]] = field(default_factory=dict)
    prefers: bool = False


IMPERSONAL = Personal()
"""Of nobody, where no topic is sensitive."""


class Met(NamedTuple):
    """Who is before a page, as far as it may be known.

    Attributes:
        reason: Why their history may be used, or why not.
        person: What stands of them; None of nobody, and where it is not known.
        acts: What they did, latest first; none where it may not be used.
        showings: What they were shown, likewise.
        may_measure: Whether they said yes to measurement; no where nobody asked.
    """

    reason: ConsentReason
    person: Person | None = None
    acts: Sequence[Act] = ()
    showings: Sequence[Act] = ()
    may_measure: bool = False


NOBODY, UNAVAILABLE = Met(ConsentReason.NOT_ASKED_FOR), Met(ConsentReason.UNAVAILABLE)


class PersonalPages:
    """Says what each page may use of its shopper. It fails closed: what cannot be known is a no.

    Args:
        store: Where shoppers' words are; None where the shop keeps none.
        rules: How they weigh.
        clock: The present, UTC.
        on_failure: Told why a look-up failed.
    """

    def __init__(
        self,
        store: ShopperReader | None,
        rules: Rules,
        clock: Callable[[], datetime],
        on_failure: Callable[[ShopkeeperError], None],
    ) -> None:
        self._store, self._rules, self._clock, self._on_failure = store, rules, clock, on_failure
        self._kept_us = {event_type: days * _DAY_US for event_type, days in rules.retention_days.items()}
        # A bundle is let go of once nothing is answered from it any more.
        self._topics: WeakKeyDictionary[Bundle, TopicNumbers] = WeakKeyDictionary()

    async def of(
        self, identities: Sequence[Identity], signals: Signals, bundle: Bundle, within_s: float = math.inf
    ) -> Personal:
        """What a page may use, as far as it is known in time.

        Args:
            identities: The ids of the request; none where it names nobody.
            signals: What came with it.
            bundle: Whose categories are hidden.
            within_s: Time that the page has for it.
        """
        return self.as_met(await self.meet(identities, signals, within_s), bundle)

    async def meet(
        self, identities: Sequence[Identity], signals: Signals, within_s: float = math.inf, *, measures: bool = False
    ) -> Met:
        """Who is before the page, whichever model answers it; a no where that is not known in time.

        Args:
            identities: The ids of the request; none where it names nobody.
            signals: What came with it.
            within_s: Time that the page has for it.
            measures: Whether it matters that they may be measured.
        """
        if self._store is None or not identities:
            return NOBODY
        try:
            began = self._clock()
            person = await self._store.find(identities, within_s)
            answers = person.answers(Purpose.PERSONALISATION).values()
            now = self._clock()
            decision = decide_now(answers, signals, Purpose.PERSONALISATION, self._rules, now)
            left_s = within_s - (now - began).total_seconds()
            acts, showings = await self._past(self._store, person, left_s) if decision.allowed else ((), ())
            may_measure = False
            if measures:
                said = person.answers(Purpose.MEASUREMENT).values()
                may_measure = decide_now(said, signals, Purpose.MEASUREMENT, self._rules, now).allowed
        except ShopkeeperError as error:
            self._on_failure(error)
            return UNAVAILABLE
        return Met(REASONS[decision.reason], person, acts, showings, may_measure)

    def as_met(self, met: Met, bundle: Bundle) -> Personal:
        """What a page may use of who is before it.

        Args:
            met: As `meet` found them.
            bundle: Whose categories are hidden.
        """
        topics = self._topics_of(bundle)
        if met.person is None:
            return IMPERSONAL if met is NOBODY and not topics.unasked else Personal(met.reason, topics.unasked)
        hidden = topics.hidden_of(*_words(met.person))
        prefers = hidden is not topics.unasked
        if not (met.acts or met.showings):
            return Personal(met.reason, hidden, prefers=prefers)
        return self._made_of(met.acts, met.showings, hidden, prefers=prefers)

    async def _past(self, store: ShopperReader, person: Person, within_s: float) -> tuple[Sequence[Act], Sequence[Act]]:
        """What the shopper did lately, and what they were shown, as long as it may be kept; latest first.

        Where several people share the browser, to none of them is shown what another one did.
        """
        now_us = microseconds(self._clock())
        since_us = now_us - min(MAX_REST_DAYS * _DAY_US, self._kept_us.get(IMPRESSION, now_us))
        return await store.past(Person(person.own), MAX_ACTS, since_us, within_s)

    def _made_of(
        self, acts: Sequence[Act], showings: Sequence[Act], hidden: frozenset[int], *, prefers: bool
    ) -> Personal:
        """What a page may use of what somebody did, less what may not be kept any more; both latest first."""
        now_us, kept_us = microseconds(self._clock()), self._kept_us
        turned_at: dict[str, int] = {}
        turned_to: list[str] = []
        bought: dict[str, float] = {}
        waved: set[str] = set()
        n_acts = 0
        for event_type, item_id, at_us in acts:
            if now_us - at_us > kept_us.get(event_type, now_us):
                continue
            n_acts += 1
            if event_type == DISMISS:
                waved.add(item_id)
            elif event_type in TURNED_TO:
                if event_type == PURCHASE and item_id not in bought:
                    bought[item_id] = (now_us - at_us) / _DAY_US
                if item_id not in turned_at:
                    turned_at[item_id] = at_us
                    if n_acts <= MAX_ACTS:
                        turned_to.append(item_id)
        passed_by: dict[str, list[float]] = {}
        for _, item_id, at_us in showings:
            if at_us > turned_at.get(item_id, -1):
                passed_by.setdefault(item_id, []).append((now_us - at_us) / _DAY_US)
        turned_to.reverse()
        return Personal(ConsentReason.GRANTED, hidden, tuple(turned_to), bought, frozenset(waved), passed_by, prefers)

    def _topics_of(self, bundle: Bundle) -> TopicNumbers:
        """The topics of a bundle in service, numbered once for each."""
        found = self._topics.get(bundle)
        if found is None:
            categories = [bundle.category(number) for number in range(bundle.n_categories)]
            found = self._topics[bundle] = TopicNumbers(categories, self._rules.sensitive_topics)
        return found


def _words(person: Person) -> tuple[list[Mapping[str, TopicWord]], list[Mapping[str, TopicWord]]]:
    """What those before the page say of topics, and what those say who only share the browser."""
    own = person.own
    others = [one for one in person.linked if one not in own] if len(own) < len(person.known) else []
    return [one.preferences.topics for one in own], [one.preferences.topics for one in others]
