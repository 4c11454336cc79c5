"""PrivacyService by id: words, preferences, links of people, contact."""

from datetime import timedelta
from pathlib import Path

import grpc
import pytest
from shopkeeper.v1 import privacy_service_pb2 as pb
from shopkeeper.v1 import recommendation_service_pb2 as rec_pb
from shopkeeper.v1 import shopper_pb2
from shopkeeper.v1.event_service_pb2 import RecordEventsRequest
from shopkeeper.v1.event_service_pb2_grpc import EventServiceStub
from shopkeeper.v1.privacy_service_pb2_grpc import PrivacyServiceStub

from tests.api.conftest import Running
from tests.api.counter import (
    ANNA,
    ANNAS_PHONE,
    BOB,
    EVERYTHING,
    NO,
    NOTICED,
    PHONE,
    YES,
    C,
    Counter,
    M,
    P,
    Shopper,
    Signals,
    T,
    refused,
    stamp,
)
from tests.api.wishes import ALLOWED, DENIED, EMAIL, NEVER_ASKED, SMS, chooses, contact


def test_what_is_said_stands_for_each_of_the_ids(counter: Counter) -> None:
    assert counter.says(ANNAS_PHONE) == 8
    assert counter.state_of(ANNA) == counter.state_of(PHONE) == ALLOWED
    assert counter.state_of(BOB) == NEVER_ASKED


def test_saying_it_again_adds_no_entry(counter: Counter) -> None:
    assert counter.says(ANNA) == counter.says(ANNA) == 4


def test_yes_and_no_can_be_said_in_one_call(counter: Counter) -> None:
    answers = [pb.ConsentAnswer(purpose=P, status=YES), pb.ConsentAnswer(purpose=C, status=NO)]
    counter.privacy.RecordConsent(pb.RecordConsentRequest(shopper=ANNA, answers=answers))
    counter.clock.on(seconds=1)
    assert {purpose: allowed for purpose, (allowed, _) in counter.state_of(ANNA).items()} == {
        P: True,
        T: False,
        M: False,
        C: False,
    }


def test_a_notice_takes_back_no_answer(counter: Counter) -> None:
    counter.says(ANNA, NO)
    counter.says(ANNA, NOTICED, jurisdiction="US")
    assert counter.state_of(ANNA) == DENIED


def test_when_it_was_said_is_told(counter: Counter) -> None:
    counter.says(ANNA, YES, P, at=stamp(counter.clock.now - timedelta(days=3)))
    states = counter.privacy.GetPreferences(pb.GetPreferencesRequest(shopper=ANNA)).purposes
    assert [state.HasField("answered_at") for state in states] == [True, False, False, False]
    assert states[0].answered_at == stamp(counter.clock.now - timedelta(days=3, seconds=1))


def test_an_older_word_that_comes_late_replaces_no_later_one(counter: Counter) -> None:
    counter.says(ANNA, NO)
    counter.says(ANNA, YES, at=stamp(counter.clock.now - timedelta(days=1)))
    assert counter.state_of(ANNA) == DENIED


def test_an_opt_out_says_what_is_now_a_no(counter: Counter) -> None:
    assert counter.opts_out(ANNA) == pb.OptOutResponse(ledger_position=4, purposes=EVERYTHING)
    assert counter.opts_out(BOB, T, P) == pb.OptOutResponse(ledger_position=6, purposes=[P, T])
    assert counter.state_of(ANNA) == DENIED


def test_an_opt_out_again_is_harmless(counter: Counter) -> None:
    assert counter.opts_out(ANNA) == counter.opts_out(ANNA)


def test_an_opt_out_holds_though_a_slow_clock_dates_it_before_the_yes(counter: Counter) -> None:
    counter.says(ANNA)
    circumstances = pb.Circumstances(at=stamp(counter.clock.now - timedelta(hours=1)))
    counter.privacy.OptOut(pb.OptOutRequest(shopper=ANNA, circumstances=circumstances))
    assert counter.state_of(ANNA) == DENIED


def test_an_opt_out_holds_though_the_yes_is_of_a_clock_that_runs_ahead(counter: Counter) -> None:
    counter.says(ANNA, YES, at=stamp(counter.clock.now + timedelta(hours=20)))
    counter.opts_out(ANNA)
    counter.clock.on(days=2)
    assert counter.state_of(ANNA) == DENIED


