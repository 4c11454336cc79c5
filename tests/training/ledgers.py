"""A world's consent and links said to a ledger in place of files."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from privacy.consent import Identity, Purpose, ShopperKind, Status
from privacy.entry import EntryKind, Word
from privacy.keys import KeyRing, new_ring, write_ring
from privacy.pseudonyms import Pseudonymiser
from privacy.store.database import Database
from privacy.store.ledger import Ledger
from privacy.store.migrating import migrate
from privacy.store.people import People
from privacy.store.store import PrivacyStore
from tests.training.worlds import Row, World
from training.ingest import Inputs

RING = new_ring(lambda n_bytes: bytes(range(n_bytes)))


def write_keys(directory: Path, ring: KeyRing = RING) -> Path:
    """The key file."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "keys"
    write_ring(ring, path, replace=True)
    return path


def customer(shopper_id: str) -> Identity:
    """An account."""
    return Identity(ShopperKind.CUSTOMER, shopper_id)


def visitor(shopper_id: str) -> Identity:
    """A browser."""
    return Identity(ShopperKind.VISITOR, shopper_id)


@contextmanager
def store_in(where: Path | str, ring: KeyRing = RING) -> Iterator[PrivacyStore]:
    """The store of `state.db` in a directory, or of an address, with its tables."""
    database = Database(uri_in(where))
    migrate(database)
    try:
        yield PrivacyStore(database, ring, new_subject=secrets.randbits, new_receipt=lambda: secrets.token_hex(8))
    finally:
        database.close()


def uri_in(where: Path | str) -> str:
    """Address of the database of a directory; one that is an address already stays."""
    return where if isinstance(where, str) else f"sqlite:///{where / 'state.db'}"


def say(where: Path | str, consent: Sequence[Row], links: Sequence[Row], ring: KeyRing = RING) -> None:
    """Add rows of the native tables to the ledger in their order, links last, all at once."""
    with store_in(where, ring):
        pass
    database = Database(uri_in(where))
    people, ledger = People(Pseudonymiser(ring), secrets.randbits), Ledger(ring)
    named = [Identity(ShopperKind(row["shopper_kind"]), row["shopper_id"]) for row in consent]
    named += [one for row in links for one in (visitor(row["visitor_id"]), customer(row["customer_id"]))]
    with database.transaction() as connection:
        known = people.numbered(connection, list(dict.fromkeys(named)))
        words = [
            Word(
                known[Identity(ShopperKind(row["shopper_kind"]), row["shopper_id"])],
                EntryKind.CONSENT,
                row["occurred_at"],
                Purpose(row["purpose"]),
                Status(row["status"]),
                row.get("jurisdiction") or "",
                row.get("policy_version") or "",
                "test",
            )
            for row in consent
        ]
        words += [
            Word(
                known[visitor(row["visitor_id"])],
                EntryKind.LINK,
                row["linked_at"],
                source="test",
                other=known[customer(row["customer_id"])],
            )
            for row in links
        ]
        ledger.append(connection, words)
    database.close()


def write_with_ledger(world: World, directory: Path) -> Inputs:
    """The world's events and catalogue as files, and the rest as its ledger."""
    say(directory, world.consent or (), world.identities or ())
    inputs = replace(world, consent=None, identities=None).write(directory)
    return replace(inputs, ledger=uri_in(directory), keys=write_keys(directory))
