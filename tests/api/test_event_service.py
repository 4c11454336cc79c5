"""EventService: of who said yes events are kept, of everybody else nothing."""

from datetime import timedelta
from pathlib import Path

import pytest
from shopkeeper.v1 import event_service_pb2 as pb
from shopkeeper.v1 import privacy_service_pb2 as privacy_pb
from shopkeeper.v1 import shopper_pb2

from tests.api.counter import (
    ANNA,
    ANNAS_PHONE,
    BOB,
    NO,
    PHONE,
    YES,
    C,
    Counter,
    M,
    P,
    Shopper,
    Signals,
    T,
    shown,
    stamp,
)

STORED, NOT_ALLOWED, UNAVAILABLE = (
    pb.EVENT_OUTCOME_STORED,
    pb.EVENT_OUTCOME_NOT_ALLOWED,
    pb.EVENT_OUTCOME_UNAVAILABLE,
)
KEPT = (STORED, shopper_pb2.CONSENT_REASON_GRANTED)
DENIED = (NOT_ALLOWED, shopper_pb2.CONSENT_REASON_DENIED)
NEVER_ASKED = (NOT_ALLOWED, shopper_pb2.CONSENT_REASON_NEVER_ASKED)


def kept(counter: Counter, shopper: Shopper = ANNA) -> list[dict]:
    return [line for line in counter.export(shopper) if line["kind"] == "event"]


def test_an_event_of_who_said_yes_is_kept_with_all_that_it_says(counter: Counter) -> None:
    counter.says(ANNA)
    price = {"quantity": 3, "unit_price_minor": 1990, "currency": "EUR"}
    event = counter.event(ANNA, "camera", pb.EVENT_TYPE_PURCHASE, session_id="s1", order_id="o1", **price)
    assert counter.told(event) == [KEPT]
    assert kept(counter) == [
        {
            "kind": "event",
            "event_id": "e1",
            "event_type": "purchase",
            "item_id": "camera",
            "at": "2026-03-01T12:00:02.000000Z",
            "session_id": "s1",
            "order_id": "o1",
            **price,
        }
    ]


def test_what_is_for_free_has_a_price_and_what_has_none_is_not_said_to_be(counter: Counter) -> None:
    counter.says(ANNA)
    free = counter.event(ANNA, "camera", pb.EVENT_TYPE_PURCHASE, currency="EUR")
    unpriced = counter.event(ANNA, "case", pb.EVENT_TYPE_PURCHASE, quantity=1)
    assert counter.told(free, unpriced) == [KEPT, KEPT]
    assert [(line.get("unit_price_minor"), line.get("quantity")) for line in kept(counter)] == [(0, None), (None, None)]


WRONG_PRICES = {
    "quantity": [{"quantity": -1}, {"quantity": 10_001}],
    "unit_price_minor": [
        {"unit_price_minor": -1, "currency": "EUR"},
        {"unit_price_minor": 10**14 + 1, "currency": "EUR"},
        {"unit_price_minor": 1},
    ],
    "currency": [{"currency": code} for code in ("eur", "EURO", "EU", "ÉUR", "EUR\n")],
}


@pytest.mark.parametrize(("field", "price"), [(field, one) for field in WRONG_PRICES for one in WRONG_PRICES[field]])
def test_a_price_out_of_its_range_has_the_event_rejected(
    counter: Counter, field: str, price: dict[str, int | str]
) -> None:
    event = counter.event(ANNA, "camera", pb.EVENT_TYPE_PURCHASE, **price)
    [result] = counter.events.RecordEvents(pb.RecordEventsRequest(events=[event])).results
    assert (result.outcome, [fault.field for fault in result.faults]) == (pb.EVENT_OUTCOME_REJECTED, [field])


