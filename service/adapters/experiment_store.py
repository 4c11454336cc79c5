"""What servers know of tests together, in the database of the shop: how each began, and what its arms answered."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, Table, select, update
from sqlalchemy.dialects import postgresql, sqlite

from experiments.analysis.sums import Served
from experiments.definition import Experiment
from experiments.plain import from_plain, to_plain
from models.errors import ShopkeeperError
from privacy.store.answer_counts import Answers, add_answers, told_groups
from privacy.store.database import Database
from privacy.store.schema import EXPERIMENT_DEFINITIONS
from privacy.times import microseconds

N_USERS = 2
"""Threads of a server that use it at once: one reads tests, one adds up answers."""


class UnreadableTestError(ShopkeeperError):
    """A later release has served the test."""

    reason = "TEST_UNREADABLE"


class SqlExperimentStore:
    """Definitions and counts in tables. May be used from any thread.

    Args:
        database: Where.
        prepare: Brings it to this release's tables; StoreUnavailableError while it cannot be reached.
    """

    def __init__(self, database: Database, prepare: Callable[[], object]) -> None:
        self._database, self._prepare = database, prepare

    def seen(self, tests: Sequence[Experiment], at: datetime) -> list[Experiment]:
        """The tests that are known by these tests' salts, as they were last served; those not known are from now on.

        Of servers that say different things of one salt at once the first is heard.

        Args:
            tests: About to be served.
            at: The present, UTC.

        Raises:
            UnreadableTestError: One that is known is of a release that says more of it.
            StoreUnavailableError: The database cannot be reached, or fails.
        """
        self._prepare()
        if not tests:
            return []
        with self._database.transaction() as connection:
            known = _known(connection, [test.salt for test in tests])
            insert = _insert(connection, EXPERIMENT_DEFINITIONS).on_conflict_do_nothing(index_elements=["salt"])
            new = sorted((test for test in tests if test.salt not in known), key=_salt)
            first_seen_at = microseconds(at)
            outrun = [
                test.salt
                for test in new
                if not connection.execute(insert.values({**_values(test), "first_seen_at": first_seen_at})).rowcount
            ]
            known |= _known(connection, outrun)
        return [_read(salt, definition) for salt, definition in sorted(known.items())]

    def changed(self, tests: Sequence[Experiment]) -> None:
        """Remember tests that are known as they are now: what of them may change was changed.

        Args:
            tests: Served from now on.

        Raises:
            StoreUnavailableError: The database cannot be reached, or fails.
        """
        self._prepare()
        with self._database.transaction() as connection:
            for test in sorted(tests, key=_salt):
                values = _values(test)
                row = update(EXPERIMENT_DEFINITIONS).where(EXPERIMENT_DEFINITIONS.c.salt == values.pop("salt"))
                connection.execute(row.values(values))

    def add(self, counts: Mapping[str, Served], day: date) -> None:
        """Add to what was counted on a day; all of it or nothing.

        Args:
            counts: By variant.
            day: UTC.

        Raises:
            StoreUnavailableError: The database cannot be reached, or fails. Nothing was added, unless it failed at the
                very end.
        """
        self._prepare()
        if not counts:
            return
        with self._database.transaction() as connection:
            add_answers(connection, {variant: _answers(served) for variant, served in counts.items()}, day)

    def told_groups(self, variants: Collection[str]) -> dict[str, set[int]]:
        """The groups of each variant that a server has told of.

        Raises:
            StoreUnavailableError: The database cannot be reached, or fails.
        """
        self._prepare()
        with self._database.reading() as connection:
            return told_groups(connection, variants)


def _known(connection: Connection, salts: Sequence[str]) -> dict[str, str]:
    table = EXPERIMENT_DEFINITIONS.c
    rows = connection.execute(select(table.salt, table.definition).where(table.salt.in_(salts)))
    return {salt: definition for salt, definition in rows}  # noqa: C416 - rows are no pairs for a type checker


def _insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def _answers(served: Served) -> Answers:
    return Answers(
        served.n_answers,
        served.n_quiet,
        round(served.latency_sum_s * 1e6),
        served.latency_buckets,
        served.n_either,
        served.n_both,
        served.answers_by_group,
        served.reports_by_group,
    )


def _salt(test: Experiment) -> str:
    return test.salt


def _values(test: Experiment) -> dict[str, object]:
    definition = json.dumps(to_plain(test), ensure_ascii=False, sort_keys=True)
    return {"salt": test.salt, "name": test.name, "definition": definition}


def _read(salt: str, definition: str) -> Experiment:
    try:
        return from_plain(json.loads(definition))
    except (KeyError, TypeError, ValueError):
        raise UnreadableTestError(
            f"the test with the salt {salt} was served by a release that says more of it: run that one, or take another"
            " salt"
        ) from None
