"""The shopper's side of the counter: what they say, what they are told, and what may be done."""

from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from models.errors import ShopkeeperError
from privacy.consent import Answer, Decision, Identity, Purpose, Status
from privacy.contact import ContactDecision, may_contact
from privacy.entry import Circumstances
from privacy.holdings import ErasureReceipt, Holdings
from privacy.person import Person
from privacy.preferences import Channel, ContactKey, ContactWord, Forget, Preferences, joined
from privacy.rules import Rules
from privacy.signals import Signals, decide_each
from privacy.tokens import Link, OptOutScope, Refusal, Tokens, TokenUse
from privacy.topics import TopicWord
from service.core.shopper_store import ShopperStore

EVERYTHING = tuple(Purpose)

_DAY_S = 86_400
_T = TypeVar("_T")


class TokenRefusedError(ShopkeeperError):
    """The token of a link is not accepted; the reason is the refusal's own word."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(_WORDS[refusal])
        self.reason = str(refusal)


class ReceiptUnknownError(ShopkeeperError):
    """No erasure has this receipt."""

    reason = "RECEIPT_UNKNOWN"


@dataclass(frozen=True, slots=True)
class OptedOut:
    """What is now a no.

    Attributes:
        position: Of the ledger's last entry.
        scope: What was said no to.
    """

    position: int
    scope: OptOutScope


@dataclass(frozen=True, slots=True)
class Standing:
    """What a shopper said and prefers, and what may be done now.

    Attributes:
        decisions: By purpose, all of them.
        answers: The latest answer by purpose among all of the shopper's ids; a purpose without one is not there.
        preferences: Words on topics and channels.
    """

    decisions: Mapping[Purpose, Decision]
    answers: Mapping[Purpose, Answer]
    preferences: Preferences


@dataclass(frozen=True, slots=True)
class ErasureProgress:
    """How far an erasure has come.

    Attributes:
        receipt: What was done at once.
        models_due_at: By when the models that serve must have been trained anew.
    """

    receipt: ErasureReceipt
    models_due_at: datetime


class PrivacyDesk:
    """Serves shoppers. Whoever they are named by, ids or the token of a link, one of the two is given.

    Args:
        store: Where words are kept.
        tokens: Makes and reads the tokens of links.
        rules: How words weigh.
        clock: The present, UTC.
    """

    def __init__(self, store: ShopperStore, tokens: Tokens, rules: Rules, clock: Callable[[], datetime]) -> None:
        self._store, self._tokens, self._rules, self._clock = store, tokens, rules, clock

    async def record(
        self, identities: Sequence[Identity], answers: Mapping[Purpose, Status], circumstances: Circumstances
    ) -> int:
        """Record answers; the position of the ledger's last entry. A no to all that events are kept for ends those."""
        return await self._store.record(identities, answers, circumstances)

    async def link(self, visitor_id: str, customer_id: str, circumstances: Circumstances) -> int:
        """Record that a visitor is a customer; the position of the ledger's last entry."""
        return await self._store.link(visitor_id, customer_id, circumstances)

    async def opt_out(
        self, identities: Sequence[Identity], purposes: Collection[Purpose], circumstances: Circumstances
    ) -> OptedOut:
        """Say no to some purposes, to everything where none is named.

        It holds from now on, whatever was said before: a clock that runs behind must not make it the older word.
        """
        scope = OptOutScope(frozenset(purposes or EVERYTHING))
        said_now = replace(circumstances, is_live=True)
        return OptedOut(await self._store.opt_out(identities, scope.purposes, said_now), scope)

    async def opt_out_by(self, token: str, circumstances: Circumstances) -> OptedOut:
        """Say no to what a link is for.

        Raises:
            TokenRefusedError: The token is not accepted.
        """
        link = self._read(token, TokenUse.OPT_OUT)
        scope = link.scope
        assert scope is not None  # noqa: S101 - an opt-out has one
        said_now = replace(circumstances, is_live=True)
        if scope.channel is None:
            position = await self._store.opt_out_subject(link.subject, scope.purposes, said_now)
        else:
            position = await self._store.refuse_channel(link.subject, scope.channel, scope.topic or "")
        return OptedOut(position, scope)

    async def opt_out_link(
        self, identity: Identity, scope: OptOutScope, lifetime_days: int | None
    ) -> tuple[str, datetime]:
        """The token of a link that says no, and when it stops working.

        Args:
            identity: To whom the link goes.
            scope: What it says no to.
            lifetime_days: As the rules have it where not given.

        Raises:
            InvalidInputError: Names every fault of the scope.
        """
        now, days = self._clock(), lifetime_days or self._rules.one_click_days
        subject = await self._store.subject_of(identity)
        token = self._tokens.issue(TokenUse.OPT_OUT, subject, now=now, lifetime_s=days * _DAY_S, scope=scope)
        return token, now + timedelta(days=days)

    async def standing(self, identities: Sequence[Identity], signals: Signals) -> Standing:
        """What a shopper said and prefers, and what may be done now."""
        return self._standing(await self._store.look_up(identities), signals)

    async def standing_by(self, token: str, signals: Signals) -> Standing:
        """As `standing`, of the person of a link of either use.

        Raises:
            TokenRefusedError: The token is not accepted.
        """
        link = self._tokens.read(token, use=TokenUse.OPT_OUT, now=self._clock())
        if link is Refusal.WRONG_USE:
            link = self._tokens.read(token, use=TokenUse.PREFERENCES, now=self._clock())
        if isinstance(link, Refusal):
            raise TokenRefusedError(link)
        return self._standing(await self._store.find_subject(link.subject), signals)

    async def prefer(
        self,
        identities: Sequence[Identity],
        topics: Mapping[str, TopicWord | Forget | None],
        contact: Mapping[ContactKey, ContactWord | Forget | None],
    ) -> None:
        """Change preferences.

        Raises:
            InvalidInputError: Names every topic that is none, and a limit that would be passed.
        """
        await self._store.prefer(identities, topics, contact)

    async def prefer_by(
        self,
        token: str,
        topics: Mapping[str, TopicWord | Forget | None],
        contact: Mapping[ContactKey, ContactWord | Forget | None],
    ) -> None:
        """As `prefer`, of the person of a link for preferences.

        Raises:
            TokenRefusedError: The token is not accepted.
        """
        await self._store.prefer_subject(self._read(token, TokenUse.PREFERENCES).subject, topics, contact)

    async def may_contact(
        self, identities: Sequence[Identity], channel: Channel, topic: str, last_contact_at: datetime | None
    ) -> ContactDecision:
        """Whether a shopper may be written to."""
        person = await self._store.look_up(identities)
        return may_contact(
            person.answers(Purpose.CONTACT).values(),
            [one.preferences for one in person.own],
            channel,
            topic,
            self._rules,
            last_contact_at=last_contact_at,
            now=self._clock(),
        )

    def copy(self, identities: Sequence[Identity], told: Callable[[Holdings], Iterator[_T]]) -> AsyncIterator[_T]:
        """All that is held of the ids.

        Args:
            identities: Whose.
            told: Makes the parts of the copy; it is gone through in other threads.
        """
        return self._store.copy(identities, told)

    async def erase(self, identities: Sequence[Identity], source: str) -> ErasureProgress:
        """Forget the ids and the visitors linked to them."""
        return self._progress(await self._store.erase(identities, self._clock(), source))

    async def erasure(self, receipt: str) -> ErasureProgress:
        """How far an erasure has come.

        Raises:
            ReceiptUnknownError: No erasure has this receipt.
        """
        found = await self._store.erasure(receipt)
        if found is None:
            raise ReceiptUnknownError("no erasure has this receipt: it is the text that EraseShopper answered with")
        return self._progress(found)

    def _read(self, token: str, use: TokenUse) -> Link:
        link = self._tokens.read(token, use=use, now=self._clock())
        if isinstance(link, Refusal):
            raise TokenRefusedError(link)
        return link

    def _standing(self, person: Person, signals: Signals) -> Standing:
        said = {purpose: person.answers(purpose).values() for purpose in Purpose}
        latest: dict[Purpose, Answer] = {}
        for purpose in said:
            given = [answer for one in person.own if (answer := one.state.answers.get(purpose)) is not None]
            if given:
                latest[purpose] = max(given, key=lambda answer: answer.at)
        return Standing(decide_each(said, signals, self._rules, self._clock()), latest, _preferences(person))

    def _progress(self, receipt: ErasureReceipt) -> ErasureProgress:
        return ErasureProgress(receipt, receipt.at + timedelta(days=self._rules.erasure_days))


def _preferences(person: Person) -> Preferences:
    """What all whose wishes may be told prefer; where two differ, the more reserved word holds."""
    whole = Preferences()
    for one in person.own:
        whole = joined(whole, one.preferences)
    return whole


_WORDS = {
    Refusal.MALFORMED: "this is no token of a link, or only a part of one",
    Refusal.UNKNOWN_KEY: "the key of this link was retired: make a new link",
    Refusal.FORGED: "this token was changed since it was made",
    Refusal.WRONG_USE: "this link is for something else",
    Refusal.EXPIRED: "this link has expired: make a new one",
}
