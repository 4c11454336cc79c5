"""The copy of all that is held of one person, the same from the server and from the command."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

from privacy.holdings import Holdings
from privacy.kept_event import Attribution, KeptEvent
from privacy.preferences import to_json


def lines_of(holdings: Holdings) -> Iterator[str]:
    """All that is held, an object of JSON each; the last one says how many there were of each kind.

    They hold no number of a person: those are of use to nobody else. `shared` in the last one counts browsers that were
    left out, as they may be somebody else's too.
    """
    counts = {"answer": 0, "preference": 0, "entry": 0, "event": 0}

    def line(kind: str, content: dict[str, object]) -> str:
        counts[kind] += 1
        return json.dumps({"kind": kind, **content}, ensure_ascii=False)

    for one in holdings.person.known:
        for purpose, answer in sorted(one.state.answers.items()):
            yield line(
                "answer",
                {
                    "of": str(one.kind),
                    "purpose": str(purpose),
                    "status": str(answer.status),
                    "at": _text(answer.at),
                    "jurisdiction": answer.jurisdiction,
                    "policy_version": answer.policy_version,
                    "source": answer.source,
                },
            )
        preferences = json.loads(to_json(one.preferences))
        if any(preferences.values()):
            yield line("preference", {"of": str(one.kind), **preferences})
    for word in holdings.words:
        yield line(
            "entry",
            {
                "entry": str(word.kind),
                "at": _text(word.at),
                "purpose": None if word.purpose is None else str(word.purpose),
                "status": None if word.status is None else str(word.status),
                "jurisdiction": word.jurisdiction,
                "policy_version": word.policy_version,
                "source": word.source,
            },
        )
    for event in holdings.events:
        yield line(
            "event",
            {
                "event_id": event.event_id,
                "event_type": event.event_type,
                "item_id": event.item_id,
                "at": _text(event.at),
                "session_id": event.session_id,
                "order_id": event.order_id,
                **_bought(event),
                **({} if event.attribution is None else {"attribution": _shown(event.attribution)}),
            },
        )
    yield json.dumps({"kind": "summary", **counts, "shared": holdings.n_shared})


def _bought(event: KeptEvent) -> dict[str, object]:
    """How many and for what, where the shop told it."""
    told: dict[str, object] = {} if event.quantity == 1 else {"quantity": event.quantity}
    if event.currency:
        told |= {"unit_price_minor": event.unit_price_minor, "currency": event.currency}
    return told


def _shown(attribution: Attribution) -> dict[str, object]:
    return {**asdict(attribution), "exposure": attribution.exposure.hex()}


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
