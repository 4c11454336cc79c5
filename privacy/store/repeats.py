"""What the ledger holds already, so that a word that is said to it again is not written down again."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from privacy.entry import EntryKind, Word
from privacy.store.schema import LEDGER
from privacy.times import microseconds

Key = tuple[object, ...]


def keys_of(word: Word) -> tuple[Key, Key]:
    """What an answer is known by: when, under which law and which policy; and one without time by what it came through.

    Args:
        word: A consent.
    """
    assert word.purpose is not None  # noqa: S101 - it is an answer
    assert word.status is not None  # noqa: S101
    where = (microseconds(word.at), word.jurisdiction, word.policy_version)
    return _keys(word.subject, word.purpose, word.status, word.source, *where)


def keys_said(connection: Connection, subjects: Iterable[int]) -> set[Key]:
    """What all the answers that these people ever gave are known by."""
    columns = (LEDGER.c[name] for name in ("subject", "purpose", "status", "source"))
    where = (LEDGER.c[name] for name in ("at", "jurisdiction", "policy_version"))
    query = select(*columns, *where).where(LEDGER.c.kind == str(EntryKind.CONSENT))
    rows = connection.execute(query.where(LEDGER.c.subject.in_(tuple(subjects))))
    return {key for row in rows for key in _keys(*row)}


def _keys(subject: int, purpose: str, status: str, source: str, *where: object) -> tuple[Key, Key]:
    said = (subject, purpose, status)
    return (*said, *where), (*said, source)
