import random
import re
import string
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from itsdangerous.encoding import base64_decode, base64_encode

from models.errors import InvalidInputError
from privacy.consent import Purpose
from privacy.keys import KeyRing, KeyUse, new_ring, without_key
from privacy.preferences import Channel
from privacy.tokens import (
    MAX_LIFETIME_S,
    MAX_LINK_TOPIC_BYTES,
    MAX_TOKEN_CHARACTERS,
    Link,
    OptOutScope,
    Refusal,
    Tokens,
    TokenUse,
    _hidden,
    _Keys,
    _nonce,
    _packed,
    _signature,
)
from privacy.topics import topic_fault
from tests.privacy.rings import with_new_key

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
HOUR_S = 3600
RING = with_new_key(new_ring(random.Random(20261103).randbytes), random.Random(4).randbytes)  # noqa: S311 - tests' keys
TOKENS = Tokens(RING)
ALL_CONTACT = OptOutScope(frozenset({Purpose.CONTACT}))


topics = st.text(st.characters(codec="utf-8"), min_size=1, max_size=MAX_LINK_TOPIC_BYTES).filter(
    lambda topic: topic_fault(topic) is None and len(topic.encode()) <= MAX_LINK_TOPIC_BYTES
) | st.sampled_from(["photo/cameras", "Fotografie/Objektive/für Fernes", "t" * MAX_LINK_TOPIC_BYTES])
scopes = st.builds(
    OptOutScope,
    st.frozensets(st.sampled_from(Purpose), min_size=1),
    st.none() | st.sampled_from(Channel),
    st.none() | topics,
)
subjects = st.integers(1, 2**63 - 1)
lifetimes = st.integers(1, MAX_LIFETIME_S)


def opt_out(subject: int = 7, *, scope: OptOutScope = ALL_CONTACT, tokens: Tokens = TOKENS) -> str:
    return tokens.issue(TokenUse.OPT_OUT, subject, now=NOW, lifetime_s=HOUR_S, scope=scope)


def preferences(subject: int = 7, *, now: datetime = NOW) -> str:
    return TOKENS.issue(TokenUse.PREFERENCES, subject, now=now, lifetime_s=HOUR_S)


def read(token: str, *, use: TokenUse = TokenUse.OPT_OUT, now: datetime = NOW, tokens: Tokens = TOKENS) -> object:
    return tokens.read(token, use=use, now=now)


def keys_of(ring: KeyRing, key_id: int) -> _Keys:
    assert ring.key(key_id) is not None
    return Tokens(ring)._keys[key_id]


def signed(header: bytes, nonce: bytes, hidden: bytes) -> str:
    body = base64_encode(header + nonce + hidden)
    return f"{body.decode()}.{_signature(keys_of(RING, 2), body).decode()}"


# What was issued is read


@given(subjects, lifetimes, scopes)
def test_an_opt_out_comes_back_with_its_scope(subject: int, lifetime_s: int, scope: OptOutScope) -> None:
    token = TOKENS.issue(TokenUse.OPT_OUT, subject, now=NOW, lifetime_s=lifetime_s, scope=scope)
    assert read(token) == Link(TokenUse.OPT_OUT, subject, NOW + timedelta(seconds=lifetime_s), scope)


@given(subjects)
def test_a_link_to_the_preferences_comes_back_without_scope(subject: int) -> None:
    link = Link(TokenUse.PREFERENCES, subject, NOW + timedelta(hours=1))
    assert read(preferences(subject), use=TokenUse.PREFERENCES) == link


@given(subjects, scopes)
def test_a_token_fits_an_address_unescaped(subject: int, scope: OptOutScope) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", opt_out(subject, scope=scope))


def test_the_longest_token_is_shorter_than_the_bound() -> None:
    scope = OptOutScope(frozenset(Purpose), Channel.EMAIL, "t" * MAX_LINK_TOPIC_BYTES)
    assert len(opt_out(2**63 - 1, scope=scope)) == 298 < MAX_TOKEN_CHARACTERS


@pytest.mark.parametrize("channel", Channel)
def test_every_purpose_and_channel_has_its_place_in_a_token(channel: Channel) -> None:
    scope = OptOutScope(frozenset(Purpose), channel)
    link = read(opt_out(scope=scope))
    assert isinstance(link, Link)
    assert link.scope == scope


@pytest.mark.parametrize("use", TokenUse)
def test_every_use_can_be_issued(use: TokenUse) -> None:
    scope = ALL_CONTACT if use is TokenUse.OPT_OUT else None
    assert isinstance(read(TOKENS.issue(use, 7, now=NOW, lifetime_s=1, scope=scope), use=use), Link)


