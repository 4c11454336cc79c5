"""Connections: one writer at a time, readers that never wait for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from models.errors import Fault, InvalidInputError, ShopkeeperError

BUSY_S = 5.0
"""How long a writer waits for another one before it fails."""

CONNECT_S = 2
"""How long a server that does not answer is waited for."""


class StoreUnavailableError(ShopkeeperError):
    """The database cannot be reached, or fails."""

    reason = "STORE_UNAVAILABLE"


class Database:
    """One database of the shop.

    Args:
        url: SQLAlchemy's address, for instance `sqlite:///.shopkeeper/state.db` or `postgresql://user@host/shop`.

    Raises:
        InvalidInputError: The address is none, or of another kind of database.
    """

    def __init__(self, url: str) -> None:
        self.url = _read(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite(self.url) if self.is_sqlite else _postgresql(self.url)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction, committed at the end and durable then; undone where an error leaves it.

        On SQLite it holds the database's one lock for writing from its beginning.

        Raises:
            StoreUnavailableError: The database cannot be reached, or fails.
        """
        try:
            with self.engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise unavailable(error) from error

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one moment and writes nothing.

        Raises:
            StoreUnavailableError: The database cannot be reached, or fails.
        """
        try:
            with self.engine.connect().execution_options(reads_only=True) as connection:
                if not self.is_sqlite:
                    connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
                yield connection
        except SQLAlchemyError as error:
            raise unavailable(error) from error

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def unavailable(error: Exception) -> StoreUnavailableError:
    """The house's error for a driver's, whose own words may hold what was written."""
    cause = getattr(error, "orig", None) or error
    return StoreUnavailableError(
        f"the database of consent cannot be used ({type(cause).__name__}): is it running, and is its address right?"
    )


def _read(url: str) -> URL:
    try:
        read = make_url(url)
    except ArgumentError:
        raise InvalidInputError("the store", [Fault("state_uri", "is no address of a database")]) from None
    backend = read.get_backend_name()
    if backend == "postgresql":
        return read.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        wanted = "use sqlite:///FILE or postgresql://USER@HOST/DATABASE"
        raise InvalidInputError("the store", [Fault("state_uri", f"is of {backend}; {wanted}")])
    return read


def _sqlite(url: URL) -> Engine:
    if url.database not in (None, "", ":memory:"):
        path = Path(str(url.database))
        path.parent.mkdir(parents=True, exist_ok=True)
        # SQLite gives its other files the mode of this one.
        path.touch(mode=0o600, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_S, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection, _) -> None:  # type: ignore[no-untyped-def]  # the driver's own
        # Begin and commit are said by SQLAlchemy's events below, not by the driver.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reads_only = connection.get_execution_options().get("reads_only")
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")

    return engine


def _postgresql(url: URL) -> Engine:
    return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": CONNECT_S})
