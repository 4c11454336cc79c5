"""Who said what, kept by hand: what an event may be used for, in plain words and without a database."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from privacy.consent import END_OF_TIME, Purpose
from privacy.times import TICK
from tests.service.shop import CATEGORIES

SENSITIVE = frozenset({"kitchen/kettles"})
START = datetime(2026, 1, 1, tzinfo=UTC)
BEFORE = datetime(2025, 12, 1, tzinfo=UTC)

P, T, M = Purpose.PERSONALISATION, Purpose.MODEL_TRAINING, Purpose.MEASUREMENT
Who = tuple[str | None, str | None]
"""A customer and a visitor, one of them at least."""


@dataclass
class Account:
    """Who said what, by hand.

    Attributes:
        words: Of each id, for each purpose, the latest word that counts, whenever it came in.
        spoken: When that word was said.
        said: When, who, and whether it was a yes to model training.
        linked: When which visitor turned out to be which customer.
        erased: When each id was erased last.
        looks: When who looked at what, kept by us or not: the shop has a log of its own.
        customers_of: Customers that each visitor is.
        topics: What each id says of which topic.
        kept: Events that may be kept: who, item, and when they were kept.
        measured: Those of them that may be kept with what was shown before.
    """

    words: dict[tuple[str, Purpose], bool] = field(default_factory=dict)
    spoken: dict[tuple[str, Purpose], datetime] = field(default_factory=dict)
    said: list[tuple[datetime, str, bool]] = field(default_factory=list)
    linked: list[tuple[datetime, str, str]] = field(default_factory=list)
    erased: dict[str, datetime] = field(default_factory=dict)
    looks: list[tuple[datetime, Who, str]] = field(default_factory=list)
    customers_of: dict[str, set[str]] = field(default_factory=dict)
    topics: dict[str, dict[str, str]] = field(default_factory=dict)
    kept: dict[str, tuple[frozenset[str], str]] = field(default_factory=dict)
    measured: set[str] = field(default_factory=set)

    def names(self, who: Who) -> set[str]:
        """Everybody that ids name."""
        found = {name for name in who if name}
        return found | self.customers_of.get(who[1] or "", set())

    def record(self, name: str, purposes: set[Purpose], at: datetime, *, is_yes: bool) -> None:
        """One word of one id, which may come in late; what was said until an erasure is void."""
        if at <= self.erased.get(name, BEFORE):
            return
        for key in ((name, purpose) for purpose in purposes):
            if at >= self.spoken.get(key, BEFORE):
                self.words[key], self.spoken[key] = is_yes, at
        if T in purposes:
            self.said = sorted([*self.said, (at, name, is_yes)])

    def link(self, visitor: str, customer: str, at: datetime) -> None:
        """A visitor is a customer."""
        if customer not in self.customers_of.setdefault(visitor, set()):
            self.customers_of[visitor].add(customer)
            self.linked.append((at, visitor, customer))
            if len(self.customers_of[visitor]) == 1:
                self._carry(visitor, customer)
            self._forget()

    def _carry(self, visitor: str, customer: str) -> None:
        """What a browser refused is refused by the one customer that it turns out to be, at the time it was said."""
        for purpose in Purpose:
            if self.words.get((visitor, purpose)) is False:
                after_erasure = self.erased.get(customer, BEFORE) + TICK
                self.record(customer, {purpose}, max(self.spoken[visitor, purpose], after_erasure), is_yes=False)

    def trains(self, at: datetime, who: Who, item: str) -> bool:
        """Whether a look may be learnt from: by everybody it is of, as known then and as known now.

        Of a sensitive topic everybody has to have asked for it; on a page one of them is enough.
        """
        now = self.names(who)
        then = {name for name in who if name}
        then |= {customer for linked_at, visitor, customer in self.linked if visitor == who[1] and linked_at <= at}
        if any(name in self.erased and at <= self.erased[name] for name in now):
            return False
        if any(self.hides((name, None), item) for name in now):
            return False
        voices_then, voices_now = ({name: self._voice(name, upto) for name in now} for upto in (at, END_OF_TIME))
        if False in [voices_then[name] for name in then] or False in voices_now.values():
            return False
        return any(voices_then[name] and voices_now[name] for name in then & self.own(who))

    def _voice(self, name: str, upto: datetime) -> bool | None:
        """The last word of an id on model training until then; None if it has none since it was erased."""
        since = self.erased.get(name, BEFORE)
        words = [is_yes for at, of, is_yes in self.said if of == name and since < at <= upto]
        return words[-1] if words else None

    def own(self, who: Who) -> set[str]:
        """Whose wishes may be met: those that are named, and who the browser is unless several share it."""
        named, names = {name for name in who if name}, self.names(who)
        customers = names - {who[1]}
        return names if len(customers) == 1 else named

    def may(self, who: Who, purpose: Purpose) -> bool:
        """Whether one whose wishes may be met says yes, and nobody no."""
        says_no = any(self.words.get((name, purpose)) is False for name in self.names(who))
        return not says_no and any(self.words.get((name, purpose)) for name in self.own(who))

    def hides(self, who: Who, item: str) -> bool:
        """Whether an item's category is muted by anybody, or sensitive and asked for by nobody."""
        category = CATEGORIES.get(item, "")
        if any(self._deepest(name, category)[1] == "mute" for name in self.names(who)):
            return True
        asked = [self._deepest(name, category) for name in self.own(who)]
        return category in SENSITIVE and not any(word == "show" and topic in SENSITIVE for topic, word in asked)

    def _deepest(self, name: str, category: str) -> tuple[str, str]:
        """The deepest topic that covers a category and on which one id has a word, and that word."""
        words = self.topics.get(name, {})
        covering = [topic for topic in words if category == topic or category.startswith(topic + "/")]
        deepest = max(covering, key=len, default="")
        return deepest, words.get(deepest, "")

    def deny(self, who: Who, purposes: set[Purpose], at: datetime) -> None:
        """A no reaches the customers that the visitor is."""
        for name in self.names(who):
            self.record(name, purposes, at, is_yes=False)
        self._forget()

    def _forget(self) -> None:
        """A no to both that events are kept for ends what was kept, and one to measurement what was shown before it.

        Of what a visitor did, it may be the customers' that it is, one saying no to this and one to that. What a
        customer did is theirs, whatever others of the same browser say, but for the browser itself.
        """
        self.kept = {event: kept for event, kept in self.kept.items() if not self._is_refused(kept[0], P, T)}
        self.measured = {
            event for event, (of, _) in self.kept.items() if event in self.measured and not self._is_refused(of, M)
        }

    def _is_refused(self, of: frozenset[str], *purposes: Purpose) -> bool:
        """Whether one whom an event names says no to all of these, or with who it is."""
        if any(self._refuses({name}, purposes) for name in of):
            return True
        return len(of) == 1 and any(self._refuses(self.names((None, name)), purposes) for name in of)

    def _refuses(self, names: set[str], purposes: tuple[Purpose, ...]) -> bool:
        """Whether to each of these one of them says no."""
        return all(any(self.words.get((name, purpose)) is False for name in names) for purpose in purposes)