def test_a_token_stays_what_it_was_so_that_links_in_mail_outlive_a_release() -> None:
    tokens = Tokens(KeyRing(((1, bytes(range(32))),)))
    scope = OptOutScope(frozenset({Purpose.CONTACT}), Channel.EMAIL, "photo/cameras")
    assert opt_out(scope=scope, tokens=tokens) == (
        "AQAAAAFSVbXkkEB8KwHc6_kwLKGrH2j1H32c9FD5VhSVD0OeaJ93iFX1xBmKhopGkGOBDNY"
        ".2RzyxWVj-PEy6aCgjt8MZhsJwIfwctGWgA9GS4y5msE"
    )


# What is refused


@given(st.text(max_size=MAX_TOKEN_CHARACTERS + 5) | st.text(string.ascii_letters + string.digits + "-_.", max_size=299))
def test_any_other_text_is_refused(text: str) -> None:
    assert read(text) in set(Refusal)


@given(subjects, scopes, st.data())
def test_no_altered_token_is_read(subject: int, scope: OptOutScope, data: st.DataObject) -> None:
    token = opt_out(subject, scope=scope)
    place = data.draw(st.integers(0, len(token)))
    end = data.draw(st.integers(place, min(len(token), place + 3)))
    altered = token[:place] + data.draw(st.text(string.printable, max_size=3)) + token[end:]
    assume(altered != token)
    assert read(altered) in {Refusal.MALFORMED, Refusal.FORGED, Refusal.UNKNOWN_KEY}


def test_no_token_with_one_other_character_is_read() -> None:
    token = opt_out()
    others = {token[:n] + other + token[n + 1 :] for n in range(len(token)) for other in string.printable} - {token}
    assert {type(read(other)) for other in others} == {Refusal}


@given(subjects, subjects)
def test_the_halves_of_two_tokens_make_none(left: int, right: int) -> None:
    assume(left != right)
    assert read(opt_out(left).split(".")[0] + "." + opt_out(right).split(".")[1]) is Refusal.FORGED


def test_a_token_of_another_use_is_refused() -> None:
    assert read(preferences(), use=TokenUse.OPT_OUT) is Refusal.WRONG_USE
    assert read(opt_out(), use=TokenUse.PREFERENCES) is Refusal.WRONG_USE


@given(lifetimes)
def test_a_token_is_refused_from_the_instant_it_expires(lifetime_s: int) -> None:
    token = TOKENS.issue(TokenUse.PREFERENCES, 7, now=NOW, lifetime_s=lifetime_s)
    end = NOW + timedelta(seconds=lifetime_s)
    assert isinstance(read(token, use=TokenUse.PREFERENCES, now=end - timedelta(microseconds=1)), Link)
    assert read(token, use=TokenUse.PREFERENCES, now=end) is Refusal.EXPIRED


def test_a_token_expires_at_one_instant_in_every_zone() -> None:
    elsewhere = timezone(timedelta(hours=-8))
    assert preferences(now=NOW.astimezone(elsewhere)) == preferences()
    assert read(preferences(), use=TokenUse.PREFERENCES, now=NOW.astimezone(elsewhere)) != Refusal.EXPIRED


@pytest.mark.parametrize("text", ["", ".", "a.b", "é" * 60 + "." + "A" * 43, "A" * 400, f"{'A' * 9}.{'A' * 43}"])
def test_what_has_not_the_form_of_a_token_is_malformed(text: str) -> None:
    assert read(text) is Refusal.MALFORMED


def test_a_line_end_after_a_token_is_malformed() -> None:
    assert read(opt_out() + "\n") is Refusal.MALFORMED


@pytest.mark.parametrize(
    "payload",
    [b"\x09", b"\x00" * 17 + b"\x80", b"\x00" * 18 + b"\x80", b"\x00" * 9 + b"\x7f" * 8, b"\x00" * 19 + b"\xff"],
    ids=["use", "purpose", "channel", "time", "topic"],
)
def test_what_a_later_release_may_say_is_malformed(payload: bytes) -> None:
    header, keys, payload = b"\x01" + (2).to_bytes(4), keys_of(RING, 2), payload.ljust(19, b"\0")
    nonce = _nonce(keys, header, payload)
    assert read(signed(header, nonce, _hidden(keys, nonce, payload))) is Refusal.MALFORMED


# Keys


