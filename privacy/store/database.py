"""Connections: one writer at a time, readers that never wait for it."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from models.errors import Fault, InvalidInputError, ShopkeeperError

BUSY_S = 5.0
"""How long a writer waits for another one before it fails: sqlite3's own default, and five batches of an import."""

CONNECT_S = 2
"""How long a server that does not answer is waited for; the least that libpq takes."""

SILENT_S = int(BUSY_S)
"""How long a connection to a server may be silent: then it is asked for a sign of life, and closed without one."""

LOOK_UP_S = 1.0
"""How long a server works on a look-up: nobody waits longer for one (service.adapters.shopper_store.PATIENT_S)."""

STATEMENT_S = 2 * BUSY_S
"""How long a server works on a statement of a short transaction: it may have to wait for another writer, and as long
for a slow disk. Also how long it holds rows for a process that says nothing any more."""

EMPTYING_S = 0.1
"""How long the emptying of SQLite's log waits for readers: a look-up takes a hundredth; for others it comes again."""

MAPPED_BYTES = 1 << 30
"""Of SQLite's file that is read as memory, which the workers of a machine share, and not copied page by page into each
connection's own: a tenth of a look-up's time. It takes no memory that others need."""

N_CONNECTIONS = 27
"""Threads of a process that use it at once: 16 look up, 4 write and 2 copy (service.adapters.shopper_store); of items
one hears, one takes words and one makes a new model ready (service.adapters.catalogue_store); of tests one reads them
and one adds up answers (service.adapters.experiment_store)."""


class StoreUnavailableError(ShopkeeperError):
    """The database cannot be reached, or fails.

    Attributes:
        sqlstate: What a server calls it; None where there is none.
    """

    reason = "STORE_UNAVAILABLE"

    def __init__(self, message: str, sqlstate: str | None = None) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate


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
        in_memory = self.url.database in (None, "", ":memory:")
        self._file = str(self.url.database) if self.is_sqlite and not in_memory else None
        self._opened: tuple[int, int] | None = None
        self._emptying, self._log_holds_removed = threading.Lock(), False
        if self.is_sqlite:
            self.engine = _sqlite(self.url, self._file)
            event.listen(self.engine, "connect", self._note)
        else:
            self.engine = _postgresql(self.url)

    @contextmanager
    def transaction(self, *, takes_long: bool = False) -> Iterator[Connection]:
        """A transaction, committed at the end and durable then; undone where an error leaves it.

        On SQLite it holds the database's one lock for writing from its beginning. Where it says that it `removes`, or
        one before it did and readers were in the way, the log is emptied after it.

        Args:
            takes_long: Whether a server works on a statement for as long as it takes, and not `STATEMENT_S` at most.

        Raises:
            StoreUnavailableError: The database cannot be reached, or fails.
        """
        limit_ms = 0 if takes_long else round(STATEMENT_S * 1_000)
        self.check_in_place()
        try:
            with self.engine.begin() as connection:
                if not self.is_sqlite:
                    connection.execute(text(f"SET LOCAL statement_timeout = {limit_ms}"))
                yield connection
                has_removed = connection.info.pop(_REMOVES, False)
        except SQLAlchemyError as error:
            raise unavailable(error) from None
        # Once more, so that nobody is told that it is kept when it is not.
        self.check_in_place()
        if self.is_sqlite and (has_removed or self._log_holds_removed):
            self._empty_log(EMPTYING_S if has_removed else 0.0)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one moment and writes nothing; it may take long.

        Raises:
            StoreUnavailableError: The database cannot be reached, or fails.
        """
        self.check_in_place()
        try:
            with self.engine.connect().execution_options(reads_only=True) as connection:
                if not self.is_sqlite:
                    connection.execute(text(_READING))
                yield connection
        except SQLAlchemyError as error:
            raise unavailable(error) from None

    def check_in_place(self) -> None:
        """Pass where the file is still the one that was opened: SQLite writes on to one that was removed.

        Raises:
            StoreUnavailableError: It was removed or replaced.
        """
        if self._opened is not None and self._opened != self._in_place():
            raise StoreUnavailableError("the file of the database was replaced under the server: start it again")

    def _empty_log(self, patience_s: float) -> None:
        """Write the log into the file and cut it off; left to the next transaction where readers are in the way."""
        with self._emptying:
            self._log_holds_removed = True
            with suppress(sqlite3.Error, SQLAlchemyError), closing(self.engine.raw_connection()) as pooled:
                connection = pooled.driver_connection
                assert connection is not None  # noqa: S101 - it was just taken from the pool
                connection.execute(f"PRAGMA busy_timeout={round(patience_s * 1_000)}")
                try:
                    [(is_busy, *_)] = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                    self._log_holds_removed = bool(is_busy)
                finally:
                    connection.execute(f"PRAGMA busy_timeout={round(BUSY_S * 1_000)}")

    def _note(self, _connection: object, _record: object) -> None:
        """Take the file of the first connection for the one that it is to stay."""
        if self._file is not None and self._opened is None:
            self._opened = self._in_place()

    def _in_place(self) -> tuple[int, int]:
        assert self._file is not None  # noqa: S101 - only files are looked at
        try:
            file = os.stat(self._file)  # noqa: PTH116 - a third of Path.stat's time, for every look-up
        except OSError as error:
            raise StoreUnavailableError(
                f"the file of the database cannot be found ({type(error).__name__}): put it back"
            ) from error
        return file.st_dev, file.st_ino

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def removes(connection: Connection) -> None:
    """Note that a transaction removes what is to be gone: SQLite's log would hold it until it is written over."""
    connection.info[_REMOVES] = True


