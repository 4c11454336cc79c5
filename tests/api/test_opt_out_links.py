"""Links that say no with one click: no login, one thing, until they expire."""

import base64
from datetime import timedelta

import grpc
import pytest
from shopkeeper.v1 import privacy_service_pb2 as pb

from privacy.consent import Identity, Purpose, ShopperKind
from privacy.keys import new_ring
from privacy.tokens import OptOutScope, Tokens, TokenUse
from tests.api.counter import ANNA, ANNAS_PHONE, BOB, IDS, PHONE, C, Counter, P, refused, stamp
from tests.api.wishes import ALLOWED, DENIED, EMAIL, NEVER_ASKED, SMS, chooses, contact

IDENTITY = Identity(ShopperKind.CUSTOMER, ANNA.customer_id)


def clicked(counter: Counter, token: str) -> pb.OptOutResponse:
    counter.clock.on(seconds=1)
    return counter.privacy.OptOut(pb.OptOutRequest(token=token))


def preferences_token(counter: Counter) -> str:
    counter.says(ANNA)
    [subject] = counter.store.find([IDENTITY]).subjects
    return counter.tokens.issue(TokenUse.PREFERENCES, subject, now=counter.clock.now, lifetime_s=86_400)


def test_a_click_says_no_to_everything(counter: Counter) -> None:
    counter.says(ANNA)
    answer = clicked(counter, counter.link(ANNA))
    assert list(answer.purposes) == [1, 2, 3, 4]
    assert counter.state_of(ANNA) == DENIED


def test_a_click_on_a_link_for_one_purpose_says_no_to_that_one(counter: Counter) -> None:
    counter.says(ANNA)
    assert list(clicked(counter, counter.link(ANNA, purposes=[C])).purposes) == [C]
    assert counter.state_of(ANNA) == {**ALLOWED, C: DENIED[C]}


def test_a_click_again_is_harmless(counter: Counter) -> None:
    token = counter.link(ANNA)
    assert clicked(counter, token) == clicked(counter, token)


def test_a_click_on_the_link_of_who_was_never_asked_is_a_no(counter: Counter) -> None:
    clicked(counter, counter.link(PHONE))
    assert counter.state_of(PHONE) == DENIED


def test_a_link_is_of_nobody_else(counter: Counter) -> None:
    counter.says(BOB)
    clicked(counter, counter.link(ANNA))
    assert counter.state_of(BOB) == ALLOWED


def test_making_a_link_says_nothing_of_the_shopper(counter: Counter) -> None:
    counter.link(ANNA)
    assert counter.state_of(ANNA) == NEVER_ASKED
    assert counter.n_rows("ledger") == 0


def test_a_link_for_a_channel_refuses_that_channel(counter: Counter) -> None:
    counter.says(ANNA)
    chooses(counter)
    answer = clicked(counter, counter.link(ANNA, channel=EMAIL))
    assert (list(answer.purposes), answer.channel, answer.topic) == ([C], EMAIL, "")
    assert contact(counter) == (False, pb.CONTACT_REASON_CHANNEL_REFUSED)
    assert contact(counter, SMS) == (False, pb.CONTACT_REASON_CHANNEL_NOT_ASKED)


def test_a_link_for_a_channel_reaches_what_was_allowed_of_deeper_topics(counter: Counter) -> None:
    counter.says(ANNA)
    chooses(counter, topic="photo/cameras")
    chooses(counter, topic="kitchen")
    clicked(counter, counter.link(ANNA, channel=EMAIL, topic="photo"))
    assert contact(counter, topic="photo/cameras") == (False, pb.CONTACT_REASON_CHANNEL_REFUSED)
    assert contact(counter, topic="kitchen") == (True, pb.CONTACT_REASON_ALLOWED)
    clicked(counter, counter.link(ANNA, channel=EMAIL))
    assert contact(counter, topic="kitchen") == (False, pb.CONTACT_REASON_CHANNEL_REFUSED)


def test_a_visitors_link_for_a_channel_is_its_customers_too(counter: Counter) -> None:
    counter.says(ANNA)
    chooses(counter)
    counter.privacy.LinkVisitor(pb.LinkVisitorRequest(shopper=ANNAS_PHONE))
    clicked(counter, counter.link(PHONE, channel=EMAIL))
    assert contact(counter) == (False, pb.CONTACT_REASON_CHANNEL_REFUSED)


