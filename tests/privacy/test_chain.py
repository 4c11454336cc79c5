"""Entries are chained by hash, and the head is sealed."""

import hashlib
from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import InvalidInputError
from privacy.chain import GENESIS, Head, canonical_bytes, next_hash, seal, seal_holds
from privacy.entry import Word
from tests.privacy.ledgers import (
    KEY,
    NOON,
    WORD,
    words,
)

# The bytes of a word


def test_the_bytes_of_a_word_stay_what_they_were_in_version_1() -> None:
    microseconds = 1_793_707_200_000_000
    written = (
        b"\x01"
        + (1).to_bytes(8)
        + (7).to_bytes(8)
        + microseconds.to_bytes(8)
        + b"\x00"
        + bytes(8)
        + b"".join(length.to_bytes(4) for length in (8, 8, 8, 3, 7, 16))
        + b"consentcontactgrantedDE2026-1preference_page"
    )
    assert canonical_bytes(1, WORD) == written
    assert next_hash(GENESIS, 1, WORD) == hashlib.sha256(bytes(32) + written).digest()


@given(words, words, st.integers(1, 99), st.integers(1, 99))
def test_two_words_share_their_bytes_only_if_they_and_their_places_are_the_same(
    left: Word, right: Word, left_at: int, right_at: int
) -> None:
    same = canonical_bytes(left_at, left) == canonical_bytes(right_at, right)
    assert same == ((left_at, left) == (right_at, right))


@given(words, st.data())
def test_a_text_that_wanders_to_the_next_field_changes_the_bytes(word: Word, data: st.DataObject) -> None:
    joined = word.jurisdiction + word.policy_version + word.source
    cuts = sorted(data.draw(st.lists(st.integers(0, len(joined)), min_size=2, max_size=2)))
    other = replace(
        word,
        jurisdiction=joined[: cuts[0]],
        policy_version=joined[cuts[0] : cuts[1]],
        source=joined[cuts[1] :],
    )
    assert (canonical_bytes(1, other) == canonical_bytes(1, word)) == (other == word)


def test_none_is_not_zero_and_not_empty() -> None:
    assert canonical_bytes(1, replace(WORD, other=None)) != canonical_bytes(1, replace(WORD, other=0))


def test_an_instant_has_the_same_bytes_in_every_zone() -> None:
    elsewhere = replace(WORD, at=NOON.astimezone(timezone(timedelta(hours=5, minutes=30))))
    assert canonical_bytes(1, elsewhere) == canonical_bytes(1, WORD)


def test_a_microsecond_changes_the_bytes() -> None:
    assert canonical_bytes(1, replace(WORD, at=NOON + timedelta(microseconds=1))) != canonical_bytes(1, WORD)


@pytest.mark.parametrize(
    ("position", "word"),
    [
        (-1, WORD),
        (1, replace(WORD, subject=2**64)),
        (1, replace(WORD, subject=-1)),
        (1, replace(WORD, at=NOON.replace(tzinfo=None))),
        (1, replace(WORD, source="\ud800")),
    ],
)
def test_what_has_no_bytes_is_refused(position: int, word: Word) -> None:
    with pytest.raises(InvalidInputError, match="cannot be hashed"):
        next_hash(GENESIS, position, word)


def test_a_hash_before_of_another_length_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="31 bytes instead of 32"):
        next_hash(bytes(31), 1, WORD)


# The seal


@given(st.integers(0, 2**64 - 1), st.binary(min_size=32, max_size=32))
def test_a_head_holds_with_its_seal_and_key_alone(count: int, last: bytes) -> None:
    head = Head(count, last)
    sealed = seal(head, KEY)
    assert seal_holds(head, sealed, [bytes(32), KEY])
    assert not seal_holds(head, sealed, [bytes(32)])
    assert not seal_holds(Head(count ^ 1, last), sealed, [KEY])
    assert not seal_holds(Head(count, bytes([last[0] ^ 1]) + last[1:]), sealed, [KEY])


def test_a_head_that_cannot_be_sealed_has_no_seal_that_holds() -> None:
    assert not seal_holds(Head(-1, GENESIS), bytes(32), [KEY])
    assert not seal_holds(Head(1, b"short"), bytes(32), [KEY])