def test_only_what_is_bought_or_put_into_the_cart_has_a_price(counter: Counter) -> None:
    counter.says(ANNA)
    price = {"quantity": 10_000, "unit_price_minor": 10**14, "currency": "EUR"}
    told = [counter.event(ANNA, "camera", number, **price) for number in pb.EventType.values() if number]
    results = counter.events.RecordEvents(pb.RecordEventsRequest(events=told)).results
    stored = {event.event_type for event, one in zip(told, results, strict=True) if one.outcome == STORED}
    assert stored == {pb.EVENT_TYPE_PURCHASE, pb.EVENT_TYPE_ADD_TO_CART}
    assert [[fault.field for fault in one.faults] for one in results if one.faults] == [[*price]] * 5


@pytest.mark.parametrize("purpose", [P, T])
def test_a_yes_to_one_of_the_uses_is_enough_to_keep_it(counter: Counter, purpose: int) -> None:
    counter.says(ANNA, YES, purpose)
    assert counter.told(counter.event(ANNA, "camera")) == [KEPT]


def test_a_yes_to_training_alone_makes_no_page_personal(counter: Counter) -> None:
    counter.says(ANNA, YES, T)
    counter.did(ANNA, "camera")
    assert shown(counter.page(ANNA)) == set()


@pytest.mark.parametrize("purpose", [M, C])
def test_a_yes_to_anything_else_keeps_nothing(counter: Counter, purpose: int) -> None:
    counter.says(ANNA, YES, purpose)
    assert counter.told(counter.event(ANNA, "camera")) == [NEVER_ASKED]


def test_of_who_was_never_asked_or_said_no_nothing_is_kept(counter: Counter) -> None:
    counter.says(BOB, NO)
    assert counter.told(counter.event(ANNA, "camera"), counter.event(BOB, "camera")) == [NEVER_ASKED, DENIED]
    assert counter.n_rows("kept_events") == 0
    assert counter.store.find([]).known == ()


def test_each_event_of_a_call_is_judged_by_itself_and_answered_in_its_place(counter: Counter) -> None:
    counter.says(ANNA)
    counter.says(PHONE, NO)
    told = counter.told(*(counter.event(shopper, "camera") for shopper in (PHONE, ANNA, BOB, ANNA)))
    assert told == [DENIED, KEPT, NEVER_ASKED, KEPT]


def test_what_came_with_the_page_counts(counter: Counter) -> None:
    counter.says(ANNA)
    objected = counter.event(ANNA, "camera", signals=Signals(global_privacy_control=True))
    doubtful = counter.event(ANNA, "camera", signals=Signals(tcf_string="?"))
    assert [reason for _, reason in counter.told(objected, doubtful)] == [
        shopper_pb2.CONSENT_REASON_GLOBAL_PRIVACY_CONTROL,
        shopper_pb2.CONSENT_REASON_TCF_REFUSED,
    ]
    assert kept(counter) == []


def test_telling_an_event_again_is_harmless(counter: Counter) -> None:
    counter.says(ANNA)
    event = counter.event(ANNA, "camera")
    assert counter.told(event, event) == counter.told(event) * 2
    assert len(kept(counter)) == 1


def test_who_is_named_together_is_one_person_from_then_on(counter: Counter) -> None:
    counter.says(ANNAS_PHONE)
    counter.did(ANNAS_PHONE, "camera")
    assert shown(counter.page(PHONE)) == shown(counter.page(ANNA)) != set()
    counter.opts_out(PHONE)
    assert counter.told(counter.event(ANNA, "lens")) == [DENIED]
    assert counter.n_rows("kept_events") == 0


def test_an_account_that_was_never_met_gets_its_own_events_and_not_those_of_who_shares_the_browser(
    counter: Counter,
) -> None:
    counter.says(ANNAS_PHONE)
    counter.did(ANNAS_PHONE, "camera")
    counter.did(Shopper(customer_id=BOB.customer_id, visitor_id=PHONE.visitor_id), "lens")
    assert [event["item_id"] for event in kept(counter, ANNA)] == ["camera"]
    assert [event["item_id"] for event in kept(counter, BOB)] == ["lens"]