@pytest.mark.parametrize(("days", "lives"), [(0, 365), (30, 30), (3650, 3650)])
def test_a_link_works_until_it_says_it_expires(counter: Counter, days: int, lives: int) -> None:
    made = counter.privacy.CreateOptOutLink(pb.CreateOptOutLinkRequest(shopper=ANNA, lifetime_days=days))
    assert made.expires_at == stamp(counter.clock.now + timedelta(days=lives))
    counter.clock.on(days=lives, seconds=-2)
    clicked(counter, made.token)
    counter.clock.on(seconds=1)
    request = pb.OptOutRequest(token=made.token)
    assert refused(counter.privacy.OptOut, request) == (grpc.StatusCode.PERMISSION_DENIED, "EXPIRED")


def test_a_changed_token_says_no_for_nobody(counter: Counter) -> None:
    counter.says(ANNA)
    token = counter.link(ANNA)
    forged = token[:12] + ("A" if token[12] != "A" else "B") + token[13:]
    assert refused(counter.privacy.OptOut, pb.OptOutRequest(token=forged)) == (
        grpc.StatusCode.PERMISSION_DENIED,
        "FORGED",
    )
    assert counter.state_of(ANNA) == ALLOWED


@pytest.mark.parametrize("token", ["x", "a.b", "é" * 99, "." * 512])
def test_what_is_no_token_is_malformed(counter: Counter, token: str) -> None:
    assert refused(counter.privacy.OptOut, pb.OptOutRequest(token=token)) == (
        grpc.StatusCode.PERMISSION_DENIED,
        "MALFORMED",
    )


def test_a_token_of_another_shop_is_refused(counter: Counter) -> None:
    theirs = Tokens(new_ring(lambda n_bytes: b"\x07" * n_bytes))
    scope = OptOutScope(frozenset({Purpose.CONTACT}))
    token = theirs.issue(TokenUse.OPT_OUT, 1, now=counter.clock.now, lifetime_s=86_400, scope=scope)
    code, reason = refused(counter.privacy.OptOut, pb.OptOutRequest(token=token))
    assert (code, reason) == (grpc.StatusCode.PERMISSION_DENIED, "FORGED")


def test_a_link_for_preferences_opts_nobody_out(counter: Counter) -> None:
    token = preferences_token(counter)
    assert refused(counter.privacy.OptOut, pb.OptOutRequest(token=token)) == (
        grpc.StatusCode.PERMISSION_DENIED,
        "WRONG_USE",
    )


def test_a_link_that_opts_out_changes_no_preferences(counter: Counter) -> None:
    topics = [pb.TopicPreference(topic="photo", choice=pb.TOPIC_CHOICE_MUTE)]
    request = pb.UpdatePreferencesRequest(token=counter.link(ANNA), topics=topics)
    code, reason = refused(counter.privacy.UpdatePreferences, request)
    assert (code, reason) == (grpc.StatusCode.PERMISSION_DENIED, "WRONG_USE")


def test_either_link_shows_what_stands(counter: Counter) -> None:
    for token in (preferences_token(counter), counter.link(ANNA)):
        told = counter.privacy.GetPreferences(pb.GetPreferencesRequest(token=token))
        assert [state.allowed for state in told.purposes] == [True] * 4
    expired = counter.link(ANNA, lifetime_days=30)
    counter.clock.on(days=30)
    assert refused(counter.privacy.GetPreferences, pb.GetPreferencesRequest(token=expired))[1] == "EXPIRED"


def test_a_link_for_preferences_changes_them(counter: Counter) -> None:
    topics = [pb.TopicPreference(topic="photo", choice=pb.TOPIC_CHOICE_MUTE)]
    request = pb.UpdatePreferencesRequest(token=preferences_token(counter), topics=topics)
    counter.privacy.UpdatePreferences(request)
    told = counter.privacy.GetPreferences(pb.GetPreferencesRequest(shopper=ANNA))
    assert list(told.topics) == topics


def test_a_refused_token_leaves_no_line_in_the_log(counter: Counter) -> None:
    refused(counter.privacy.OptOut, pb.OptOutRequest(token=counter.link(ANNA)[1:]))
    assert counter.server.lines.all() == []


def test_a_token_names_nobody_and_fits_into_an_address(counter: Counter) -> None:
    topic = "x" * 128
    token = counter.link(ANNA, channel=EMAIL, topic=topic)
    assert len(token) <= 300
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
    raw = b"".join(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split("."))
    [subject] = counter.store.find([IDENTITY]).subjects
    for secret in (*(text.encode() for text in IDS), topic.encode(), subject.to_bytes(8, "big")):
        assert secret not in raw


def test_two_links_of_one_shopper_have_nothing_in_common_but_the_keys_number(counter: Counter) -> None:
    first, second = counter.link(ANNA, purposes=[C]), counter.link(ANNA, purposes=[P])
    assert first[:6] == second[:6]
    assert sum(a == b for a, b in zip(first[8:], second[8:], strict=False)) < len(first) / 4
