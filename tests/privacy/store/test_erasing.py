"""Who is erased has said and done nothing, whatever the clocks."""

from dataclasses import replace
from datetime import timedelta

import pytest

from privacy.consent import Status
from privacy.entry import Circumstances
from privacy.store.store import PrivacyStore
from privacy.topics import TopicWord
from tests.privacy.store.shoppers import ANNA, BOB, LAPTOP, NO, PHONE, YES, P, T, at, event, keep, moment, statuses


def test_an_erased_shopper_has_said_and_kept_nothing(store: PrivacyStore) -> None:
    store.say([ANNA], {P: YES}, at(1))
    store.prefer([ANNA], {"toys": TopicWord.MUTE}, {})
    keep(store, event(store, ANNA, "e1"))
    erasure = store.erase([ANNA], moment(2))
    person = store.find([ANNA])
    assert (erasure.n_people, erasure.n_events) == (1, 1)
    assert statuses(store, ANNA) == [None]
    assert person.known[0].state.erased_at == moment(2)
    assert not person.known[0].preferences.topics
    assert store.past(person, 9)[0] == []
    assert store.erasure(erasure.receipt) == erasure
    assert store.erasures() == (erasure,)


def test_an_erasure_takes_the_customers_visitors_along(store: PrivacyStore) -> None:
    store.say([PHONE, LAPTOP, ANNA], {P: YES}, at(1))
    store.link("phone", "anna", at(1))
    store.erase([ANNA], moment(2))
    assert statuses(store, PHONE) == [None, None]
    assert statuses(store, LAPTOP) == ["granted"]


def test_what_was_said_before_an_erasure_stays_erased_though_it_comes_in_later(store: PrivacyStore) -> None:
    store.erase([ANNA], moment(5))
    store.say([ANNA], {P: YES}, at(4))
    assert statuses(store, ANNA) == [None]
    store.say([ANNA], {P: YES}, at(6))
    assert statuses(store, ANNA) == ["granted"]


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(microseconds=1), timedelta(minutes=5), timedelta(days=1)])
def test_a_yes_of_a_clock_ahead_is_erased_too(store: PrivacyStore, ahead: timedelta) -> None:
    store.say([ANNA], {P: YES}, Circumstances(moment(2) + ahead))
    # An answer that a later one hides, though it is of a later time.
    store.say([ANNA], {T: YES}, Circumstances(moment(1)))
    store.say([ANNA], {T: Status.NOTICED}, Circumstances(moment(2) + 2 * ahead))
    erasure = store.erase([ANNA], moment(2))
    assert (statuses(store, ANNA), statuses(store, ANNA, purpose=T)) == ([None], [None])
    assert store.find([ANNA]).known[0].state.erased_at == moment(2) + 2 * ahead + timedelta(microseconds=1)
    assert erasure.at == moment(2)


@pytest.mark.parametrize("role", ["subject", "other"])
def test_an_erasure_is_later_than_the_events_that_it_removes(store: PrivacyStore, role: str) -> None:
    phone = store.subject_of(PHONE)
    keep(store, replace(event(store, ANNA, "e1", hour=9), other=phone))
    who = ANNA if role == "subject" else PHONE
    store.erase([who, BOB], moment(2))
    assert store.find([who]).known[0].state.erased_at == moment(9) + timedelta(microseconds=1)
    assert store.find([BOB]).known[0].state.erased_at == moment(2)


def test_who_comes_back_after_an_erasure_ahead_is_heard(store: PrivacyStore) -> None:
    store.say([ANNA], {P: NO}, at(9))
    store.erase([ANNA], moment(2))
    for status in (YES, NO):
        store.say([ANNA], {P: status}, replace(at(3), is_live=True))
        assert statuses(store, ANNA) == [str(status)]
    assert store.verify() == ((), ())


def test_what_two_did_together_goes_with_either(store: PrivacyStore) -> None:
    phone = store.subject_of(PHONE)
    keep(store, *(replace(event(store, ANNA, name), other=phone) for name in ("e1", "e2")))
    assert tuple(len(list(store.holdings([one]).events)) for one in (ANNA, PHONE)) == (2, 0)
    assert store.erase([PHONE], moment(2)).n_events == 2
    assert store.past(store.find([ANNA]), 9)[0] == []


def test_a_receipt_that_was_never_given_is_nothing(store: PrivacyStore) -> None:
    assert store.erasure("receipt-9") is None
