"""Bad input to PrivacyService and EventService: every field at fault, with its path, at once."""

from datetime import UTC, datetime, timedelta

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from shopkeeper.v1 import event_service_pb2 as event_pb
from shopkeeper.v1 import privacy_service_pb2 as pb
from shopkeeper.v1 import recommendation_service_pb2 as rec_pb

from tests.api.counter import ANNA, ANNAS_PHONE, START, YES, C, Counter, P, Shopper, Signals, T, stamp
from tests.api.faults import faults_of

BAD = Shopper(customer_id="x" * 129, visitor_id="a\nb")
BAD_IDS = {"shopper.customer_id": "is longer than 128 bytes", "shopper.visitor_id": "has control characters"}
NOBODY = {"shopper": "must name customer_id, visitor_id or both"}
AT = "must be between 2000-01-01 and now"
YES_TO_P = [pb.ConsentAnswer(purpose=P, status=YES)]
LATER, EARLIER = stamp(START + timedelta(days=1, hours=1)), stamp(datetime(1999, 12, 31, tzinfo=UTC))
NEVER, ODD = Timestamp(seconds=2**62), Timestamp(seconds=1_700_000_000, nanos=-1)
SIGNALS = Signals(jurisdiction="Germany", tcf_string="C" * 8193)
BAD_SIGNALS = {"signals.jurisdiction": "must be ISO 3166", "signals.tcf_string": "is longer than 8192"}


def circumstances(**given: object) -> pb.Circumstances:
    return pb.Circumstances(**given)


