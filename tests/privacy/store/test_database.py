"""Addresses and failures of the database."""

import sqlite3
import traceback
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from models.errors import InvalidInputError
from privacy.store.database import N_CONNECTIONS, Database, StoreUnavailableError
from privacy.store.migrating import migrate


@pytest.mark.parametrize(
    ("url", "wanted"), [("mysql://host/shop", "is of mysql; use sqlite"), ("shop.db", "no address")]
)
def test_another_kind_of_database_is_refused(url: str, wanted: str) -> None:
    with pytest.raises(InvalidInputError, match=wanted):
        Database(url)


def test_a_server_that_is_not_there_is_unavailable() -> None:
    database = Database("postgresql://nobody@127.0.0.1:9/shop")
    with pytest.raises(StoreUnavailableError, match="is it running"), database.reading():
        pass


def test_an_error_undoes_the_transaction(database: Database) -> None:
    with suppress(ZeroDivisionError), database.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM ledger_head")
        raise ZeroDivisionError
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM ledger_head").scalar() == 1


ID = "anna@example.org"
INSERT = text("INSERT INTO kept_events (event_id) VALUES (:event_id)")


def test_a_failure_does_not_say_what_was_written_though_the_server_does(database: Database) -> None:
    with pytest.raises(StoreUnavailableError) as caught, database.transaction() as connection:
        connection.execute(INSERT, {"event_id": ID})
    said = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert "the database of consent cannot be used" in said
    assert ID not in said


def test_no_values_are_in_the_texts_of_the_library(database: Database) -> None:
    with pytest.raises(SQLAlchemyError) as caught, database.engine.begin() as connection:
        connection.execute(text("SELECT 1 FROM nowhere WHERE id = :id"), {"id": ID})
    assert "nowhere" in str(caught.value)
    assert ID not in str(caught.value) + repr(caught.value)


LIMITS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


def limits_of(connection: Connection) -> list[str]:
    return [str(connection.exec_driver_sql(f"SHOW {name}").scalar()) for name in LIMITS]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_server_knows_how_long_it_is_waited_for(database: Database) -> None:
    with database.engine.connect() as connection:
        assert limits_of(connection) == ["1s", "5s", "10s"]
    with database.transaction() as connection:
        assert limits_of(connection) == ["10s", "5s", "10s"]
    with database.transaction(takes_long=True) as connection:
        assert limits_of(connection) == ["0", "5s", "10s"]
    with database.reading() as connection:
        assert limits_of(connection) == ["0", "5s", "0"]
        assert connection.exec_driver_sql("SHOW transaction_isolation").scalar() == "repeatable read"
    with database.engine.connect() as connection:
        assert limits_of(connection) == ["1s", "5s", "10s"]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_server_that_is_gone_is_noticed(database: Database) -> None:
    wanted = {
        "connect_timeout": "2",
        "keepalives": "1",
        "keepalives_idle": "5",
        "keepalives_interval": "1",
        "keepalives_count": "3",
        "tcp_user_timeout": "5000",
    }
    with database.engine.connect() as connection:
        in_force = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
    # The client library leaves out what is as it would be anyway.
    assert {name: in_force.get(name, "1") for name in wanted} == wanted


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_what_the_address_says_of_these_settings_holds(database: Database) -> None:
    words = {"options": "-c lock_timeout=7s", "tcp_user_timeout": "9000"}
    url = database.url.update_query_dict(words).render_as_string(hide_password=False)
    own = Database(url)
    with own.engine.connect() as connection:
        assert limits_of(connection) == ["1s", "7s", "10s"]
        assert connection.connection.driver_connection.info.get_parameters()["tcp_user_timeout"] == "9000"  # type: ignore[union-attr]
    own.close()


def test_every_thread_that_comes_at_once_gets_a_connection(database: Database) -> None:
    with ExitStack() as stack:
        for _ in range(N_CONNECTIONS):
            connection = stack.enter_context(database.reading())
            assert connection.exec_driver_sql("SELECT 1").scalar() == 1


def removed(path: Path) -> None:
    path.rename(path.with_suffix(".old"))


def replaced(path: Path) -> None:
    removed(path)
    path.write_bytes(path.with_suffix(".old").read_bytes())


def write(database: Database, meanwhile: Callable[[], None] = lambda: None) -> None:
    with database.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM kept_events")
        meanwhile()


@pytest.mark.parametrize("change", [removed, replaced])
def test_a_write_into_a_file_that_is_gone_is_no_write(tmp_path: Path, change: Callable[[Path], None]) -> None:
    path = tmp_path / "state.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    with pytest.raises(StoreUnavailableError, match=r"put it back|was replaced"):
        write(database, lambda: change(path))
    reached: list[bool] = []
    with pytest.raises(StoreUnavailableError, match=r"put it back|was replaced"):
        write(database, lambda: reached.append(True))
    assert reached == []
    database.close()


def test_nothing_is_read_from_a_file_that_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    path.unlink()
    with pytest.raises(StoreUnavailableError, match="put it back"), database.reading():
        pass
    assert not path.exists()
    database.close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_what_is_in_memory_is_always_in_place(url: str) -> None:
    database = Database(url)
    with database.transaction() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    database.close()


def test_a_file_of_ones_own_is_nobody_elses_to_read(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'state.db'}")
    migrate(database)
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}
    database.close()


@pytest.mark.parametrize(("setting", "wanted"), [("secure_delete", 1), ("synchronous", 2), ("journal_mode", "wal")])
def test_a_file_is_kept_so_whatever_the_library_was_built_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, wanted: int | str
) -> None:
    connect = sqlite3.connect

    def otherwise(*given: Any, **named: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*given, **named)
        connection.executescript("PRAGMA secure_delete=OFF; PRAGMA synchronous=OFF; PRAGMA journal_mode=DELETE")
        return connection

    monkeypatch.setattr(sqlite3.dbapi2, "connect", otherwise)
    database = Database(f"sqlite:///{tmp_path / 'state.db'}")
    with database.reading() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {setting}").scalar() == wanted
    database.close()
