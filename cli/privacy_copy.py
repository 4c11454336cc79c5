"""The copy of all that is held of one person, as lines of JSON."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from privacy.consent import Identity, ShopperKind
from privacy.entry import Entry, EntryKind
from privacy.kept_event import KeptEvent
from privacy.keys import KeyRing
from privacy.person import Known
from privacy.preferences import to_json
from privacy.pseudonyms import Pseudonymiser
from privacy.store.database import Database
from privacy.store.kept import events_of
from privacy.store.ledger import entries_of
from privacy.store.people import People, rows_of, visitors_of


@dataclass(frozen=True, slots=True)
class Copy:
    """What a copy holds.

    Attributes:
        n_people: Numbers: those named, and visitors linked to a customer among them.
        n_words: Entries of the ledger.
        n_events: Kept events.
        n_shared: Visitors left out because they are linked to somebody else too, whose they may be.
    """

    n_people: int
    n_words: int
    n_events: int
    n_shared: int


def copied(database: Database, ring: KeyRing, identities: Sequence[Identity]) -> tuple[Copy, list[str]]:
    """The copy and its lines: people, then the ledger's entries in order, then events from the oldest on.

    A visitor of a customer is of the same person, and so is in the customer's copy, unless it is linked to another
    customer too.

    Args:
        database: Migrated.
        ring: The shop's keys.
        identities: Whose; who was never met has no lines.
    """
    people = People(Pseudonymiser(ring), _nobody_new)
    with database.reading() as connection:
        named = people.numbers(connection, identities)
        customers = {subject for one, subject in named.items() if one.kind is ShopperKind.CUSTOMER}
        linked = rows_of(connection, [one for one in visitors_of(connection, customers) if one not in named.values()])
        own = {subject: one for subject, one in linked.items() if customers.issuperset(one.state.linked)}
        known = rows_of(connection, named.values()) | own
        entries = list(entries_of(connection, known))
        events = list(events_of(connection, list(known)))
    lines = [_of_person(one) for one in known.values()]
    lines += [_of_entry(one) for one in entries]
    lines += [_of_event(one) for one in events]
    copy = Copy(len(known), len(entries), len(events), len(linked) - len(own))
    return copy, [json.dumps(line, ensure_ascii=False) for line in lines]


def _nobody_new(_bits: int) -> int:
    raise AssertionError("a copy meets nobody")


def _of_person(one: Known) -> dict[str, object]:
    state = one.state
    return {
        "record": "person",
        "number": one.subject,
        "kind": str(one.kind),
        "answers": {
            str(purpose): {
                "status": str(answer.status),
                "at": answer.at.isoformat(),
                "jurisdiction": answer.jurisdiction,
                "policy_version": answer.policy_version,
                "source": answer.source,
            }
            for purpose, answer in sorted(state.answers.items())
        },
        "linked_to": list(state.linked),
        "erased_at": None if state.erased_at is None else state.erased_at.isoformat(),
        "preferences": json.loads(to_json(one.preferences)),
    }


def _of_entry(entry: Entry) -> dict[str, object]:
    word = entry.word
    content: dict[str, object] = {
        "record": "ledger_entry",
        "position": entry.position,
        "number": word.subject,
        "says": str(word.kind),
        "at": word.at.isoformat(),
        "source": word.source,
    }
    if word.kind is EntryKind.CONSENT:
        content |= {
            "purpose": str(word.purpose),
            "status": str(word.status),
            "jurisdiction": word.jurisdiction,
            "policy_version": word.policy_version,
        }
    if word.kind is EntryKind.LINK:
        content["linked_to"] = word.other
    return content


def _of_event(event: KeptEvent) -> dict[str, object]:
    return {
        "record": "event",
        "number": event.subject,
        "event_id": event.event_id,
        "event_type": event.event_type,
        "item_id": event.item_id,
        "at": event.at.isoformat(),
        "session_id": event.session_id,
        "order_id": event.order_id,
    }