CASES = {
    "nobody answers nothing": (
        "RecordConsent",
        pb.RecordConsentRequest(),
        {**NOBODY, "answers": "is empty"},
    ),
    "odd answers": (
        "RecordConsent",
        pb.RecordConsentRequest(
            shopper=BAD,
            answers=[
                pb.ConsentAnswer(purpose=P, status=YES),
                pb.ConsentAnswer(purpose=P),
                pb.ConsentAnswer(purpose=9, status=YES),
                pb.ConsentAnswer(status=7),
            ],
            circumstances=circumstances(jurisdiction="de", policy_version="p" * 65, source="a\tb", at=LATER),
        ),
        {
            **BAD_IDS,
            "answers[1].purpose": "is there already",
            "answers[1].status": "is no answer",
            "answers[2].purpose": "is no purpose",
            "answers[3].purpose": "is no purpose",
            "answers[3].status": "is no answer",
            "circumstances.jurisdiction": "must be ISO 3166",
            "circumstances.policy_version": "must be at most 64 bytes",
            "circumstances.source": "without control characters",
            "circumstances.at": AT,
        },
    ),
    "a link of one": ("LinkVisitor", pb.LinkVisitorRequest(shopper=ANNA), {"shopper": "both customer_id and"}),
    "nobody opts out": ("OptOut", pb.OptOutRequest(), {"who": "is missing"}),
    "an empty shopper opts out": ("OptOut", pb.OptOutRequest(shopper=Shopper()), NOBODY),
    "an empty token": ("OptOut", pb.OptOutRequest(token=""), {"token": "must have 1 to 512 characters"}),
    "a token and purposes": (
        "OptOut",
        pb.OptOutRequest(token="t" * 513, purposes=[C, C], circumstances=circumstances(at=EARLIER)),
        {
            "token": "must have 1 to 512",
            "purposes[1]": "is there already",
            "purposes": "must be empty",
            "circumstances.at": AT,
        },
    ),
    "a link for two": (
        "CreateOptOutLink",
        pb.CreateOptOutLinkRequest(shopper=ANNAS_PHONE, purposes=[0], topic="a//b", lifetime_days=29),
        {
            "shopper": "must name one id alone",
            "purposes[0]": "is no purpose",
            "topic": "needs a channel",
            "lifetime_days": "must be 30 to 3650",
        },
    ),
    "a link for a channel and more": (
        "CreateOptOutLink",
        pb.CreateOptOutLinkRequest(shopper=ANNA, channel=1, purposes=[T], topic="é" * 65, lifetime_days=-1),
        {"purposes": "must be empty or contact alone", "topic": "must be at most 128 bytes", "lifetime_days": "30 to"},
    ),
    "a link for no channel": (
        "CreateOptOutLink",
        pb.CreateOptOutLinkRequest(shopper=ANNA, channel=9, lifetime_days=3651),
        {"channel": "is no channel", "lifetime_days": "must be 30 to 3650"},
    ),
    "preferences of nobody": ("GetPreferences", pb.GetPreferencesRequest(), {"who": "is missing"}),
    "preferences with odd signals": (
        "GetPreferences",
        pb.GetPreferencesRequest(shopper=BAD, signals=SIGNALS),
        {**BAD_IDS, **BAD_SIGNALS},
    ),
    "no preference": (
        "UpdatePreferences",
        pb.UpdatePreferencesRequest(shopper=ANNA),
        {"topics": "is empty, and so is"},
    ),
    "odd preferences": (
        "UpdatePreferences",
        pb.UpdatePreferencesRequest(
            topics=[
                pb.TopicPreference(topic="a", choice=1),
                pb.TopicPreference(topic="a", choice=9),
                pb.TopicPreference(topic="", choice=1),
                pb.TopicPreference(topic="x" * 257, choice=1),
            ],
            contact=[
                pb.ContactPreference(choice=1),
                pb.ContactPreference(channel=1, topic="/", choice=3, frequency=4),
                pb.ContactPreference(channel=2, choice=1),
                pb.ContactPreference(channel=2, choice=2),
            ],
        ),
        {
            "who": "is missing",
            "topics[1].topic": "is there already",
            "topics[1].choice": "is no choice",
            "topics[2].topic": "must be a category path",
            "topics[3].topic": "must be at most 256 bytes",
            "contact[0].channel": "is no channel",
            "contact[1].topic": "must be a category path",
            "contact[1].choice": "is no choice",
            "contact[1].frequency": "is no frequency",
            "contact[3]": "is there already",
        },
    ),
    "more preferences than anybody has": (
        "UpdatePreferences",
        pb.UpdatePreferencesRequest(
            shopper=ANNA, topics=[pb.TopicPreference(topic=f"t{number}", choice=1) for number in range(201)]
        ),
        {"topics": "must hold at most 200 words"},
    ),
    "contact with nobody by nothing": (
        "CheckContact",
        pb.CheckContactRequest(topic="a/", last_contact_at=NEVER, signals=SIGNALS),
        {
            **NOBODY,
            **BAD_SIGNALS,
            "channel": "is no channel",
            "topic": "must be a category path",
            "last_contact_at": AT,
        },
    ),
    "an erasure of nobody": (
        "EraseShopper",
        pb.EraseShopperRequest(source="s" * 65),
        {**NOBODY, "source": "must be at most 64 bytes"},
    ),
    "an empty receipt": ("GetErasure", pb.GetErasureRequest(), {"receipt": "must have 1 to 128 characters"}),
    "a long receipt": ("GetErasure", pb.GetErasureRequest(receipt="r" * 129), {"receipt": "must have 1 to 128"}),
}


@pytest.mark.parametrize("case", CASES)
def test_every_field_at_fault_is_named_at_once_with_what_would_be_right(counter: Counter, case: str) -> None:
    method, request, wanted = CASES[case]
    faults = faults_of(getattr(counter.privacy, method), request)
    assert set(faults) == set(wanted)
    assert {field for field, words in wanted.items() if words not in faults[field]} == set()
    assert (counter.n_rows("shoppers"), counter.n_rows("ledger"), counter.server.lines.all()) == (0, 0, [])


def test_a_copy_of_nobody_is_refused(counter: Counter) -> None:
    def call(request: pb.ExportShopperRequest) -> None:
        list(counter.privacy.ExportShopper(request))

    assert faults_of(call, pb.ExportShopperRequest(shopper=BAD)).keys() == BAD_IDS.keys()


