"""Tokens of what was shown: what they say, that nobody can change it, and that they say nothing of whom."""

from base64 import urlsafe_b64decode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.keys import KeyRing, with_active, with_key_to_come, without_key
from service.core.answers import Answer, QuietReason, Reason, ReasonCode, Recommendation, Relation, Rung
from service.core.attribution import LIFETIME_H, MAX_TOKEN_BYTES, AttributionTokens, Exposure
from service.core.personal import ConsentReason
from service.core.placements import Moment

NOON = datetime(2026, 3, 1, 12, 34, 56, tzinfo=UTC)
HOUR = timedelta(hours=1)
RING = KeyRing(((1, bytes(range(32))),))
REASON = Reason(ReasonCode.BOUGHT_TOGETHER, "text", "camera")


def tokens(ring: KeyRing = RING, at: datetime = NOON) -> AttributionTokens:
    return AttributionTokens(ring, at.timestamp)


def answer(*item_ids: str, **given: Any) -> Answer:
    items = tuple(Recommendation(item_id, 0.5, Relation.COMPLEMENT, REASON, "") for item_id in item_ids)
    made = Answer(items, "accessories/12", Rung.HISTORY, QuietReason.NOT_QUIET, "", ConsentReason.GRANTED, 1)
    return replace(made, **given)


def token(*item_ids: str, ring: KeyRing = RING, **given: Any) -> str:
    return tokens(ring).token("product_page", answer(*item_ids, **given)).decode()


def read(text: str, ring: KeyRing = RING) -> Exposure | None:
    return tokens(ring).read(text)


def exposure(text: str) -> Exposure:
    found = read(text)
    assert found is not None
    return found


names = st.text(st.characters(codec="utf-8"), max_size=20)


@given(
    names,
    names,
    names,
    st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=20), max_size=20, unique=True),
    st.sampled_from(ConsentReason),
    st.sampled_from(Rung),
    st.sampled_from(Moment),
)
def test_a_token_says_what_was_shown(
    placement: str, version: str, variant: str, items: list[str], reason: ConsentReason, rung: Rung, moment: Moment
) -> None:
    given = answer(*items, model_version=version, personalisation=reason, rung=rung, moment=moment)
    found = exposure(tokens().token(placement, given, variant).decode())
    assert (found.placement, found.model_version, found.variant) == (placement, version, variant)
    assert (found.has_history, found.rung, found.moment) == (reason is ConsentReason.GRANTED, rung, moment)
    assert [found.position_of(item) for item in items] == list(range(1, len(items) + 1))
    assert found.issued_at <= NOON < found.issued_at + HOUR


def test_of_an_item_that_was_not_shown_there_is_no_position() -> None:
    assert exposure(token("lens", "bag")).position_of("strap") is None


def test_a_mark_is_told_from_one_that_begins_in_another() -> None:
    marks = exposure(token("lens", "bag")).marks
    shifted = replace(exposure(token("bag")), marks=b"\x00" + exposure(token("bag")).marks + b"\x00\x00")
    assert len(marks) == 6
    assert shifted.position_of("bag") is None


def test_an_answer_of_nothing_has_a_token_that_says_so() -> None:
    assert exposure(token(quiet_reason=QuietReason.BELOW_BAR)).is_quiet
    assert not exposure(token("lens")).is_quiet


def test_any_bit_that_is_flipped_is_noticed() -> None:
    whole = token("lens", "bag").encode()
    for place in range(len(whole) * 8):
        changed = bytearray(whole)
        changed[place // 8] ^= 1 << place % 8
        assert read(changed.decode("latin-1")) is None


@given(st.one_of(st.text(max_size=600), st.text("AQIDabc-_=+/", max_size=100)))
def test_what_is_no_token_is_none(text: str) -> None:
    assert read(text) is None


def test_only_the_very_text_that_was_issued_is_a_token() -> None:
    whole = next(one for length in range(3) if len(one := token(model_version="m" * length)) % 4 == 2)
    same_bytes = whole[:-1] + chr(ord(whole[-1]) + 1)
    assert urlsafe_b64decode(same_bytes + "==") == urlsafe_b64decode(whole + "==")
    assert [read(other) for other in (same_bytes, whole + "==", whole + "\n", " " + whole)] == [None] * 4


def test_it_holds_from_an_hour_before_it_was_made_for_two_weeks() -> None:
    found = exposure(token("lens"))
    start = NOON.replace(minute=0, second=0)
    moments = [start - HOUR - timedelta.resolution, start - HOUR, start + LIFETIME_H * HOUR - timedelta.resolution]
    assert [found.holds_at(moment) for moment in (*moments, start + LIFETIME_H * HOUR)] == [False, True, True, False]


def test_one_of_another_shop_is_none() -> None:
    assert read(token("lens", ring=KeyRing(((1, b"\x07" * 32),)))) is None


def test_a_key_that_is_to_come_is_accepted_and_not_used_and_one_that_was_used_is_accepted_until_it_is_retired() -> None:
    both = with_key_to_come(RING, lambda n_bytes: b"\x07" * n_bytes)
    newer = with_active(both, 2)
    assert read(token("lens", ring=both)) is not None
    assert read(token("lens", ring=newer)) is None
    assert read(token("lens", ring=newer), both) is not None
    assert read(token("lens"), newer) is not None
    assert read(token("lens"), without_key(newer, 1)) is None


def test_equal_answers_of_one_hour_have_equal_tokens_whoever_sees_them() -> None:
    minutes = [NOON.replace(minute=minute) for minute in (0, 59)]
    first, second = (tokens(at=at).token("product_page", answer("lens", "bag")) for at in minutes)
    assert first == second
    assert tokens(at=NOON + HOUR).token("product_page", answer("lens", "bag")) != first


def test_why_a_history_might_not_be_used_is_in_no_token() -> None:
    reasons = set(ConsentReason) - {ConsentReason.GRANTED}
    assert len({token("lens", personalisation=reason) for reason in reasons}) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"model_version": "accessories/13"},
        {"personalisation": ConsentReason.DENIED},
        {"rung": Rung.ITEM},
        {"moment": 2},
        {"recommendations": answer("bag", "lens").recommendations},
    ],
)
def test_answers_that_differ_have_other_tokens(changed: dict[str, Any]) -> None:
    assert token("lens", "bag", **changed) != token("lens", "bag")


def test_a_hundred_items_fit() -> None:
    items = [f"item-{number:0120d}" for number in range(100)]
    text = tokens().token("order_confirmation", answer(*items), "challenger").decode()
    assert len(text) <= MAX_TOKEN_BYTES
    assert exposure(text).position_of(items[-1]) == 100


def test_where_names_are_long_the_first_items_are_told() -> None:
    items = [f"item-{number}" for number in range(100)]
    text = token(*items, model_version="m" * 200)
    found = exposure(text)
    assert len(text) <= MAX_TOKEN_BYTES
    assert (found.position_of("item-0"), found.position_of("item-99")) == (1, None)


@pytest.mark.parametrize("version", ["é" * 128, "m" * 255])
def test_where_names_have_no_room_there_is_no_token(version: str) -> None:
    assert tokens().token("p" * 120, answer("lens", model_version=version)) == b""


def test_the_bytes_hold_nothing_but_what_it_says() -> None:
    data = urlsafe_b64decode(token("lens") + "==")
    said = len("product_page") + len("accessories/12") + 3
    assert len(data) == 14 + said + 3 + 16
