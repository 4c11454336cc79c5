"""The consent rule over plain values: the reference that every table-sized form of it is held to."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from privacy.regimes import Regime, Regimes


class ShopperKind(StrEnum):
    """What an identity names: an account, or a browser or device."""

    CUSTOMER = "customer"
    VISITOR = "visitor"


class Purpose(StrEnum):
    """What a shopper is asked about, one answer each."""

    PERSONALISATION = "personalisation"
    MODEL_TRAINING = "model_training"
    MEASUREMENT = "measurement"
    CONTACT = "contact"


class Status(StrEnum):
    """What a shopper answered. Never asked is no record at all."""

    GRANTED = "granted"
    DENIED = "denied"
    NOTICED = "noticed"
    """Was told, and said nothing: a yes where the law lets silence be one, and nothing elsewhere."""


class Voice(StrEnum):
    """What an answer amounts to at a moment."""

    YES = "yes"
    NO = "no"
    SILENT = "silent"


class Reason(StrEnum):
    """Why something may be used, or the one reason why not."""

    GRANTED = "granted"
    NO_IDENTITY = "no_identity"
    NEVER_ASKED = "never_asked"
    NOT_YET_GRANTED = "not_yet_granted"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    """There was a yes, which a newer policy or another law no longer counts."""
    GLOBAL_PRIVACY_CONTROL = "global_privacy_control"
    """The browser objects on the shopper's behalf."""
    TCF_REFUSED = "tcf_refused"
    """A TCF string came along that does not plainly allow it."""


@dataclass(frozen=True, slots=True)
class Identity:
    """One name of a shopper."""

    kind: ShopperKind
    id: str


@dataclass(frozen=True, slots=True)
class IdentityLink:
    """This visitor is this customer, known from `linked_at` on."""

    visitor_id: str
    customer_id: str
    linked_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What one identity said for one purpose.

    Attributes:
        status: What it answered.
        at: When, UTC.
        jurisdiction: Whose law applies, for instance DE or US-CA; empty where unknown.
        policy_version: The policy that was shown; empty where unknown.
        source: What it came through, for instance `preference_page`. Weighs nothing.
    """

    status: Status
    at: datetime
    jurisdiction: str = ""
    policy_version: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """One answer of one identity for one purpose."""

    identity: Identity
    purpose: Purpose
    status: Status
    occurred_at: datetime
    jurisdiction: str = ""
    policy_version: str = ""

    @property
    def answer(self) -> Answer:
        """What was said, without who said it and of what."""
        return Answer(self.status, self.occurred_at, self.jurisdiction, self.policy_version)


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether something may be used, and why."""

    allowed: bool
    reason: Reason


def identities_of(
    customer_id: str | None, visitor_id: str | None, links: Iterable[IdentityLink], *, at: datetime | None = None
) -> frozenset[Identity]:
    """The shopper's names: those on the event and the customers its visitor is linked to.

    Args:
        customer_id: The event's customer.
        visitor_id: The event's visitor.
        links: All known links, any order.
        at: Count only links known by then; None counts them all, which is the shopper as known now.
    """
    linked = {
        Identity(ShopperKind.CUSTOMER, link.customer_id)
        for link in links
        if link.visitor_id == visitor_id and (at is None or link.linked_at <= at)
    }
    if customer_id is not None:
        linked.add(Identity(ShopperKind.CUSTOMER, customer_id))
    if visitor_id is not None:
        linked.add(Identity(ShopperKind.VISITOR, visitor_id))
    return frozenset(linked)


def replaces(new: Answer, old: Answer | None) -> bool:
    """Whether of two answers of one identity for one purpose the first is the one that stands.

    The later stands, and of two at one instant the no. A notice is no answer: it stands only where there is none, so
    that telling somebody something takes back neither a no nor a yes. In whatever order answers come in, the same one
    is left standing.
    """
    return old is None or _standing(new) >= _standing(old)


def standing_of(answers: Iterable[Answer]) -> Answer | None:
    """The answer of one identity for one purpose that stands among all that it gave; None if it gave none."""
    return max(answers, key=_standing, default=None)


