"""Rows of the native form kept by a shop's server in place of being in a file."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from privacy.consent import END_OF_TIME, Identity
from privacy.kept_event import KeptEvent
from privacy.rules import Rules
from privacy.store.database import Database
from privacy.store.store import PrivacyStore
from tests.training.ledgers import customer, store_in, uri_in, visitor
from tests.training.worlds import Row
from training.ledger.events import Exported, export_events


def keep(where: Path | str, rows: Sequence[Row]) -> None:
    """Keep events of people as the server does, who were all met before: the customer's where one is named."""
    named = list(dict.fromkeys(one for row in rows for one in _identities(row)))
    with store_in(where) as store:
        numbers = store.numbers(named)
        store.keep(
            [[numbers[one] for one in _identities(row)] for row in rows],
            lambda _: [_event(row, numbers) for row in rows],
        )


def number(store: PrivacyStore, identity: Identity) -> int:
    """The number of somebody who was met before."""
    return store.numbers([identity])[identity]


def exported(where: Path | str, out: Path) -> Exported:
    """What an export of the database of a directory, or of an address, wrote by the built-in rules."""
    database = Database(uri_in(where))
    try:
        return export_events(database, out, rules=Rules(), now=END_OF_TIME)
    finally:
        database.close()


def files_in(out: Path) -> dict[str, bytes]:
    """Content by path of all in the folder."""
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


def _identities(row: Row) -> list[Identity]:
    named = (("customer_id", customer), ("visitor_id", visitor))
    return [identity(row[column]) for column, identity in named if row.get(column)]


def _event(row: Row, numbers: Mapping[Identity, int]) -> KeptEvent:
    subject, other = ([numbers[one] for one in _identities(row)] + [None])[:2]
    assert subject is not None
    price = row.get("unit_price")
    return KeptEvent(
        row["event_id"],
        subject,
        row["event_type"],
        row["item_id"],
        row["occurred_at"],
        row.get("session_id") or "",
        row.get("order_id") or "",
        other,
        quantity=row.get("quantity") or 1,
        unit_price_minor=None if price is None else round(price * 100),
        currency="" if price is None else row.get("currency", "EUR"),
    )
