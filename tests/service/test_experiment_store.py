"""What servers know of tests together, on SQLite and on PostgreSQL."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import update

from experiments.analysis.sums import Served
from experiments.plain import to_plain
from privacy.store.answer_counts import OF_NO_DAY, Answers, answers
from privacy.store.database import Database
from privacy.store.schema import EXPERIMENT_DEFINITIONS
from service.adapters.experiment_store import SqlExperimentStore, UnreadableTestError
from tests.experiments.definitions import a_test
from tests.privacy.store.conftest import database, postgresql  # noqa: F401 - fixtures

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
DAY, NEXT = date(2026, 12, 1), date(2026, 12, 2)


@pytest.fixture
def store(database: Database) -> SqlExperimentStore:  # noqa: F811
    return SqlExperimentStore(database, lambda: None)


def counted(database: Database, salt: str = "s") -> dict[tuple[str, date], Answers]:  # noqa: F811
    with database.reading() as connection:
        return answers(connection, salt)


def test_a_test_that_nobody_served_is_new_once(store: SqlExperimentStore) -> None:
    one, other = a_test(name="one", salt="one"), a_test(name="other", salt="other")
    assert store.seen([one], NOW) == []
    assert store.seen([other, one], NOW) == [one]
    assert store.seen([other], NOW) == [other]
    assert store.seen([], NOW) == []


def test_what_was_served_first_under_a_salt_stays_known(store: SqlExperimentStore, database: Database) -> None:  # noqa: F811
    first, second = a_test(salt="s", alpha=0.05), a_test(salt="s", alpha=0.2)
    store.seen([first], NOW)
    assert store.seen([second], NOW) == [first]
    assert SqlExperimentStore(database, lambda: None).seen([second], NOW) == [first]


def test_a_change_that_was_let_through_is_known_from_then_on(store: SqlExperimentStore) -> None:
    first, longer = a_test(salt="s"), a_test(salt="s", end_bucket=1_000, ends_at=datetime(2027, 2, 1, tzinfo=UTC))
    store.seen([first], NOW)
    store.changed([longer, a_test(salt="never seen")])
    assert store.seen([first], NOW) == [longer]
    assert store.seen([a_test(salt="never seen")], NOW) == []


def test_of_many_servers_that_start_at_once_all_hold_to_the_same(store: SqlExperimentStore) -> None:
    tests = [a_test(salt="s", alpha=number / 100) for number in range(1, 9)]
    with ThreadPoolExecutor(len(tests)) as servers:
        list(servers.map(lambda test: store.seen([test], NOW), tests))
    [kept] = store.seen(tests[:1], NOW)
    assert kept in tests
    assert all(store.seen([test], NOW) == [kept] for test in tests)


@pytest.mark.parametrize(
    "definition",
    ['{"name": "later"}', json.dumps({**to_plain(a_test(salt="s")), "more": 1}), "of no JSON"],
    ids=["less", "more", "other"],
)
def test_a_test_of_a_later_release_is_not_taken_for_unknown(
    store: SqlExperimentStore,
    database: Database,  # noqa: F811
    definition: str,
) -> None:
    store.seen([a_test(salt="s")], NOW)
    with database.transaction() as connection:
        connection.execute(update(EXPERIMENT_DEFINITIONS).values(definition=definition))
    with pytest.raises(UnreadableTestError, match="salt s"):
        store.seen([a_test(salt="s")], NOW)


def test_counts_of_a_day_add_up(store: SqlExperimentStore, database: Database) -> None:  # noqa: F811
    store.add({"s/a": Served(3, 1, (0, 2, 1), 0.5), "s/b~": Served(1, 0, (1, 0, 0), 0.25)}, DAY)
    store.add({"s/a": Served(2, 2, (1, 0, 0, 1), 0.000001), "t/a": Served(1)}, DAY)
    store.add({"s/a": Served(1, 0, (1,), 0.1)}, NEXT)
    store.add({}, NEXT)
    assert counted(database) == {
        ("s/a", DAY): Answers(5, 3, 500_001, (1, 2, 1, 1)),
        ("s/a", NEXT): Answers(1, 0, 100_000, (1,)),
        ("s/b~", DAY): Answers(1, 0, 250_000, (1,)),
    }


def test_how_far_a_shadow_agrees_adds_up(store: SqlExperimentStore, database: Database) -> None:  # noqa: F811
    store.add({"s/next": Served(1, 0, (1,), 0.1, n_either=5, n_both=3)}, DAY)
    store.add({"s/next": Served(1, 0, (1,), 0.1, n_either=4, n_both=4)}, DAY)
    assert counted(database) == {("s/next", DAY): Answers(2, 0, 200_000, (2,), 9, 7)}


def test_many_buckets_stay_in_their_order(store: SqlExperimentStore, database: Database) -> None:  # noqa: F811
    store.add({"s/a": Served(24, 0, tuple(range(24)), 1.0)}, DAY)
    assert counted(database)["s/a", DAY].latency_buckets == tuple(range(24))


def test_groups_add_up_in_their_places_on_no_day(store: SqlExperimentStore, database: Database) -> None:  # noqa: F811
    store.add({"s/a": Served(6, 0, (6,), 0.1, answers_by_group=(0, 4, 2), reports_by_group=(0, 3, 0))}, DAY)
    store.add({"s/a": Served(1, 0, (1,), 0.1, answers_by_group=(1, 0, 0), reports_by_group=(0, 0, 2))}, NEXT)
    found = counted(database)
    groups = found.pop(("s/a", OF_NO_DAY))
    assert (groups.answers_by_group, groups.reports_by_group) == ((1, 4, 2), (0, 3, 2))
    assert {key: (one.n_answers, one.answers_by_group) for key, one in found.items()} == {
        ("s/a", DAY): (6, ()),
        ("s/a", NEXT): (1, ()),
    }


def test_groups_that_were_told_of_are_known(store: SqlExperimentStore, database: Database) -> None:  # noqa: F811
    store.add({"s/a": Served(6, 0, (6,), 0.1, answers_by_group=(0, 4, 2)), "s/b": Served(1, 0, (1,), 0.1)}, DAY)
    store.add({"t/a": Served(1, 0, (1,), 0.1, answers_by_group=(1,))}, DAY)
    assert store.told_groups(["s/a", "s/b"]) == {"s/a": {1, 2}}


def test_servers_that_count_at_once_lose_nothing(store: SqlExperimentStore, database: Database) -> None:  # noqa: F811
    def serve(turn: int) -> None:
        variants = ["s/a", "s/b"] if turn % 2 else ["s/b", "s/a"]
        store.add(dict.fromkeys(variants, Served(1, 1, (1, 1), 0.001)), DAY)

    with ThreadPoolExecutor(4) as servers:
        list(servers.map(serve, range(40)))
    assert counted(database) == {(variant, DAY): Answers(40, 40, 40_000, (40, 40)) for variant in ("s/a", "s/b")}
