"""A visitor that is a customer brings along what the customer said, and carries over what it refused."""

import pytest

from privacy.consent import Status
from privacy.store.store import PrivacyStore
from tests.privacy.store.shoppers import ANNA, BOB, NO, PHONE, YES, P, T, at, moment, statuses


def test_each_id_has_its_own_number_if_it_was_met(store: PrivacyStore) -> None:
    store.link("phone", "anna", at(1))
    anna, phone = store.subject_of(ANNA), store.subject_of(PHONE)
    assert store.numbers([PHONE, ANNA, BOB]) == {PHONE: phone, ANNA: anna}
    assert anna != phone


def test_a_linked_visitor_brings_its_customer(store: PrivacyStore) -> None:
    store.say([PHONE], {P: YES}, at(1))
    store.say([ANNA], {P: NO}, at(1))
    assert statuses(store, PHONE) == ["granted"]
    store.link("phone", "anna", at(2))
    assert statuses(store, PHONE) == ["granted", "denied"]


def test_linking_twice_is_linking_once(store: PrivacyStore) -> None:
    assert store.link("phone", "anna", at(1)) == store.link("phone", "anna", at(2)) == 1


@pytest.mark.parametrize(
    ("customer_said", "stands"),
    [
        (None, "denied"),
        ((YES, 1), "denied"),
        ((Status.NOTICED, 5), "denied"),
        ((NO, 5), "denied"),
        ((YES, 5), "granted"),
    ],
)
def test_what_a_visitor_refused_before_its_link_is_its_customers_no_unless_they_said_yes_since(
    store: PrivacyStore, customer_said: tuple[Status, int] | None, stands: str
) -> None:
    store.say([PHONE], {P: NO, T: YES}, at(3))
    if customer_said is not None:
        store.say([ANNA], {P: customer_said[0]}, at(customer_said[1]))
    position = store.link("phone", "anna", at(9))
    assert statuses(store, ANNA) == [stands]
    assert statuses(store, ANNA, purpose=T) == [None]
    assert position == store.link("phone", "anna", at(9)) == store.head().count
    assert store.verify() == ((), ())


def test_whose_no_it_was_on_a_shared_browser_nobody_knows(store: PrivacyStore) -> None:
    store.link("phone", "anna", at(1))
    store.say([PHONE], {P: NO}, at(3))
    store.link("phone", "bob", at(9))
    assert (statuses(store, ANNA), statuses(store, BOB)) == ([None], [None])
    assert "denied" in statuses(store, PHONE, BOB)


def test_a_carried_no_holds_though_its_customer_was_erased_since(store: PrivacyStore) -> None:
    store.say([PHONE], {P: NO}, at(3))
    store.erase([ANNA], moment(5))
    store.link("phone", "anna", at(9))
    assert statuses(store, ANNA) == ["denied"]


def test_a_visitors_opt_out_is_its_customers_too(store: PrivacyStore) -> None:
    store.say([ANNA, PHONE], {P: YES}, at(1))
    store.link("phone", "anna", at(1))
    store.opt_out([PHONE], [P], at(2))
    assert statuses(store, ANNA) == ["denied"]
    assert statuses(store, PHONE) == ["denied", "denied"]
