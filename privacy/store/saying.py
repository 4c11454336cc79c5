"""What shoppers answer, each word of it written down once.

Of what is said later even a repetition counts: it outweighs a word from between the two that comes in after both."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from privacy.consent import Purpose, Status
from privacy.entry import Circumstances, EntryKind, Word
from privacy.state import State
from privacy.store.departures import count_noes
from privacy.store.ledger import Ledger
from privacy.store.people import customers_of, rows_of
from privacy.store.refusing import forget_refused
from privacy.store.repeats import keys_of, keys_said
from privacy.times import TICK


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
            _stamp(circumstances, status, rows[subject].state, purpose),
            purpose,
            status,
            circumstances.jurisdiction,
            circumstances.policy_version,
            circumstances.source,
        )
        for subject in rows
        for purpose, status in sorted(answers.items())
    ]
    there = keys_said(connection, rows)
    new = [word for word in words if keys_of(word)[0] not in there]
    count_noes(connection, new, is_live=circumstances.is_live)
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


_AT_ONCE = timedelta(seconds=1)
"""What is said twice within it is one word: two clicks of one finger, or a call that was sent again."""


def _stamp(circumstances: Circumstances, status: Status, state: State, purpose: Purpose) -> datetime:
    """When a word was said; one that was said just now is later than all that holds, though a clock ran ahead.

    Said at once with the same that stands, it is that word.
    """
    stamp, stands = circumstances.at, state.answers.get(purpose)
    if not circumstances.is_live:
        return stamp
    if state.erased_at is not None:
        stamp = max(stamp, state.erased_at + TICK)
    if stands is None:
        return stamp
    said = (status, circumstances.jurisdiction, circumstances.policy_version)
    is_same = said == (stands.status, stands.jurisdiction, stands.policy_version)
    return stands.at if is_same and stamp <= stands.at + _AT_ONCE else max(stamp, stands.at + TICK)
