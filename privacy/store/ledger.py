"""The ledger's table: entries are added at its end and never touched again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from models.errors import ShopkeeperError
from privacy.chain import Head, next_hash, seal, seal_holds
from privacy.consent import Purpose, Status
from privacy.entry import Entry, EntryKind, Word
from privacy.keys import KeyRing, KeyUse
from privacy.state import NOTHING, State
from privacy.store.database import StoreUnavailableError
from privacy.store.schema import LEDGER, LEDGER_HEAD, SHOPPERS
from privacy.times import microseconds, moment
from privacy.verification import Anchor, Finding, Verifier

_BATCH = 10_000
_STREAMED: dict[str, Any] = {"execution_options": {"yield_per": _BATCH}}
"""For one statement: set on the connection, it would hold for all that follow, which PostgreSQL refuses for updates."""
_NO_KEY = 0


class LedgerBrokenError(ShopkeeperError):
    """The head of the ledger was changed by somebody who does not hold the key."""

    reason = "LEDGER_BROKEN"


class Ledger:
    """Adds to the ledger and reads it.

    Args:
        ring: The shop's keys; the head is sealed with one of their own derived from the active one.
    """

    def __init__(self, ring: KeyRing) -> None:
        self._keys = ring.derived(KeyUse.LEDGER)

    def append(self, connection: Connection, words: Sequence[Word]) -> tuple[Entry, ...]:
        """Add words at the end, and the states that follow from them. Other writers wait until the transaction ends.

        Args:
            connection: Of a transaction of one's own.
            words: In order; their subjects have rows.

        Raises:
            LedgerBrokenError: The head is not the one that was sealed: adding to it would hide that.
        """
        if not words:
            return ()
        head = self.locked_head(connection)
        entries, previous = [], head.hash
        for position, word in enumerate(words, start=head.count + 1):
            previous = next_hash(previous, position, word)
            entries.append(Entry(position, word, previous))
        connection.execute(insert(LEDGER), [_values(entry) for entry in entries])
        ended = Head(head.count + len(entries), previous)
        connection.execute(
            update(LEDGER_HEAD).values(
                n_entries=ended.count,
                hash=ended.hash,
                seal=seal(ended, self._keys.active),
                key_id=self._keys.active_id,
            )
        )
        _follow(connection, words)
        return tuple(entries)

    def locked_head(self, connection: Connection) -> Head:
        """The head, held against other writers until the transaction ends.

        Raises:
            LedgerBrokenError: It is not the one that was sealed.
            StoreUnavailableError: It was sealed with a key that is not in the ring.
        """
        row = connection.execute(select(LEDGER_HEAD).with_for_update()).one_or_none()
        head = None if row is None else Head(row.n_entries, row.hash)
        if row is None or head is None or not _is_sealed(row, head, self._secrets()):
            if row is not None and row.key_id not in (_NO_KEY, *self._keys.ids):
                raise StoreUnavailableError(
                    f"the ledger is sealed with key {row.key_id}, which this process does not have: give it the shop's "
                    "current key file and start it again"
                )
            raise LedgerBrokenError(
                "the head of the ledger is not as it was left: `shopkeeper privacy verify` says why"
            )
        return head

    def head(self, connection: Connection) -> Head:
        """Where the ledger ends, unchecked."""
        row = connection.execute(select(LEDGER_HEAD)).one()
        return Head(row.n_entries, row.hash)

    def verify(self, connection: Connection, anchors: Iterable[Anchor] = ()) -> tuple[Finding, ...]:
        """What was done to the ledger, see privacy.verification.Verifier; nothing if it is as it was written.

        Args:
            connection: Reads one moment.
            anchors: Positions and hashes noted elsewhere.
        """
        row = connection.execute(select(LEDGER_HEAD)).one_or_none()
        if row is not None and row.key_id == _NO_KEY and row.n_entries == 0:
            row = None
        head = None if row is None else Head(row.n_entries, row.hash)
        verifier = Verifier(head, b"" if row is None else row.seal, self._secrets(), anchors=anchors)
        for found in _rows(connection):
            word = _word(found)
            if word is None:
                verifier.feed_unreadable(found.position, found.hash)
            else:
                verifier.feed(Entry(found.position, word, found.hash))
        return verifier.findings()

    def _secrets(self) -> tuple[bytes, ...]:
        return tuple(key for _, key in self._keys.keys)


def entries_of(connection: Connection, subjects: Iterable[int] | None = None) -> Iterator[Entry]:
    """Entries in order of position, of everybody or of some people and the links that name them.

    Args:
        connection: Reads one moment.
        subjects: Whose; all where not given.
    """
    for row in _rows(connection, None if subjects is None else tuple(subjects)):
        word = _word(row)
        if word is not None:
            yield Entry(row.position, word, row.hash)


def unsound_states(connection: Connection) -> tuple[int, ...]:
    """People whose state does not follow from the ledger, by number, rising; in memory that does not grow with them."""
    words = (
        (row.subject, _word(row))
        for row in connection.execute(select(LEDGER).order_by(LEDGER.c.subject, LEDGER.c.position), **_STREAMED)
    )
    by_subject = groupby(words, key=lambda pair: pair[0])
    query = select(SHOPPERS.c.subject, SHOPPERS.c.state).order_by(SHOPPERS.c.subject)
    unsound: list[int] = []
    spoken = next(by_subject, None)
    for subject, text in connection.execute(query, **_STREAMED):
        while spoken is not None and spoken[0] < subject:  # somebody of the ledger who has no row
            unsound.append(spoken[0])
            spoken = next(by_subject, None)
        state = NOTHING
        if spoken is not None and spoken[0] == subject:
            for _, word in spoken[1]:
                state = state if word is None else state.after(word)
            spoken = next(by_subject, None)
        if state.as_text() != text:
            unsound.append(subject)
    unsound += [] if spoken is None else [spoken[0]]
    unsound += [subject for subject, _ in by_subject]
    return tuple(unsound)


def _is_sealed(row: Row[tuple[object, ...]], head: Head, keys: tuple[bytes, ...]) -> bool:
    if row.key_id == _NO_KEY:
        return head.count == 0
    return seal_holds(head, row.seal, keys)


def _follow(connection: Connection, words: Sequence[Word]) -> None:
    """Write the states that follow from new words, in the order that privacy.store.people.held keeps to."""
    subjects = sorted({word.subject for word in words})
    states: dict[int, State] = {}
    for first in range(0, len(subjects), _BATCH):
        some = subjects[first : first + _BATCH]
        rows = connection.execute(select(SHOPPERS.c.subject, SHOPPERS.c.state).where(SHOPPERS.c.subject.in_(some)))
        states |= {subject: State.of_text(state) for subject, state in rows}
    before = {subject: state.as_text() for subject, state in states.items()}
    for word in words:
        states[word.subject] = states[word.subject].after(word)
    changed = [
        {"of": subject, "state": state.as_text()}
        for subject, state in sorted(states.items())
        if state.as_text() != before[subject]
    ]
    if changed:
        connection.execute(update(SHOPPERS).where(SHOPPERS.c.subject == bindparam("of")), changed)


def _values(entry: Entry) -> Mapping[str, object]:
    word = entry.word
    return {
        "position": entry.position,
        "subject": word.subject,
        "kind": str(word.kind),
        "at": microseconds(word.at),
        "purpose": None if word.purpose is None else str(word.purpose),
        "status": None if word.status is None else str(word.status),
        "jurisdiction": word.jurisdiction,
        "policy_version": word.policy_version,
        "source": word.source,
        "other": word.other,
        "hash": entry.hash,
    }


def _rows(connection: Connection, subjects: tuple[int, ...] | None = None) -> Iterator[Row[tuple[object, ...]]]:
    query = select(LEDGER).order_by(LEDGER.c.position)
    if subjects is not None:
        query = query.where(LEDGER.c.subject.in_(subjects) | LEDGER.c.other.in_(subjects))
    yield from connection.execute(query, **_STREAMED)


def _word(row: Row[tuple[object, ...]]) -> Word | None:
    """The word of a row; None where it holds none that this release writes."""
    try:
        return Word(
            row.subject,
            EntryKind(row.kind),
            moment(row.at),
            None if row.purpose is None else Purpose(row.purpose),
            None if row.status is None else Status(row.status),
            row.jurisdiction,
            row.policy_version,
            row.source,
            row.other,
        )
    except (ValueError, TypeError, OverflowError):
        return None
