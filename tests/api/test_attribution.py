"""From a page to what was done with it: the answer's token, handed back with events."""

import pytest
from shopkeeper.v1 import event_service_pb2 as pb
from shopkeeper.v1 import recommendation_service_pb2 as rec_pb
from shopkeeper.v1 import shopper_pb2

from service.core.attribution import LIFETIME_H
from tests.api.conftest import Running
from tests.api.counter import ANNA, BOB, NO, PHONE, YES, Counter, M, P, Shopper, Signals, T

JOINED, INVALID, OUT_OF_TIME, ITEM_NOT_SHOWN, NOT_ALLOWED = (
    pb.EVENT_ATTRIBUTION_JOINED,
    pb.EVENT_ATTRIBUTION_INVALID,
    pb.EVENT_ATTRIBUTION_OUT_OF_TIME,
    pb.EVENT_ATTRIBUTION_ITEM_NOT_SHOWN,
    pb.EVENT_ATTRIBUTION_NOT_ALLOWED,
)
NONE = pb.EVENT_ATTRIBUTION_UNSPECIFIED
STORED = pb.EVENT_OUTCOME_STORED
CLICK, IMPRESSION = pb.EVENT_TYPE_CLICK, pb.EVENT_TYPE_IMPRESSION


def results(counter: Counter, *events: pb.Event) -> list[pb.EventResult]:
    return list(counter.events.RecordEvents(pb.RecordEventsRequest(events=events)).results)


def told(counter: Counter, *events: pb.Event) -> list[tuple[int, int]]:
    """Outcome and attribution of each."""
    return [(result.outcome, result.attribution) for result in results(counter, *events)]


def click(counter: Counter, token: str, item_id: str = "card", shopper: Shopper = ANNA, **given: object) -> pb.Event:
    return counter.event(shopper, item_id, CLICK, attribution_token=token, **given)


def silence(counter: Counter, token: str, shopper: Shopper = ANNA) -> pb.Event:
    return counter.event(shopper, "", IMPRESSION, attribution_token=token)


def token_of(counter: Counter, item_id: str = "camera", shopper: Shopper = ANNA) -> str:
    return counter.page(shopper, item_id).attribution_token


def attributions(counter: Counter, shopper: Shopper = ANNA) -> list[dict | None]:
    return [line.get("attribution") for line in counter.export(shopper) if line["kind"] == "event"]


def test_a_click_on_what_was_shown_is_kept_with_where_it_was_shown(counter: Counter) -> None:
    counter.says(ANNA)
    page = counter.page(ANNA, "camera")
    place = [item.item_id for item in page.recommendations].index("card") + 1
    assert told(counter, click(counter, page.attribution_token)) == [(STORED, JOINED)]
    [kept] = attributions(counter)
    assert kept is not None
    assert len(kept.pop("exposure")) == 32
    assert kept == {
        "placement": "product_page",
        "model_version": "accessories/1",
        "variant": "",
        "position": place,
        "tier": "history",
    }


def test_of_who_says_no_to_personalisation_it_is_kept_that_no_history_was_used_and_not_why(counter: Counter) -> None:
    counter.says(ANNA)
    counter.says(ANNA, NO, P)
    assert told(counter, click(counter, token_of(counter))) == [(STORED, JOINED)]
    [kept] = attributions(counter)
    assert kept is not None
    assert kept["tier"] == "none"


def test_all_that_is_done_with_one_answer_has_one_exposure(counter: Counter) -> None:
    counter.says(ANNA)
    token, other = token_of(counter), token_of(counter, "kettle")
    results(counter, click(counter, token), click(counter, token, "bag"), click(counter, other, "filter"))
    first, second, third = (kept and kept["exposure"] for kept in attributions(counter))
    assert first == second != third


def test_two_shoppers_are_given_equal_tokens_with_equal_answers(counter: Counter) -> None:
    counter.says(ANNA)
    counter.says(BOB)
    anna, bob = counter.page(ANNA, "camera"), counter.page(BOB, "camera")
    assert anna.personalisation == bob.personalisation == shopper_pb2.CONSENT_REASON_GRANTED
    assert anna.attribution_token == bob.attribution_token != ""


def test_shoppers_who_refuse_in_different_ways_are_given_equal_tokens_with_equal_answers(counter: Counter) -> None:
    counter.says(ANNA, NO)
    counter.says(PHONE)
    objects = Signals(global_privacy_control=True)
    pages = [
        counter.page(ANNA, "camera"),
        counter.page(BOB, "camera"),
        counter.page(PHONE, "camera", signals=objects),
        counter.page(Shopper(), "camera"),
    ]
    assert [page.personalisation for page in pages] == [
        shopper_pb2.CONSENT_REASON_DENIED,
        shopper_pb2.CONSENT_REASON_NEVER_ASKED,
        shopper_pb2.CONSENT_REASON_GLOBAL_PRIVACY_CONTROL,
        shopper_pb2.CONSENT_REASON_UNSPECIFIED,
    ]
    assert len({page.attribution_token for page in pages} - {""}) == 1


def test_a_batch_and_a_page_have_the_same_tokens(counter: Counter) -> None:
    page = rec_pb.RecommendRequest(placement="product_page", item_id="camera")
    batch = counter.server.stub.BatchRecommend(rec_pb.BatchRecommendRequest(requests=[page]))
    assert counter.server.stub.Recommend(page) == batch.responses[0]


