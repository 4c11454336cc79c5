"""The rule over plain values with all that training adds to privacy.consent.decide: erasures, age and topics."""

from collections.abc import Collection, Mapping
from datetime import datetime

from privacy.consent import ConsentRecord, Identity, Purpose, decide
from privacy.topics import TopicWord, hidden, is_muted
from training.terms import Exclusion, Terms


def reason_of(
    event_at: datetime,
    identities_at_event: Collection[Identity],
    identities_now: Collection[Identity],
    records: Collection[ConsentRecord],
    erasures: Mapping[Identity, datetime],
    terms: Terms,
    named: Collection[Identity] | None = None,
) -> str:
    """`granted`, or why consent does not let an event be learnt from.

    What happened until an erasure of any of the shopper's names is refused for ever, and words said until then are
    void: afterwards the name is silent until asked anew.

    Args:
        event_at: When the event happened.
        identities_at_event: The shopper's names as known then.
        identities_now: The shopper's names as known now.
        records: Answers of any identities for any purposes, any order.
        erasures: When each erased name was erased last.
        terms: How it is weighed.
        named: The names on the event; None if all of them are.
    """
    if any(identity in erasures and event_at <= erasures[identity] for identity in identities_now):
        return str(Exclusion.ERASED)
    spoken = [
        record
        for record in records
        if record.identity not in erasures or record.occurred_at > erasures[record.identity]
    ]
    decision = decide(
        event_at,
        identities_at_event,
        identities_now,
        spoken,
        Purpose.MODEL_TRAINING,
        named=named,
        regimes=terms.regimes,
        now=terms.now,
    )
    return str(decision.reason)


def evidence_reason_of(
    event_type: str,
    event_at: datetime,
    category: str,
    identities_now: Collection[Identity],
    words: Mapping[Identity, Mapping[str, TopicWord]],
    terms: Terms,
) -> str | None:
    """Why an event that consent allows is no evidence all the same; None if it is one.

    Args:
        event_type: What happened.
        event_at: When.
        category: The item's.
        identities_now: The shopper's names as known now.
        words: What each name says of topics; nothing where it is not there.
        terms: What is too old, and which topics are sensitive.
    """
    if event_type in terms.cutoffs and event_at < terms.cutoffs[event_type]:
        return str(Exclusion.PAST_RETENTION)
    said = [words.get(identity, {}) for identity in identities_now]
    if any(is_muted(category, own) for own in said):
        return str(Exclusion.MUTED_TOPIC)
    if any(hidden(category, own, terms.sensitive_topics) for own in said or [{}]):
        return str(Exclusion.SENSITIVE_TOPIC)
    return None
