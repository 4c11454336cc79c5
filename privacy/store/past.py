"""What stood of somebody at an earlier moment, by all that the ledger says."""

from datetime import datetime

from sqlalchemy import Connection

from privacy.person import Known, Person
from privacy.state import NOTHING, State
from privacy.store.ledger import entries_of


def as_of(connection: Connection, person: Person, at: datetime) -> Person:
    """The person with what they had said until then; who is who stays as it is known now.

    Args:
        connection: Reads one moment.
        person: As of now.
        at: The moment, included, UTC.
    """
    states: dict[int, State] = dict.fromkeys(person.subjects, NOTHING)
    for entry in entries_of(connection, person.subjects):
        word = entry.word
        if word.at <= at and word.subject in states:
            states[word.subject] = states[word.subject].after(word)

    def then(now: tuple[Known, ...]) -> tuple[Known, ...]:
        return tuple(one._replace(state=states[one.subject]) for one in now)

    return person._replace(named=then(person.named), linked=then(person.linked))