_REMOVES = "removes"


def unavailable(error: Exception) -> StoreUnavailableError:
    """The house's error for a driver's, whose own words may hold what was written: raise it from None."""
    cause = getattr(error, "orig", None) or error
    return StoreUnavailableError(
        f"the database of consent cannot be used ({type(cause).__name__}): is it running, and is its address right?",
        getattr(cause, "sqlstate", None),
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


def _sqlite(url: URL, file: str | None) -> Engine:
    pool: dict[str, Any] = {}
    if file is not None:
        path = Path(file)
        path.parent.mkdir(parents=True, exist_ok=True)
        # SQLite gives its other files the mode of this one.
        path.touch(mode=0o600, exist_ok=True)
        # Each thread that looks up has one for itself, and a file lets in whoever comes.
        pool = {"pool_size": N_CONNECTIONS, "max_overflow": -1}
    arguments = {"timeout": BUSY_S, "check_same_thread": False}
    engine = create_engine(url, connect_args=arguments, hide_parameters=True, **pool)

    @event.listens_for(engine, "connect")
    def prepare(connection, _) -> None:  # type: ignore[no-untyped-def]  # the driver's own
        # Begin and commit are said by SQLAlchemy's events below, not by the driver.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute(f"PRAGMA mmap_size={MAPPED_BYTES}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reads_only = connection.get_execution_options().get("reads_only")
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")

    return engine


_READING = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; "
    "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"
)
"""It holds up nobody; whoever reads the ledger of years may take long, and stop in between to do something with it."""


def _postgresql(url: URL) -> Engine:
    """With an end to every wait: a server that is gone answers nothing, and its threads would wait for it for ever.

    What the address itself says of these settings is left as it is.
    """
    limits = {
        "statement_timeout": LOOK_UP_S,
        "lock_timeout": BUSY_S,
        "idle_in_transaction_session_timeout": STATEMENT_S,
    }
    options = " ".join(f"-c {name}={round(limit_s * 1_000)}" for name, limit_s in limits.items())
    settings: dict[str, int | str] = {
        "connect_timeout": CONNECT_S,
        "keepalives": 1,
        "keepalives_idle": SILENT_S,
        "keepalives_interval": 1,
        "keepalives_count": 3,
        "tcp_user_timeout": SILENT_S * 1_000,
    }
    own = {name: value for name, value in settings.items() if name not in url.query}
    # The last word on a setting holds.
    own["options"] = " ".join((options, str(url.query.get("options", "")))).rstrip()
    return create_engine(
        url,
        pool_pre_ping=True,
        pool_size=N_CONNECTIONS,
        max_overflow=0,
        pool_timeout=CONNECT_S,
        hide_parameters=True,
        connect_args=own,
    )