def test_a_visitors_opt_out_is_its_customers_too(counter: Counter) -> None:
    counter.says(ANNAS_PHONE)
    counter.privacy.LinkVisitor(pb.LinkVisitorRequest(shopper=ANNAS_PHONE))
    counter.opts_out(PHONE)
    assert counter.state_of(ANNA) == DENIED


def test_linking_again_is_harmless(counter: Counter) -> None:
    request = pb.LinkVisitorRequest(shopper=ANNAS_PHONE)
    first = counter.privacy.LinkVisitor(request).ledger_position
    assert counter.privacy.LinkVisitor(request).ledger_position == first == 1


def test_what_came_with_the_request_counts_in_what_may_be_done(counter: Counter) -> None:
    counter.says(ANNA)
    state = counter.state_of(ANNA, signals=Signals(global_privacy_control=True))
    objected = (False, shopper_pb2.CONSENT_REASON_GLOBAL_PRIVACY_CONTROL)
    assert state == {P: objected, T: objected, M: objected, C: ALLOWED[C]}


def test_preferences_are_told_as_they_were_said(counter: Counter) -> None:
    topics = [
        pb.TopicPreference(topic="a/b", choice=pb.TOPIC_CHOICE_SHOW),
        pb.TopicPreference(topic="photo", choice=pb.TOPIC_CHOICE_MUTE),
    ]
    words = [
        pb.ContactPreference(channel=EMAIL, choice=pb.CONTACT_CHOICE_ALLOWED, frequency=pb.FREQUENCY_WEEKLY),
        pb.ContactPreference(channel=SMS, topic="photo", choice=pb.CONTACT_CHOICE_REFUSED),
    ]
    request = pb.UpdatePreferencesRequest(shopper=ANNA, topics=topics, contact=words)
    for _ in range(2):
        counter.privacy.UpdatePreferences(request)
        told = counter.privacy.GetPreferences(pb.GetPreferencesRequest(shopper=ANNA))
        assert (list(told.topics), list(told.contact)) == (topics, words)


def test_what_a_request_does_not_name_stays_and_unset_takes_back(counter: Counter) -> None:
    counter.prefers(ANNA, "photo")
    counter.prefers(ANNA, "a/b", pb.TOPIC_CHOICE_SHOW)
    counter.prefers(ANNA, "photo", pb.TOPIC_CHOICE_UNSPECIFIED)
    told = counter.privacy.GetPreferences(pb.GetPreferencesRequest(shopper=ANNA))
    assert [word.topic for word in told.topics] == ["a/b"]


def test_of_two_ids_the_more_reserved_word_counts(counter: Counter) -> None:
    counter.prefers(ANNA, "photo", pb.TOPIC_CHOICE_SHOW)
    counter.prefers(PHONE, "photo", pb.TOPIC_CHOICE_MUTE)
    told = counter.privacy.GetPreferences(pb.GetPreferencesRequest(shopper=ANNAS_PHONE))
    assert [(word.topic, word.choice) for word in told.topics] == [("photo", pb.TOPIC_CHOICE_MUTE)]


def test_nobody_is_written_to_unasked(counter: Counter) -> None:
    assert contact(counter) == (False, pb.CONTACT_REASON_NO_CONSENT)
    counter.says(ANNA)
    assert contact(counter) == (False, pb.CONTACT_REASON_CHANNEL_NOT_ASKED)


def test_who_allows_a_channel_is_written_to_by_that_one(counter: Counter) -> None:
    counter.says(ANNA)
    chooses(counter)
    assert contact(counter) == (True, pb.CONTACT_REASON_ALLOWED)
    assert contact(counter, SMS) == (False, pb.CONTACT_REASON_CHANNEL_NOT_ASKED)


