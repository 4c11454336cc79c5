"""What was done to a ledger is found, and the entry named."""

from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.chain import GENESIS, Head, next_hash, seal
from privacy.consent import Purpose, Status
from privacy.entry import Entry, EntryKind, Word
from privacy.verification import MAX_MATCHED, Anchor, FindingKind, Verifier
from tests.privacy.ledgers import (
    KEY,
    WORD,
    distinct_ledgers,
    head_of,
    ledger_of,
    ledgers,
    places,
    plain,
    texts,
    verified,
    with_entry,
    words,
)


@given(ledgers, st.data())
def test_an_untouched_ledger_has_no_findings(entries: list[Entry], data: st.DataObject) -> None:
    noted = data.draw(st.sampled_from(entries))
    assert verified(entries, head_of(entries), Anchor(noted.position, noted.hash), Anchor(0, GENESIS)) == ()


def test_an_empty_ledger_has_no_findings() -> None:
    assert verified([], head_of([])) == ()
    assert Verifier(None, b"", [KEY]).findings() == ()


# Edited

edits = {
    "subject": st.integers(1, 2**63 - 1),
    "kind": st.sampled_from(EntryKind),
    "at": st.datetimes(timezones=st.just(UTC)),
    "purpose": st.none() | st.sampled_from(Purpose),
    "status": st.none() | st.sampled_from(Status),
    "jurisdiction": texts,
    "policy_version": texts,
    "source": texts,
    "other": st.none() | st.integers(0, 2**63 - 1),
}


@given(ledgers, st.sampled_from(sorted(edits)), st.data())
def test_an_edited_field_is_one_finding_at_its_entry(entries: list[Entry], field: str, data: st.DataObject) -> None:
    entry = data.draw(st.sampled_from(entries))
    old = getattr(entry.word, field)
    word = replace(entry.word, **{field: data.draw(edits[field].filter(lambda value: value != old))})
    found = verified(with_entry(entries, entry.position, replace(entry, word=word)), head_of(entries))
    assert places(found) == [(FindingKind.EDITED, entry.position, entry.position)]


@given(ledgers, st.binary(max_size=40), st.data())
def test_an_edited_hash_is_one_finding_at_its_entry(entries: list[Entry], other: bytes, data: st.DataObject) -> None:
    entry = data.draw(st.sampled_from(entries).filter(lambda entry: entry.hash != other))
    found = verified(with_entry(entries, entry.position, replace(entry, hash=other)), head_of(entries))
    assert places(found) == [(FindingKind.EDITED, entry.position, entry.position)]


@pytest.mark.parametrize("position", range(1, 20))
def test_an_entry_that_was_hashed_anew_is_named_with_the_one_after(position: int) -> None:
    word = replace(plain[position - 1].word, status=Status.DENIED)
    forged = next_hash(plain[position - 2].hash if position > 1 else GENESIS, position, word)
    (finding,) = verified(with_entry(plain, position, Entry(position, word, forged)), head_of(plain))
    assert (finding.kind, finding.first) == (FindingKind.EDITED, position + 1)
    assert f"or entry {position} was changed and hashed anew" in finding.message


def test_a_row_that_holds_no_word_is_edited() -> None:
    verifier = Verifier(head_of(plain), seal(head_of(plain), KEY), [KEY])
    for entry in plain:
        if entry.position == 9:
            verifier.feed_unreadable(9, entry.hash)
        else:
            verifier.feed(entry)
    assert places(verifier.findings()) == [(FindingKind.EDITED, 9, 9)]


def test_a_row_of_another_type_is_edited() -> None:
    odd = replace(plain[8], word=replace(plain[8].word, subject="nine"))
    assert places(verified(with_entry(plain, 9, odd), head_of(plain))) == [(FindingKind.EDITED, 9, 9)]


def test_edits_side_by_side_are_one_finding_and_those_apart_are_two() -> None:
    edited = [
        replace(entry, word=replace(entry.word, source="x")) if entry.position in {4, 5, 6, 9} else entry
        for entry in plain
    ]
    assert places(verified(edited, head_of(plain))) == [(FindingKind.EDITED, 4, 6), (FindingKind.EDITED, 9, 9)]


# Missing and cut


