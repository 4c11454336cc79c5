"""The consent rule over plain values: the reference that every table-sized form of it is held to."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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


class Reason(StrEnum):
    """Why an event may be used, or the one reason why not."""

    GRANTED = "granted"
    NO_IDENTITY = "no_identity"
    NEVER_ASKED = "never_asked"
    NOT_YET_GRANTED = "not_yet_granted"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"


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
class ConsentRecord:
    """One answer of one identity; later answers replace earlier ones, and at the same instant a no wins."""

    identity: Identity
    purpose: Purpose
    status: Status
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether an event may be used, and why."""

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


def status_of(
    identity: Identity, records: Iterable[ConsentRecord], purpose: Purpose, *, at: datetime | None = None
) -> Status | None:
    """The identity's latest answer at a moment, or its latest of all; None if it was never asked."""
    answers = [
        (record.occurred_at, record.status is Status.DENIED)
        for record in records
        if record.identity == identity and record.purpose is purpose and (at is None or record.occurred_at <= at)
    ]
    if not answers:
        return None
    return Status.DENIED if max(answers)[1] else Status.GRANTED


def decide(
    event_at: datetime,
    identities_at_event: Collection[Identity],
    identities_now: Collection[Identity],
    records: Collection[ConsentRecord],
    purpose: Purpose,
) -> Decision:
    """Whether an event counts: consent stood when it happened and still stands, and nobody of it says no.

    Allowed if at the event's time no identity stood at denied and at least one at granted, and now no identity
    stands at denied and at least one of those granted then still does.

    Args:
        event_at: When the event happened.
        identities_at_event: The shopper's names as known then.
        identities_now: The shopper's names as known now, a superset of those then.
        records: Answers of any identities for any purposes, any order.
        purpose: What the event is to be used for.

    Returns:
        The decision; of several reasons against, the first in the order of `Reason`.
    """
    now = {identity: status_of(identity, records, purpose) for identity in identities_now}
    then = {identity: status_of(identity, records, purpose, at=event_at) for identity in identities_at_event}
    granted_then = [identity for identity, status in then.items() if status is Status.GRANTED]
    denied_now = Status.DENIED in now.values()
    if not identities_now:
        return Decision(False, Reason.NO_IDENTITY)
    if not any(now.values()):
        return Decision(False, Reason.NEVER_ASKED)
    if not granted_then and not denied_now:
        return Decision(False, Reason.NOT_YET_GRANTED)
    if not granted_then or Status.DENIED in then.values():
        return Decision(False, Reason.DENIED)
    if denied_now or not any(now.get(identity) is Status.GRANTED for identity in granted_then):
        return Decision(False, Reason.WITHDRAWN)
    return Decision(True, Reason.GRANTED)