def test_a_token_of_an_older_key_is_read_until_the_key_is_retired() -> None:
    old = without_key_two()
    token = opt_out(tokens=Tokens(old))
    assert isinstance(read(token), Link)
    assert read(token, tokens=Tokens(without_key(RING, 1))) is Refusal.UNKNOWN_KEY


def without_key_two() -> KeyRing:
    key = RING.key(1)
    assert key is not None
    return KeyRing(((1, key),))


def test_a_token_of_another_shop_is_forged() -> None:
    other = KeyRing(tuple((key_id, key[::-1]) for key_id, key in RING.keys))
    assert read(opt_out(tokens=Tokens(other))) is Refusal.FORGED


def test_no_key_of_the_ring_or_of_another_use_is_used_as_it_is() -> None:
    key = RING.derived(KeyUse.TOKEN).active
    keys = keys_of(RING, 2)
    assert len({RING.active, key, keys.nonce, keys.stream, keys.signing}) == 5


# What a holder can learn


@given(st.integers(2**40, 2**63 - 1), scopes)
def test_a_token_shows_nothing_of_the_subject(subject: int, scope: OptOutScope) -> None:
    shown = base64_decode(opt_out(subject, scope=scope).split(".")[0])
    assert subject.to_bytes(8)[2:] not in shown[5:]
    assert shown[:5] == b"\x01" + (2).to_bytes(4)


def test_two_links_of_one_person_have_nothing_but_the_key_in_common() -> None:
    first, second = (
        base64_decode(preferences(7, now=NOW + timedelta(microseconds=n)).split(".")[0])[5:] for n in range(2)
    )
    same = [place for place, (left, right) in enumerate(zip(first, second, strict=True)) if left == right]
    assert len(same) <= 2


def test_bits_of_hidden_subjects_are_even() -> None:
    n_tokens = 2000
    subjects_bytes = [base64_decode(preferences(n + 1).split(".")[0])[22:30] for n in range(n_tokens)]
    ones = Counter(bit for shown in subjects_bytes for bit in range(64) if int.from_bytes(shown) >> bit & 1)
    assert all(abs(ones[bit] - n_tokens / 2) < 6 * (n_tokens / 4) ** 0.5 for bit in range(64))


def test_the_content_is_checked_by_itself_even_where_the_signature_holds() -> None:
    header, keys = b"\x01" + (2).to_bytes(4), keys_of(RING, 2)
    payload = _packed(Link(TokenUse.OPT_OUT, 7, NOW + timedelta(hours=1), ALL_CONTACT))
    nonce = _nonce(keys, header, payload)
    hidden = _hidden(keys, nonce, payload)
    assert signed(header, nonce, hidden) == opt_out()
    assert read(signed(header, nonce, bytes([hidden[0] ^ 1]) + hidden[1:])) is Refusal.FORGED


@given(st.binary(max_size=200), st.binary(min_size=16, max_size=16))
def test_hiding_twice_is_the_text_again(text: bytes, nonce: bytes) -> None:
    keys = keys_of(RING, 1)
    assert _hidden(keys, nonce, _hidden(keys, nonce, text)) == text


def test_what_is_printed_of_tokens_shows_no_key() -> None:
    assert "nonce=" not in repr(keys_of(RING, 1))


# What cannot be issued


def test_all_that_is_wrong_with_a_link_is_told_at_once() -> None:
    scope = OptOutScope(frozenset(), topic="\ud800")
    with pytest.raises(InvalidInputError) as raised:
        TOKENS.issue(TokenUse.PREFERENCES, 0, now=NOW.replace(tzinfo=None), lifetime_s=0, scope=scope)
    assert [fault.field for fault in raised.value.faults] == [
        "subject",
        "now",
        "lifetime_s",
        "scope",
        "scope.purposes",
        "scope.topic",
    ]


@pytest.mark.parametrize("scope", [None, replace(ALL_CONTACT, topic=""), replace(ALL_CONTACT, topic="a//b")])
def test_an_opt_out_says_from_what_and_has_no_empty_part(scope: OptOutScope | None) -> None:
    with pytest.raises(InvalidInputError, match=r"scope"):
        TOKENS.issue(TokenUse.OPT_OUT, 7, now=NOW, lifetime_s=1, scope=scope)


def test_a_topic_too_long_for_a_link_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="at most 150 bytes long in a link"):
        opt_out(scope=replace(ALL_CONTACT, topic="t" * (MAX_LINK_TOPIC_BYTES + 1)))


def test_a_lifetime_of_more_than_ten_years_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="lifetime_s"):
        TOKENS.issue(TokenUse.PREFERENCES, 7, now=NOW, lifetime_s=MAX_LIFETIME_S + 1)
