"""What shoppers answer, written down where it says something new."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from privacy.consent import Answer, Purpose, Status
from privacy.entry import Circumstances, EntryKind, Word
from privacy.store.ledger import Ledger
from privacy.store.people import customers_of, rows_of
from privacy.store.refusing import forget_refused


def say(
    ledger: Ledger,
    connection: Connection,
    subjects: Sequence[int],
    answers: Mapping[Purpose, Status],
    circumstances: Circumstances,
) -> int:
    """Record answers of each of some people, and forget what is kept of who now refuses that.

    Args:
        ledger: To be added to.
        connection: Of a transaction that holds the ledger's head.
        subjects: Whose; of a number that nobody has nothing is recorded.
        answers: What they said.
        circumstances: How.

    Returns:
        The position of the ledger's last entry.
    """
    rows = rows_of(connection, subjects)
    words = [
        Word(
            subject,
            EntryKind.CONSENT,
            _stamp(circumstances, rows[subject].state.answers.get(purpose)),
            purpose,
            status,
            circumstances.jurisdiction,
            circumstances.policy_version,
            circumstances.source,
        )
        for subject in rows
        for purpose, status in sorted(answers.items())
    ]
    new = [word for word in words if _says_something(word, rows[word.subject].state.answers)]
    ledger.append(connection, new)
    if Status.DENIED in answers.values():
        forget_refused(connection, rows)
    return ledger.head(connection).count


def refuse(
    ledger: Ledger,
    connection: Connection,
    subjects: Sequence[int],
    purposes: Collection[Purpose],
    circumstances: Circumstances,
) -> int:
    """As `say`, a no of each of them and of the customers that they are."""
    rows = rows_of(connection, subjects)
    everybody = sorted({*rows, *customers_of(rows)})
    return say(ledger, connection, everybody, dict.fromkeys(purposes, Status.DENIED), circumstances)


_TICK = timedelta(microseconds=1)


def _stamp(circumstances: Circumstances, stands: Answer | None) -> datetime:
    """When a word was said; one that was said just now is later than the one that stands, though a clock ran ahead."""
    if not circumstances.is_live or stands is None:
        return circumstances.at
    return max(circumstances.at, stands.at + _TICK)


def _says_something(word: Word, answers: Mapping[Purpose, Answer]) -> bool:
    """Whether a word says what does not stand already."""
    assert word.purpose is not None  # noqa: S101 - it is a consent
    stands = answers.get(word.purpose)
    if stands is None or stands.at > word.at:
        return True
    return (stands.status, stands.jurisdiction, stands.policy_version) != (
        word.status,
        word.jurisdiction,
        word.policy_version,
    )