def voice_of(answer: Answer | None, regimes: Regimes, at: datetime) -> Voice:
    """What the answer that stands amounts to at a moment.

    A denial is a no always. A grant is a yes from when it was given until a newer policy makes it lapse; a notice is
    the same where the law lets silence be a yes. All else is silence.
    """
    if answer is None:
        return Voice.SILENT
    if answer.status is Status.DENIED:
        return Voice.NO
    if answer.at > at or regimes.has_lapsed(answer.policy_version, at=at):
        return Voice.SILENT
    if answer.status is Status.NOTICED and regimes.regime_of(answer.jurisdiction) is Regime.OPT_IN:
        return Voice.SILENT
    return Voice.YES


def decide(
    event_at: datetime,
    identities_at_event: Collection[Identity],
    identities_now: Collection[Identity],
    records: Collection[ConsentRecord],
    purpose: Purpose,
    *,
    named: Collection[Identity] | None = None,
    regimes: Regimes | None = None,
    now: datetime | None = None,
) -> Decision:
    """Whether an event counts: consent stood when it happened and still stands, and nobody of it says no.

    Allowed if at the event's time no identity's voice was a no and at least one was a yes, and now no identity's
    voice is a no and at least one of those that were a yes then still is. Where several customers share a browser, a
    yes counts only of those whom the event names: nobody says yes for another one.

    Args:
        event_at: When the event happened.
        identities_at_event: The shopper's names as known then.
        identities_now: The shopper's names as known now, a superset of those then.
        records: Answers of any identities for any purposes, any order.
        purpose: What the event is to be used for.
        named: The names on the event; None if all of them are.
        regimes: How answers are weighed; None is opt-in everywhere, and nothing lapses.
        now: When it is to be used; None is after every answer and every policy.

    Returns:
        The decision; of several reasons against, the first in the order of `Reason`, save that consent which lapsed
        for everybody is called that whatever was said before it.
    """
    regimes, now = regimes or Regimes(), now or END_OF_TIME
    given = {identity: [] for identity in identities_now}  # type: dict[Identity, list[Answer]]
    for record in records:
        if record.purpose is purpose and record.identity in given:
            given[record.identity].append(record.answer)
    standing = {identity: standing_of(answers) for identity, answers in given.items()}
    voices = {identity: voice_of(answer, regimes, now) for identity, answer in standing.items()}
    then = {
        identity: voice_of(standing_of(a for a in given[identity] if a.at <= event_at), regimes, event_at)
        for identity in identities_at_event
    }
    for identity in _others(identities_now, named):
        del standing[identity]
        for heard in (voices, then):
            if heard.get(identity) is Voice.YES:
                heard[identity] = Voice.SILENT
    said_yes = [identity for identity, voice in then.items() if voice is Voice.YES]
    denied_now = Voice.NO in voices.values()
    if not identities_now:
        return Decision(False, Reason.NO_IDENTITY)
    if set(voices.values()) == {Voice.SILENT}:
        return Decision(False, silence_of(standing.values()))
    if not said_yes and not denied_now:
        return Decision(False, Reason.NOT_YET_GRANTED)
    if not said_yes or Voice.NO in then.values():
        return Decision(False, Reason.DENIED)
    if denied_now:
        return Decision(False, Reason.WITHDRAWN)
    if not any(voices[identity] is Voice.YES for identity in said_yes):
        return Decision(False, Reason.LAPSED)
    return Decision(True, Reason.GRANTED)


def _others(identities_now: Collection[Identity], named: Collection[Identity] | None) -> list[Identity]:
    """Who only shares the browser of an event with those whom it names."""
    customers = sum(identity.kind is ShopperKind.CUSTOMER for identity in identities_now)
    return [identity for identity in identities_now if named is not None and customers > 1 and identity not in named]


def silence_of(answers: Iterable[Answer | None]) -> Reason:
    """Why all of these answers are silence: there was a yes that lapsed, or nobody was ever asked."""
    has_granted = any(answer is not None and answer.status is Status.GRANTED for answer in answers)
    return Reason.LAPSED if has_granted else Reason.NEVER_ASKED


END_OF_TIME = datetime.max.replace(tzinfo=UTC)


def _standing(answer: Answer) -> tuple[bool, datetime, bool, str, str, str]:
    """What answers are compared by; jurisdiction, policy and source part those that are alike in all that matters."""
    is_said = answer.status is not Status.NOTICED
    denies = answer.status is Status.DENIED
    return is_said, answer.at, denies, answer.jurisdiction, answer.policy_version, answer.source
