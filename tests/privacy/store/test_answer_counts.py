"""What servers counted is a row for each counter, and adds up."""

from datetime import date

from sqlalchemy import select

from privacy.store.answer_counts import OF_NO_DAY, Answers, add_answers, answers, told_groups
from privacy.store.database import Database
from privacy.store.schema import EXPERIMENT_ANSWERS

DAY, NEXT = date(2026, 12, 1), date(2026, 12, 2)
ALL = Answers(9, 2, 1_500, (0, 4, 5), 8, 6, (3, 1), (2, 1))
OF_GROUPS = Answers(0, 0, 0, ())


def added(database: Database, *counted: dict[str, Answers], day: date = DAY) -> None:
    with database.transaction() as connection:
        for one in counted:
            add_answers(connection, one, day)


def found(database: Database, salt: str = "s") -> dict[tuple[str, date], Answers]:
    with database.reading() as connection:
        return answers(connection, salt)


def test_what_is_added_is_read_again(database: Database) -> None:
    added(database, {"s/a": ALL})
    assert found(database) == {
        ("s/a", DAY): ALL._replace(answers_by_group=(), reports_by_group=()),
        ("s/a", OF_NO_DAY): OF_GROUPS._replace(answers_by_group=(3, 1), reports_by_group=(2, 1)),
    }


def test_what_is_added_again_adds_up_by_variant_and_day(database: Database) -> None:
    added(database, {"s/a": ALL, "s/b": Answers(1, 0, 7, (1,))}, {"s/a": Answers(1, 1, 10, (1, 0, 0, 1), 1, 0, (0, 1))})
    added(database, {"s/a": Answers(1, 0, 3, (1,), answers_by_group=(0, 1))}, day=NEXT)
    assert found(database) == {
        ("s/a", DAY): Answers(10, 3, 1_510, (1, 4, 5, 1), 9, 6),
        ("s/a", NEXT): Answers(1, 0, 3, (1,)),
        ("s/a", OF_NO_DAY): OF_GROUPS._replace(answers_by_group=(3, 3), reports_by_group=(2, 1)),
        ("s/b", DAY): Answers(1, 0, 7, (1,)),
    }


def test_a_groups_number_is_of_no_day(database: Database) -> None:
    added(database, {"s/a": ALL}, day=NEXT)
    table = EXPERIMENT_ANSWERS.c
    with database.reading() as connection:
        rows = connection.execute(select(table.day).where(table.counter.contains("group")).distinct()).all()
    assert [day for (day,) in rows] == [OF_NO_DAY]


def test_groups_that_are_told_of_are_those_with_answers(database: Database) -> None:
    added(database, {"s/a": ALL._replace(answers_by_group=(0, 5)), "s/b": ALL})
    with database.reading() as connection:
        assert told_groups(connection, ["s/a", "s/c"]) == {"s/a": {1}}


def test_of_another_test_nothing_is_read(database: Database) -> None:
    others = ("s2/a", "S/a", "s", "s%/a", "_/a")
    added(database, dict.fromkeys(others, ALL))
    assert found(database) == {}


def test_counters_have_the_names_that_are_in_tables_of_shops(database: Database) -> None:
    added(database, {"s/a": Answers(3, 1, 20, (0, 3), 5, 4, (3,), (2,))})
    table = EXPERIMENT_ANSWERS.c
    with database.reading() as connection:
        rows = connection.execute(select(table.counter, table.n).order_by(table.n, table.counter)).all()
    assert [(counter, n) for counter, n in rows] == [
        ("quiet", 1),
        ("reports_group_00", 2),
        ("answers", 3),
        ("answers_group_00", 3),
        ("bucket_01", 3),
        ("items_both", 4),
        ("items_either", 5),
        ("latency_us", 20),
    ]