def test_an_event_that_names_an_account_is_in_the_accounts_copy(counter: Counter) -> None:
    counter.says(ANNAS_PHONE)
    for _ in range(3):
        counter.did(ANNAS_PHONE, "camera")
    assert (len(kept(counter, ANNA)), len(kept(counter, PHONE))) == (3, 0)


def test_a_no_of_either_id_is_enough(counter: Counter) -> None:
    counter.says(ANNA)
    counter.says(PHONE, NO, P, T)
    assert counter.told(counter.event(ANNAS_PHONE, "camera")) == [DENIED]


def test_an_opt_out_removes_what_was_kept_and_ends_the_keeping(counter: Counter) -> None:
    counter.says(ANNA)
    counter.did(ANNA, "camera")
    counter.opts_out(ANNA)
    assert counter.n_rows("kept_events") == 0
    assert counter.told(counter.event(ANNA, "camera")) == [DENIED]


def test_an_event_from_before_an_erasure_stays_erased_though_it_is_told_later(counter: Counter) -> None:
    counter.says(ANNA)
    event = counter.event(ANNA, "camera")
    counter.told(event)
    counter.clock.on(hours=1)
    counter.privacy.EraseShopper(privacy_pb.EraseShopperRequest(shopper=ANNA))
    counter.says(ANNA)
    assert counter.told(event) == [NEVER_ASKED]
    assert counter.told(counter.event(ANNA, "camera")) == [KEPT]
    assert len(kept(counter)) == 1


def test_what_was_done_before_the_yes_is_not_kept_however_late_it_is_told(counter: Counter) -> None:
    before = counter.event(ANNA, "camera")
    counter.says(ANNA)
    between = counter.event(ANNA, "lens")
    counter.says(ANNA, NO)
    during = counter.event(ANNA, "bag")
    counter.says(ANNA)
    told = counter.told(before, between, during, counter.event(ANNA, "card"))
    assert told == [NEVER_ASKED, KEPT, DENIED, KEPT]
    assert [event["item_id"] for event in kept(counter)] == ["lens", "card"]


def test_a_yes_of_another_account_on_the_browser_keeps_nothing_of_this_one(counter: Counter) -> None:
    bobs_phone = Shopper(customer_id=BOB.customer_id, visitor_id=PHONE.visitor_id)
    counter.says(BOB)
    counter.privacy.LinkVisitor(privacy_pb.LinkVisitorRequest(shopper=bobs_phone))
    assert counter.told(counter.event(PHONE, "camera")) == [KEPT]
    counter.says(ANNA, YES, M)
    assert counter.told(counter.event(ANNAS_PHONE, "lens")) == [NEVER_ASKED]
    counter.says(ANNA)
    assert counter.told(counter.event(ANNAS_PHONE, "lens")) == [KEPT]


def test_500_events_of_500_shoppers_are_told_in_one_call(counter: Counter) -> None:
    counter.says(ANNA)
    events = [
        counter.event(ANNA if number % 2 else Shopper(visitor_id=f"v{number}"), "camera") for number in range(500)
    ]
    assert counter.told(*events) == [NEVER_ASKED, KEPT] * 250


def test_an_event_may_be_a_day_ahead(counter: Counter) -> None:
    counter.says(ANNA)
    event = counter.event(ANNA, "camera", occurred_at=stamp(counter.clock.now + timedelta(hours=23)))
    assert counter.told(event) == [KEPT]


def test_while_the_database_is_gone_events_are_to_be_told_again(counter: Counter, tmp_path: Path) -> None:
    counter.says(ANNA)
    away = tmp_path / "away.db"
    (tmp_path / "state.db").rename(away)
    assert (
        counter.told(counter.event(ANNA, "camera"), counter.event(BOB, "camera"))
        == [(UNAVAILABLE, shopper_pb2.CONSENT_REASON_UNAVAILABLE)] * 2
    )
    away.rename(tmp_path / "state.db")
    assert counter.n_rows("kept_events") == 0
