"""The copy of all that is held of one person, as lines of JSON."""

import json
from collections.abc import Iterator

from privacy.entry import Entry, EntryKind
from privacy.holdings import Holdings
from privacy.kept_event import KeptEvent
from privacy.person import Known
from privacy.preferences import to_json


def lines_of(holdings: Holdings) -> Iterator[str]:
    """People, then the ledger's entries in order, then events from the oldest on; nothing of who was never met."""
    for content in _records(holdings):
        yield json.dumps(content, ensure_ascii=False) + "\n"


def _records(holdings: Holdings) -> Iterator[dict[str, object]]:
    yield from map(_of_person, holdings.person.known)
    yield from map(_of_entry, holdings.entries)
    yield from map(_of_event, holdings.events)


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
