"""The tables come to be what the schema says."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from privacy.store.database import Database
from privacy.store.migrating import StoreTooNewError, migrate
from privacy.store.schema import METADATA


def test_the_migrations_make_the_tables_of_the_schema(database: Database) -> None:
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_migrating_again_changes_nothing(database: Database) -> None:
    migrate(database)
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM ledger_head").scalar() == 1


def test_tables_of_a_later_release_are_refused(database: Database) -> None:
    with database.transaction() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreTooNewError, match="later release"):
        migrate(database)
