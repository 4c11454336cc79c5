"""What stands after each word."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from privacy.consent import Purpose, Status
from privacy.entry import EntryKind, Word
from privacy.state import NOTHING, State

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
CONTACT = Purpose.CONTACT


def yes(at: datetime) -> Word:
    return Word(7, EntryKind.CONSENT, at, CONTACT, Status.GRANTED)


def erasure(at: datetime) -> Word:
    return Word(7, EntryKind.ERASURE, at)


def after(*words: Word) -> State:
    state = NOTHING
    for word in words:
        state = state.after(word)
    return state


@pytest.mark.parametrize(("at", "stands"), [(NOON - TICK, False), (NOON, False), (NOON + TICK, True)])
def test_what_was_said_until_an_erasure_is_erased_in_whatever_order_they_come(at: datetime, *, stands: bool) -> None:
    for words in permutations((yes(at), erasure(NOON))):
        assert (CONTACT in after(*words).answers) is stands


def test_the_latest_erasure_counts_in_whatever_order_they_come() -> None:
    for words in permutations((erasure(NOON), erasure(NOON - TICK), yes(NOON))):
        assert after(*words) == State(erased_at=NOON)


def test_a_text_gives_the_state_that_it_was_made_of() -> None:
    state = after(erasure(NOON), yes(NOON + TICK), Word(7, EntryKind.LINK, NOON, other=9))
    again = State.of_text(state.as_text())
    assert (dict(again.answers), again.linked, again.erased_at) == (dict(state.answers), (9,), NOON)