def test_a_refused_channel_muted_and_sensitive_topics_are_told_apart(counter: Counter) -> None:
    counter.says(ANNA)
    chooses(counter)
    counter.prefers(ANNA, "photo")
    assert contact(counter, topic="photo/cameras") == (False, pb.CONTACT_REASON_TOPIC_MUTED)
    assert contact(counter, topic="kitchen/kettles") == (False, pb.CONTACT_REASON_TOPIC_SENSITIVE)
    chooses(counter, pb.CONTACT_CHOICE_REFUSED)
    assert contact(counter) == (False, pb.CONTACT_REASON_CHANNEL_REFUSED)


def test_nobody_is_written_to_more_often_than_they_allow(counter: Counter) -> None:
    counter.says(ANNA)
    chooses(counter, frequency=pb.FREQUENCY_WEEKLY)
    last = stamp(counter.clock.now)
    counter.clock.on(days=6)
    assert contact(counter, last_contact_at=last) == (False, pb.CONTACT_REASON_TOO_SOON)
    counter.clock.on(days=1)
    assert contact(counter, last_contact_at=last) == (True, pb.CONTACT_REASON_ALLOWED)


def test_while_the_database_is_gone_nobody_is_written_to(counter: Counter, tmp_path: Path) -> None:
    (tmp_path / "state.db").unlink()
    assert contact(counter) == (False, pb.CONTACT_REASON_UNAVAILABLE)


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        (
            "RecordConsent",
            pb.RecordConsentRequest(shopper=ANNA, answers=[pb.ConsentAnswer(purpose=P, status=YES)]),
        ),
        ("LinkVisitor", pb.LinkVisitorRequest(shopper=ANNAS_PHONE)),
        ("OptOut", pb.OptOutRequest(shopper=ANNA)),
        ("CreateOptOutLink", pb.CreateOptOutLinkRequest(shopper=ANNA)),
        ("GetPreferences", pb.GetPreferencesRequest(shopper=ANNA)),
        (
            "UpdatePreferences",
            pb.UpdatePreferencesRequest(shopper=ANNA, topics=[pb.TopicPreference(topic="photo", choice=2)]),
        ),
        ("EraseShopper", pb.EraseShopperRequest(shopper=ANNA)),
        ("GetErasure", pb.GetErasureRequest(receipt="r")),
    ],
)
def test_nobody_is_told_that_it_is_recorded_in_a_file_that_is_gone(
    counter: Counter, tmp_path: Path, method: str, request_: object
) -> None:
    counter.says(ANNA)
    (tmp_path / "state.db").unlink()
    code, reason = refused(getattr(counter.privacy, method), request_)
    assert (code, reason) == (grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE")
    assert counter.server.lines.only("not_answered")["method"] == method


def test_a_ledger_that_was_changed_takes_no_word_and_the_log_says_so(counter: Counter) -> None:
    counter.says(ANNA)
    with counter.database.transaction() as connection:
        connection.exec_driver_sql("UPDATE ledger_head SET n_entries = 1")
    code, reason = refused(counter.privacy.OptOut, pb.OptOutRequest(shopper=ANNA))
    assert (code, reason) == (grpc.StatusCode.UNAVAILABLE, "LEDGER_BROKEN")
    assert "shopkeeper privacy verify" in counter.server.lines.only("not_answered")["message"]


def test_without_a_database_there_is_no_such_service(server: Running) -> None:
    for call, request in (
        (PrivacyServiceStub(server.channel).OptOut, pb.OptOutRequest(shopper=ANNA)),
        (EventServiceStub(server.channel).RecordEvents, RecordEventsRequest()),
    ):
        with pytest.raises(grpc.RpcError) as caught:
            call(request)
        assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_words_of_one_shopper_change_nobody_elses(counter: Counter) -> None:
    counter.says(ANNA)
    counter.says(BOB)
    counter.opts_out(ANNA)
    assert counter.state_of(BOB) == ALLOWED


def test_a_customer_and_a_visitor_of_one_text_are_two(counter: Counter) -> None:
    counter.says(Shopper(customer_id="same"))
    assert counter.state_of(Shopper(visitor_id="same")) == NEVER_ASKED


def test_a_page_asks_nothing_of_a_shopper_and_leaves_nothing(counter: Counter) -> None:
    assert counter.page(ANNA).rung == rec_pb.RUNG_NONE
    assert (counter.n_rows("shoppers"), counter.n_rows("aliases")) == (0, 0)