def test_a_page_that_is_at_hand_is_given_a_new_token_with_the_hour(counter: Counter) -> None:
    page = rec_pb.RecommendRequest(placement="product_page", item_id="camera")
    first, again = (counter.server.stub.Recommend(page).attribution_token for _ in range(2))
    counter.clock.on(hours=1)
    assert first == again != counter.server.stub.Recommend(page).attribution_token


def test_silence_without_a_model_has_a_token_too(counter: Counter) -> None:
    counter.server.slot.model = None
    assert token_of(counter) != ""


def test_a_server_without_a_database_has_none(server: Running) -> None:
    page = rec_pb.RecommendRequest(placement="product_page", item_id="camera")
    assert server.stub.Recommend(page).attribution_token == ""


def test_a_token_that_does_not_hold_loses_no_event(counter: Counter) -> None:
    counter.says(ANNA)
    token = token_of(counter)
    assert told(
        counter,
        click(counter, token[:-2] + "AA"),
        click(counter, "x" * 10_000),
        click(counter, "ключ"),
        click(counter, token, "tripod"),
        click(counter, ""),
    ) == [
        (STORED, INVALID),
        (STORED, INVALID),
        (STORED, INVALID),
        (STORED, ITEM_NOT_SHOWN),
        (STORED, NONE),
    ]
    assert attributions(counter) == [None] * 5


def test_what_is_done_later_than_two_weeks_is_not_put_down_to_it(counter: Counter) -> None:
    counter.says(ANNA)
    token = token_of(counter)
    counter.clock.on(hours=LIFETIME_H - 1)
    in_time = click(counter, token)
    counter.clock.on(hours=1)
    assert told(counter, in_time, click(counter, token)) == [(STORED, JOINED), (STORED, OUT_OF_TIME)]


@pytest.mark.parametrize("refusal", [None, NO])
def test_without_a_yes_to_measurement_the_event_is_kept_alone(counter: Counter, refusal: int | None) -> None:
    counter.says(ANNA, YES, P, T)
    if refusal is not None:
        counter.says(ANNA, refusal, M)
    assert told(counter, click(counter, token_of(counter))) == [(STORED, NOT_ALLOWED)]
    assert attributions(counter) == [None]


def test_what_was_shown_before_the_yes_to_measurement_is_not_kept_however_late_it_is_told(counter: Counter) -> None:
    counter.says(ANNA, YES, P, T)
    before = click(counter, token_of(counter))
    counter.says(ANNA, YES, M)
    assert told(counter, before, click(counter, token_of(counter))) == [(STORED, NOT_ALLOWED), (STORED, JOINED)]
    assert [kept is None for kept in attributions(counter)] == [True, False]


def test_the_browsers_objection_counts(counter: Counter) -> None:
    counter.says(ANNA)
    objected = click(counter, token_of(counter), signals=Signals(global_privacy_control=True))
    assert told(counter, objected) == [(pb.EVENT_OUTCOME_NOT_ALLOWED, NONE)]


def test_a_no_to_measurement_takes_it_away_at_once_and_leaves_the_event(counter: Counter) -> None:
    counter.says(ANNA)
    results(counter, click(counter, token_of(counter)), silence(counter, token_of(counter, "lonely")))
    counter.opts_out(ANNA, M)
    assert attributions(counter) == [None]


def test_a_place_that_stayed_empty_is_an_exposure(counter: Counter) -> None:
    counter.says(ANNA)
    assert told(counter, silence(counter, token_of(counter, "lonely"))) == [(STORED, JOINED)]
    [kept] = attributions(counter)
    assert kept is not None
    assert (kept["placement"], kept["position"]) == ("product_page", None)


def test_that_nothing_was_shown_is_kept_for_measurement_alone(counter: Counter) -> None:
    counter.says(ANNA, YES, P, T)
    counter.says(BOB, YES, M)
    events = silence(counter, token_of(counter, "lonely")), silence(counter, token_of(counter, "lonely"), BOB)
    assert [(result.outcome, result.reason) for result in results(counter, *events)] == [
        (pb.EVENT_OUTCOME_NOT_ALLOWED, shopper_pb2.CONSENT_REASON_NEVER_ASKED)
    ] * 2
    assert counter.n_rows("kept_events") == 0


def test_an_empty_item_is_rejected_where_no_token_says_that_nothing_was_shown(counter: Counter) -> None:
    counter.says(ANNA)
    quiet = token_of(counter, "lonely")
    events = [
        silence(counter, ""),
        silence(counter, "forged"),
        silence(counter, token_of(counter)),
        counter.event(ANNA, "", CLICK, attribution_token=quiet),
        counter.event(ANNA, "bag", IMPRESSION),
    ]
    told = results(counter, *events)
    assert [result.outcome for result in told] == [pb.EVENT_OUTCOME_REJECTED] * 4 + [STORED]
    assert [[fault.field for fault in result.faults] for result in told] == [["item_id"]] * 4 + [[]]
    assert {result.reason for result in told[:4]} == {shopper_pb2.CONSENT_REASON_UNSPECIFIED}


def test_nothing_that_was_shown_in_an_empty_answer_can_be_clicked(counter: Counter) -> None:
    counter.says(ANNA)
    assert told(counter, click(counter, token_of(counter, "lonely"))) == [(STORED, ITEM_NOT_SHOWN)]
