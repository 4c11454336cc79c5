"""What servers counted of the answers of tests' arms, by day: of nobody in particular, added up in one table."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from privacy.store.schema import EXPERIMENT_ANSWERS, is_of_test

N_ANSWERS, N_QUIET, LATENCY_SUM_US, LATENCY_BUCKET = "answers", "quiet", "latency_us", "bucket_"
N_EITHER, N_BOTH = "items_either", "items_both"
ANSWERS_OF_GROUP, REPORTS_OF_GROUP = _OF_GROUPS = "answers_group_", "reports_group_"
"""Counters of the table; a bucket's and a group's end in its number, from 0."""
OF_NO_DAY = date.max
"""Where groups are: of some people on one day a number might tell of one of them."""


class Answers(NamedTuple):
    """What servers counted of a variant's answers on a day, of nobody in particular.

    Attributes:
        n_answers: Answers.
        n_quiet: Of them those that showed nothing.
        latency_sum_us: Microseconds that all of them took.
        latency_buckets: Answers by the time they took, in the order of the server's bounds.
        n_either: Of a shadow's answers, items that it or what was shown beside it had.
        n_both: Items that both had.
        answers_by_group: Answers to those who may be measured, by groups of them; of groups that are told of.
        reports_by_group: Of those the ones that a page said were seen.
    """

    n_answers: int
    n_quiet: int
    latency_sum_us: int
    latency_buckets: tuple[int, ...]
    n_either: int = 0
    n_both: int = 0
    answers_by_group: tuple[int, ...] = ()
    reports_by_group: tuple[int, ...] = ()


def add_answers(connection: Connection, counted: Mapping[str, Answers], day: date) -> None:
    """Add to what was counted on a day.

    Args:
        connection: Of a transaction.
        counted: By variant.
        day: UTC.
    """
    # In one order, or two servers may wait for each other.
    rows = [
        {"variant": variant, "day": OF_NO_DAY if counter.startswith(_OF_GROUPS) else day, "counter": counter, "n": n}
        for variant, of_variant in sorted(counted.items())
        for counter, n in sorted(_counters(of_variant).items())
        if n
    ]
    if not rows:
        return
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(EXPERIMENT_ANSWERS)
    added = {"n": EXPERIMENT_ANSWERS.c.n + statement.excluded.n}
    connection.execute(statement.on_conflict_do_update(index_elements=["variant", "day", "counter"], set_=added), rows)


def told_groups(connection: Connection, variants: Collection[str]) -> dict[str, set[int]]:
    """The groups of each variant that a server has told of.

    Args:
        connection: Reads one moment.
        variants: Whose.
    """
    table = EXPERIMENT_ANSWERS.c
    rows = select(table.variant, table.counter).where(table.variant.in_(variants), table.day == OF_NO_DAY)
    found: dict[str, set[int]] = {}
    for variant, counter in connection.execute(rows):
        if counter.startswith(ANSWERS_OF_GROUP):
            found.setdefault(variant, set()).add(int(counter.removeprefix(ANSWERS_OF_GROUP)))
    return found


def answers(connection: Connection, salt: str) -> dict[tuple[str, date], Answers]:
    """What servers counted, by variant and day in UTC; what is of groups is of OF_NO_DAY.

    Args:
        connection: Reads one moment.
        salt: Of the test.
    """
    table = EXPERIMENT_ANSWERS.c
    counted: dict[tuple[str, date], dict[str, int]] = {}
    rows = select(table.variant, table.day, table.counter, table.n).where(is_of_test(table.variant, salt))
    for variant, day, counter, n in connection.execute(rows.order_by(table.variant, table.day)):
        counted.setdefault((variant, day), {})[counter] = n
    return {key: _answers(counters) for key, counters in counted.items()}


def _counters(counted: Answers) -> dict[str, int]:
    return {
        N_ANSWERS: counted.n_answers,
        N_QUIET: counted.n_quiet,
        LATENCY_SUM_US: counted.latency_sum_us,
        N_EITHER: counted.n_either,
        N_BOTH: counted.n_both,
        **_by_number(LATENCY_BUCKET, counted.latency_buckets),
        **_by_number(ANSWERS_OF_GROUP, counted.answers_by_group),
        **_by_number(REPORTS_OF_GROUP, counted.reports_by_group),
    }


def _by_number(name: str, counts: Sequence[int]) -> dict[str, int]:
    return {f"{name}{number:02}": n for number, n in enumerate(counts)}


def _answers(counters: Mapping[str, int]) -> Answers:
    return Answers(
        counters.get(N_ANSWERS, 0),
        counters.get(N_QUIET, 0),
        counters.get(LATENCY_SUM_US, 0),
        _in_order(LATENCY_BUCKET, counters),
        counters.get(N_EITHER, 0),
        counters.get(N_BOTH, 0),
        _in_order(ANSWERS_OF_GROUP, counters),
        _in_order(REPORTS_OF_GROUP, counters),
    )


def _in_order(name: str, counters: Mapping[str, int]) -> tuple[int, ...]:
    found = {int(counter.removeprefix(name)): n for counter, n in counters.items() if counter.startswith(name)}
    return tuple(found.get(number, 0) for number in range(max(found, default=-1) + 1))
