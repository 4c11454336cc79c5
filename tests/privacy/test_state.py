"""What stands after each word."""

import json
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


GOOD = ["denied", 1772359200000000, "DE", "2026-03", "banner"]
UNREADABLE: dict[str, object] = {
    "status": {"contact": ["dennied", *GOOD[1:]]},
    "no status": {"contact": [None, *GOOD[1:]]},
    "purpose": {"contacts": GOOD},
    "short": {"contact": GOOD[:4]},
    "long": {"contact": [*GOOD, ""]},
    "empty": {"contact": []},
    "no answer": {"contact": None},
    "time": {"contact": ["denied", 10**18, *GOOD[2:]]},
    "time before": {"contact": ["denied", -(10**18), *GOOD[2:]]},
    "time in words": {"contact": ["denied", "monday", *GOOD[2:]]},
    "law": {"contact": [*GOOD[:2], ["DE"], *GOOD[3:]]},
    "policy": {"contact": [*GOOD[:3], None, ""]},
    "source": {"contact": [*GOOD[:4], 5]},
    "links": {"linked": "anna"},
    "a link": {"linked": [7, "8"]},
    "erasure": {"erased_at": 10**18},
    "no object": [GOOD],
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_a_state_that_cannot_be_read_is_an_error_at_once_and_none_that_means_never_asked(content: object) -> None:
    with pytest.raises((ValueError, TypeError, AttributeError, OverflowError)):
        State.of_text(json.dumps(content))


@pytest.mark.parametrize("text", ["", "{", "{}{}", '{"contact":'])
def test_nor_is_a_text_that_ends_too_early_or_late(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json's own word
        State.of_text(text)


def test_the_first_and_the_last_moment_can_be_read() -> None:
    for at in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        assert State.of_text(after(yes(at)).as_text()).answers[CONTACT].at == at


def test_of_a_purpose_that_was_not_asked_there_is_no_answer() -> None:
    assert State.of_text(after(yes(NOON)).as_text()).answers.get(Purpose.MEASUREMENT) is None
