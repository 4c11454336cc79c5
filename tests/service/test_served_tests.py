"""What servers ran is read back by salt, on SQLite and on PostgreSQL."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from privacy.store.database import Database
from privacy.store.schema import EXPERIMENT_DEFINITIONS
from service.adapters.experiment_store import SqlExperimentStore
from service.adapters.served_tests import ServedTest, served_tests
from tests.experiments.definitions import a_test
from tests.privacy.store.conftest import database, postgresql  # noqa: F401 - fixtures

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
ONE, OTHER = a_test(name="one", salt="s-one"), a_test(name="other", salt="a-other")


@pytest.fixture
def store(database: Database) -> SqlExperimentStore:  # noqa: F811
    """One ran first, then the other."""
    store = SqlExperimentStore(database, lambda: None)
    store.seen([ONE], NOW)
    store.seen([OTHER], NOW + timedelta(hours=1))
    return store


def read(database: Database, salt: str | None = None) -> list[ServedTest]:  # noqa: F811
    with database.reading() as connection:
        return list(served_tests(connection, salt).values())


@pytest.mark.usefixtures("store")
def test_all_that_ran_are_there_the_first_first(database: Database) -> None:  # noqa: F811
    assert read(database) == [
        ServedTest("one", "s-one", NOW, ONE),
        ServedTest("other", "a-other", NOW + timedelta(hours=1), OTHER),
    ]


@pytest.mark.usefixtures("store")
def test_one_is_found_by_its_salt_and_not_by_its_name(database: Database) -> None:  # noqa: F811
    assert [one.name for one in read(database, "a-other")] == ["other"]
    assert read(database, "one") == []


def test_it_is_read_as_it_was_last_run(database: Database, store: SqlExperimentStore) -> None:  # noqa: F811
    wider = replace(ONE, ends_at=ONE.ends_at + timedelta(days=1))
    store.changed([wider])
    assert read(database, "s-one") == [ServedTest("one", "s-one", NOW, wider)]


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("definition", ['{"more": 1}', "[]", "of no JSON"])
def test_what_a_later_release_wrote_is_there_without_a_definition(
    database: Database,  # noqa: F811
    definition: str,
) -> None:
    with database.transaction() as connection:
        connection.execute(update(EXPERIMENT_DEFINITIONS).values(definition=definition))
    assert [(one.name, one.definition) for one in read(database)] == [("one", None), ("other", None)]
