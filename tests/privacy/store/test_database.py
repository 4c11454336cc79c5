"""Addresses and failures of the database."""

from contextlib import suppress
from pathlib import Path

import pytest

from models.errors import InvalidInputError
from privacy.store.database import Database, StoreUnavailableError
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


def test_an_error_of_the_database_does_not_say_what_was_written(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(StoreUnavailableError) as caught, database.transaction() as connection:
        connection.exec_driver_sql("INSERT INTO aliases VALUES ('anna@example.org')")
    assert "anna" not in str(caught.value)
    database.close()


def test_a_file_of_ones_own_is_nobody_elses_to_read(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'state.db'}")
    migrate(database)
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}
    database.close()
