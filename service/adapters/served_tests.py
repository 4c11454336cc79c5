"""What servers ran under each salt, as they keep it, for commands that only look."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from experiments.definition import Experiment
from experiments.plain import from_plain
from privacy.store.schema import EXPERIMENT_DEFINITIONS
from privacy.times import moment


@dataclass(frozen=True, slots=True)
class ServedTest:
    """A test that servers ran.

    Attributes:
        name: Of the test.
        salt: Of the test.
        first_seen_at: When a server first ran it, UTC.
        definition: As it was last run; None where a later release wrote it, which says more of a test.
    """

    name: str
    salt: str
    first_seen_at: datetime
    definition: Experiment | None


def served_tests(connection: Connection, salt: str | None = None) -> dict[str, ServedTest]:
    """The tests that servers ran, by salt, those that were first seen first.

    Args:
        connection: Reads one moment.
        salt: Of the one test that is asked for; None for all.
    """
    table = EXPERIMENT_DEFINITIONS.c
    query = select(table.salt, table.name, table.first_seen_at, table.definition)
    if salt is not None:
        query = query.where(table.salt == salt)
    rows = connection.execute(query.order_by(table.first_seen_at, table.salt))
    return {row.salt: ServedTest(row.name, row.salt, moment(row.first_seen_at), _read(row.definition)) for row in rows}


def _read(definition: str) -> Experiment | None:
    try:
        return from_plain(json.loads(definition))
    except (KeyError, TypeError, ValueError):
        return None