@given(ledgers, st.data())
def test_a_deleted_stretch_is_one_finding_that_names_it(entries: list[Entry], data: st.DataObject) -> None:
    first = data.draw(st.integers(1, len(entries)))
    last = data.draw(st.integers(first, len(entries)))
    kept = [entry for entry in entries if not first <= entry.position <= last]
    kind = FindingKind.CUT if last == len(entries) else FindingKind.MISSING
    assert places(verified(kept, head_of(entries))) == [(kind, first, last)]


@given(distinct_ledgers, st.data())
def test_a_deleted_entry_is_found_when_the_later_ones_are_renumbered(entries: list[Entry], data: st.DataObject) -> None:
    gone = data.draw(st.integers(1, len(entries)))
    kept = [
        replace(entry, position=entry.position - (entry.position > gone)) for entry in entries if entry.position != gone
    ]
    edited = [(FindingKind.EDITED, gone, len(entries) - 1)] if gone < len(entries) else []
    assert places(verified(kept, head_of(entries))) == [*edited, (FindingKind.CUT, len(entries), len(entries))]


# Moved and twice


@given(ledgers.filter(lambda entries: len(entries) > 1), st.data())
def test_two_entries_that_changed_places_are_one_finding_that_names_both(
    entries: list[Entry], data: st.DataObject
) -> None:
    first, last = sorted(data.draw(st.sets(st.integers(1, len(entries)), min_size=2, max_size=2)))
    swapped = with_entry(entries, first, replace(entries[last - 1], position=first))
    swapped = with_entry(swapped, last, replace(entries[first - 1], position=last))
    assert places(verified(swapped, head_of(entries))) == [(FindingKind.MOVED, first, last)]


@given(ledgers.filter(lambda entries: len(entries) > 1), st.sampled_from(["word", "hash"]), st.data())
def test_two_words_or_hashes_that_changed_places_are_one_finding_that_names_both(
    entries: list[Entry], field: str, data: st.DataObject
) -> None:
    first, last = sorted(data.draw(st.sets(st.integers(1, len(entries)), min_size=2, max_size=2)))
    left, right = entries[first - 1], entries[last - 1]
    swapped = with_entry(entries, first, replace(left, **{field: getattr(right, field)}))
    swapped = with_entry(swapped, last, replace(right, **{field: getattr(left, field)}))
    same = getattr(left, field) == getattr(right, field)
    assert places(verified(swapped, head_of(entries))) == ([] if same else [(FindingKind.MOVED, first, last)])


@given(ledgers, st.integers(-5, 40), st.data())
def test_an_entry_at_another_number_is_named_with_its_place(
    entries: list[Entry], number: int, data: st.DataObject
) -> None:
    entry = data.draw(st.sampled_from(entries).filter(lambda entry: entry.position != number))
    found = verified(with_entry(entries, entry.position, replace(entry, position=number)), head_of(entries))
    assert places(found) == [(FindingKind.MOVED, min(entry.position, number), max(entry.position, number))]


@given(ledgers.filter(lambda entries: len(entries) > 1), st.data())
def test_an_entry_that_is_read_late_is_moved(entries: list[Entry], data: st.DataObject) -> None:
    late = data.draw(st.integers(1, len(entries) - 1))
    after = data.draw(st.integers(late + 1, len(entries)))
    order = [entry for entry in entries if entry.position != late]
    order.insert(after - 1, entries[late - 1])
    verifier = Verifier(head_of(entries), seal(head_of(entries), KEY), [KEY])
    for entry in order:
        verifier.feed(entry)
    assert places(verifier.findings()) == [(FindingKind.MOVED, late, after)]


def test_three_entries_in_a_circle_are_all_named() -> None:
    turned = list(plain)
    for position, origin in ((4, 9), (9, 15), (15, 4)):
        turned = with_entry(turned, position, replace(plain[origin - 1], position=position))
    named = {place for _, *both in places(verified(turned, head_of(plain))) for place in both}
    assert named == {4, 9, 15}


@given(ledgers, st.data())
def test_an_entry_that_is_there_twice_is_one_finding(entries: list[Entry], data: st.DataObject) -> None:
    entry = data.draw(st.sampled_from(entries))
    found = verified([*entries, entry], head_of(entries))
    assert places(found) == [(FindingKind.DUPLICATE, entry.position, entry.position)]


