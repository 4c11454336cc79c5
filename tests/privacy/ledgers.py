"""Ledgers made up, and what is found in them."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import strategies as st

from privacy.chain import GENESIS, Head, next_hash, seal
from privacy.consent import Purpose, Status
from privacy.entry import Entry, EntryKind, Word
from privacy.verification import Anchor, Finding, FindingKind, Verifier

KEY = bytes(range(32))
NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
WORD = Word(7, EntryKind.CONSENT, NOON, Purpose.CONTACT, Status.GRANTED, "DE", "2026-1", "preference_page")

texts = st.text(st.characters(codec="utf-8"), max_size=8)
words = st.builds(
    Word,
    subject=st.integers(1, 2**63 - 1),
    kind=st.sampled_from(EntryKind),
    at=st.datetimes(timezones=st.just(UTC)),
    purpose=st.none() | st.sampled_from(Purpose),
    status=st.none() | st.sampled_from(Status),
    jurisdiction=texts,
    policy_version=texts,
    source=texts,
    other=st.none() | st.integers(1, 2**63 - 1),
)


def ledger_of(said: list[Word]) -> list[Entry]:
    entries: list[Entry] = []
    for position, word in enumerate(said, start=1):
        entries.append(Entry(position, word, next_hash(entries[-1].hash if entries else GENESIS, position, word)))
    return entries


ledgers = st.lists(words, min_size=1, max_size=12).map(ledger_of)
distinct_ledgers = st.lists(words, min_size=1, max_size=12, unique_by=lambda word: word.subject).map(ledger_of)
plain = ledger_of([replace(WORD, subject=subject) for subject in range(1, 21)])


def head_of(entries: list[Entry]) -> Head:
    return Head(len(entries), entries[-1].hash if entries else GENESIS)


def verified(entries: list[Entry], head: Head, *anchors: Anchor, sealed: bytes | None = None) -> tuple[Finding, ...]:
    verifier = Verifier(head, seal(head, KEY) if sealed is None else sealed, [KEY], anchors=anchors)
    for entry in sorted(entries, key=lambda entry: entry.position):
        verifier.feed(entry)
    return verifier.findings()


def places(findings: tuple[Finding, ...]) -> list[tuple[FindingKind, int, int]]:
    return [(finding.kind, finding.first, finding.last) for finding in findings]


def with_entry(entries: list[Entry], position: int, entry: Entry) -> list[Entry]:
    return [entry if other.position == position else other for other in entries]
