"""A shop in the working directory: its keys, its ledger, and what people said and did."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cli.main import main
from privacy.consent import Identity, Purpose, ShopperKind, Status
from privacy.entry import Circumstances
from privacy.kept_event import KeptEvent
from privacy.keys import new_ring, read_ring, write_ring
from privacy.store import kept
from privacy.store.database import Database
from privacy.store.migrating import migrate
from privacy.store.store import PrivacyStore

ANNA, BOB = (Identity(ShopperKind.CUSTOMER, name) for name in ("anna", "bob"))
PHONE, LAPTOP = (Identity(ShopperKind.VISITOR, name) for name in ("phone", "laptop"))
DEFAULT_KEYS, DEFAULT_STATE_URI = ".shopkeeper/keys", "sqlite:///.shopkeeper/state.db"


def privacy(*words: str) -> int:
    """The exit code of `shopkeeper privacy` with these words."""
    return main(["privacy", *words], subcommands=["cli.privacy"])


def a_shop() -> None:
    """Keys and an empty ledger in the working directory, where the defaults have them."""
    Path(DEFAULT_KEYS).parent.mkdir()
    write_ring(new_ring(lambda n_bytes: bytes(range(n_bytes))), Path(DEFAULT_KEYS), replace=False)
    with opened():
        pass


@contextmanager
def opened() -> Iterator[tuple[Database, PrivacyStore]]:
    """The ledger of the working directory, past the command."""
    database = Database(DEFAULT_STATE_URI)
    migrate(database)
    numbers = iter(range(1, 1_000_000))
    with database.reading() as connection:
        taken = {row.subject for row in connection.exec_driver_sql("SELECT subject FROM shoppers")}
    yield (
        database,
        PrivacyStore(
            database,
            read_ring(Path(DEFAULT_KEYS)),
            new_subject=lambda _: next(number for number in numbers if number not in taken),
            new_receipt=lambda: "receipt",
        ),
    )
    database.close()


def said(*identities: Identity, status: Status = Status.GRANTED, at: datetime | None = None) -> None:
    """Record one answer of somebody to every purpose."""
    circumstances = Circumstances(at or datetime(2026, 3, 1, tzinfo=UTC), "DE", "2026-03", "test")
    with opened() as (_, store):
        store.say(identities, dict.fromkeys(Purpose, status), circumstances)


def kept_event(identity: Identity, event_id: str, *, days_old: int = 1, event_type: str = "view") -> None:
    """Keep something that somebody did."""
    at = datetime.now(UTC) - timedelta(days=days_old)
    with opened() as (database, store):
        event = KeptEvent(event_id, store.subject_of(identity), event_type, "kettle", at)
        with database.transaction() as connection:
            kept.keep(connection, [event])