@pytest.mark.parametrize("at", [LATER, EARLIER, NEVER, ODD, Timestamp(seconds=-(2**62))])
def test_a_moment_out_of_its_range_is_refused(counter: Counter, at: Timestamp) -> None:
    request = pb.RecordConsentRequest(shopper=ANNA, answers=YES_TO_P, circumstances=circumstances(at=at))
    assert list(faults_of(counter.privacy.RecordConsent, request)) == ["circumstances.at"]


def test_limits_are_inclusive(counter: Counter) -> None:
    shopper = Shopper(customer_id="é" * 64, visitor_id="x" * 128)
    given = circumstances(
        jurisdiction="US-CAL", policy_version="p" * 64, source="s" * 64, at=stamp(datetime(2000, 1, 1, tzinfo=UTC))
    )
    request = pb.RecordConsentRequest(shopper=shopper, answers=YES_TO_P, circumstances=given)
    assert counter.privacy.RecordConsent(request).ledger_position == 2
    signals = Signals(jurisdiction="US-CAL", tcf_string="C" * 8192)
    counter.privacy.GetPreferences(pb.GetPreferencesRequest(shopper=shopper, signals=signals))


def test_shopper_and_signals_of_a_page_are_checked(counter: Counter) -> None:
    page = rec_pb.RecommendRequest(placement="?", item_id="camera", shopper=BAD, signals=SIGNALS)
    assert set(faults_of(counter.server.stub.Recommend, page)) == {"placement", *BAD_IDS, *BAD_SIGNALS}
    batch = rec_pb.BatchRecommendRequest(requests=[page])
    assert "requests[0].signals.tcf_string" in faults_of(counter.server.stub.BatchRecommend, batch)


def test_a_page_may_name_nobody(counter: Counter) -> None:
    counter.page(Shopper(), signals=Signals())


@pytest.mark.parametrize("n_events", [0, 501])
def test_1_to_500_events_are_told_in_one_call(counter: Counter, n_events: int) -> None:
    events = [counter.event(ANNA, "camera")] * n_events
    faults = faults_of(counter.events.RecordEvents, event_pb.RecordEventsRequest(events=events))
    assert list(faults) == ["events"]


def test_every_fault_of_an_event_is_named_and_the_others_are_kept(counter: Counter) -> None:
    counter.says(ANNA)
    bad = event_pb.Event(
        event_type=9, session_id="s" * 129, order_id="\x00", occurred_at=LATER, shopper=BAD, signals=SIGNALS
    )
    events = [counter.event(ANNA, "camera"), bad, event_pb.Event(), counter.event(ANNA, "lens")]
    first, second, third, last = counter.events.RecordEvents(event_pb.RecordEventsRequest(events=events)).results
    assert [one.outcome for one in (first, last)] == [event_pb.EVENT_OUTCOME_STORED] * 2
    assert [one.outcome for one in (second, third)] == [event_pb.EVENT_OUTCOME_REJECTED] * 2
    assert {fault.field for fault in second.faults} == {
        *("event_id", "event_type", "item_id", "session_id", "order_id", "occurred_at"),
        *BAD_IDS,
        *BAD_SIGNALS,
    }
    described = {fault.field: fault.description for fault in third.faults}
    assert {*described} == {"event_id", "event_type", "item_id", "occurred_at", "shopper"}
    assert described["occurred_at"] == "is missing"
    assert counter.n_rows("kept_events") == 2


def test_where_every_event_is_at_fault_each_is_told_so(counter: Counter) -> None:
    results = counter.events.RecordEvents(event_pb.RecordEventsRequest(events=[event_pb.Event()] * 500)).results
    assert [len(result.faults) for result in results] == [5] * 500
    assert {result.reason for result in results} == {0}


def test_what_is_wrong_with_an_id_is_told_without_the_id(counter: Counter) -> None:
    request = pb.OptOutRequest(shopper=Shopper(customer_id="secret\n", visitor_id="secret" * 30))
    with pytest.raises(grpc.RpcError) as caught:
        counter.privacy.OptOut(request)
    assert "secret" not in str(caught.value.details()) + str(caught.value.trailing_metadata())