@given(ledgers, words, st.booleans(), st.data())
def test_a_false_entry_beside_the_true_one_is_one_finding(
    entries: list[Entry], word: Word, false_first: bool, data: st.DataObject
) -> None:
    entry = data.draw(st.sampled_from(entries).filter(lambda entry: entry.word != word))
    false = Entry(entry.position, word, b"f" * 32)
    found = verified([false, *entries] if false_first else [*entries, false], head_of(entries))
    assert places(found) == [(FindingKind.DUPLICATE, entry.position, entry.position)]


# The head and what was noted elsewhere


@given(ledgers, st.lists(words, min_size=1, max_size=3))
def test_entries_after_the_sealed_head_are_one_finding(entries: list[Entry], more: list[Word]) -> None:
    longer = ledger_of([*(entry.word for entry in entries), *more])
    found = verified(longer, head_of(entries))
    assert places(found) == [(FindingKind.ADDED, len(entries) + 1, len(longer))]


@given(ledgers, st.data())
def test_a_ledger_written_anew_from_an_entry_on_is_found_and_a_noted_hash_narrows_it(
    entries: list[Entry], data: st.DataObject
) -> None:
    position = data.draw(st.integers(1, len(entries)))
    changed = [replace(e.word, source=e.word.source + "x") if e.position == position else e.word for e in entries]
    noted = Anchor(position - 1, entries[position - 2].hash if position > 1 else GENESIS)
    found = verified(ledger_of(changed), head_of(entries), noted)
    assert places(found) == [(FindingKind.REWRITTEN, position, len(entries))]


@given(ledgers, st.integers(0, 20))
def test_a_head_that_was_not_sealed_is_one_finding(entries: list[Entry], count: int) -> None:
    head = head_of(entries)
    found = verified(entries, Head(count, b"h" * 32), sealed=seal(head, KEY))
    assert places(found) == [(FindingKind.SEAL_BROKEN, count, count)]


def test_a_head_sealed_with_another_key_is_one_finding() -> None:
    found = verified(plain, head_of(plain), sealed=seal(head_of(plain), bytes(32)))
    assert places(found) == [(FindingKind.SEAL_BROKEN, 20, 20)]


def test_entries_without_a_head_are_one_finding() -> None:
    verifier = Verifier(None, b"", [KEY])
    for entry in plain:
        verifier.feed(entry)
    assert places(verifier.findings()) == [(FindingKind.SEAL_BROKEN, 20, 20)]


@given(ledgers, st.data())
def test_a_ledger_put_back_to_an_older_day_lacks_what_was_noted(entries: list[Entry], data: st.DataObject) -> None:
    older = entries[: data.draw(st.integers(0, len(entries) - 1))]
    noted = data.draw(st.sampled_from(entries[len(older) :]))
    found = verified(older, head_of(older), Anchor(noted.position, noted.hash))
    assert places(found) == [(FindingKind.ANCHOR_MISMATCH, noted.position, noted.position)]


def test_a_ledger_written_anew_and_sealed_anew_is_not_the_one_that_was_noted() -> None:
    anew = ledger_of([replace(entry.word, source="x") if entry.position == 5 else entry.word for entry in plain])
    anchors = [Anchor(position, plain[position - 1].hash) for position in (4, 12)]
    assert places(verified(anew, head_of(anew), *anchors)) == [(FindingKind.ANCHOR_MISMATCH, 12, 12)]


# Many at once


def test_a_ledger_of_nothing_but_forgeries_is_one_finding() -> None:
    n_entries = 4 * MAX_MATCHED
    forged = [Entry(position, WORD, position.to_bytes(32)) for position in range(1, n_entries + 1)]
    assert places(verified(forged, Head(n_entries, GENESIS))) == [(FindingKind.EDITED, 1, n_entries)]


def test_every_second_entry_deleted_is_named_each() -> None:
    entries = ledger_of([WORD] * (4 * MAX_MATCHED))
    found = verified(entries[::2], head_of(entries))
    assert [first for _, first, _ in places(found)] == list(range(2, 4 * MAX_MATCHED + 1, 2))


@given(st.permutations(range(1, 13)))
def test_every_entry_out_of_its_place_is_named(order: list[int]) -> None:
    entries = plain[:12]
    mixed = [replace(entry, position=position) for entry, position in zip(entries, order, strict=True)]
    found = verified(mixed, head_of(entries))
    named = {place for finding in found for place in (finding.first, finding.last)}
    assert {finding.kind for finding in found} <= {FindingKind.MOVED}
    assert named == {place for place, position in enumerate(order, start=1) if place != position}
