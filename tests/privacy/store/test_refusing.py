"""Whoever refuses all that events are kept for has none kept, however the refusal came about."""

from dataclasses import replace

import pytest

from privacy.consent import Purpose
from privacy.store.database import Database
from privacy.store.store import PrivacyStore
from tests.privacy.store.shoppers import ANNA, BOB, LAPTOP, NO, PHONE, YES, P, T, at, event, keep

BOTH_USES = {P: NO, T: NO}


@pytest.fixture(autouse=True)
def _events(store: PrivacyStore) -> None:
    """One event of each, Anna's on her phone, which is linked to her; Bob uses it too and is not linked yet."""
    phone = store.subject_of(PHONE)
    keep(
        store,
        replace(event(store, ANNA, "annas"), other=phone),
        replace(event(store, BOB, "bobs"), other=phone),
        event(store, PHONE, "phones"),
        event(store, LAPTOP, "laptops"),
    )
    store.link("phone", "anna", at(1))


def kept_ids(database: Database) -> set[str]:
    with database.reading() as connection:
        return set(connection.exec_driver_sql("SELECT event_id FROM kept_events").scalars())


def test_a_customers_opt_out_forgets_what_the_browsers_it_is_linked_to_did(
    database: Database, store: PrivacyStore
) -> None:
    store.opt_out([ANNA], tuple(Purpose), at(2))
    assert kept_ids(database) == {"bobs", "laptops"}


def test_a_visitors_opt_out_forgets_what_its_customers_other_browsers_did(
    database: Database, store: PrivacyStore
) -> None:
    store.link("laptop", "anna", at(1))
    store.opt_out([LAPTOP], tuple(Purpose), at(2))
    assert kept_ids(database) == {"bobs"}


def test_what_another_account_did_on_a_browser_stays_its_own(database: Database, store: PrivacyStore) -> None:
    store.link("phone", "bob", at(1))
    store.opt_out([ANNA], tuple(Purpose), at(2))
    assert kept_ids(database) == {"bobs", "laptops"}


@pytest.mark.parametrize("first", [P, T])
def test_two_opt_outs_one_after_the_other_forget_as_one_does(
    database: Database, store: PrivacyStore, first: Purpose
) -> None:
    store.opt_out([ANNA], [first], at(2))
    assert kept_ids(database) == {"annas", "bobs", "phones", "laptops"}
    store.opt_out([ANNA], {P, T} - {first}, at(3))
    assert kept_ids(database) == {"bobs", "laptops"}


def test_an_answer_that_denies_the_second_use_forgets(database: Database, store: PrivacyStore) -> None:
    store.opt_out([ANNA], [P], at(2))
    store.say([ANNA], {T: NO}, at(3))
    assert kept_ids(database) == {"bobs", "laptops"}


def test_a_no_to_one_use_and_a_yes_to_the_other_forget_nothing(database: Database, store: PrivacyStore) -> None:
    store.say([ANNA, PHONE], {P: NO, T: YES}, at(2))
    assert kept_ids(database) == {"annas", "bobs", "phones", "laptops"}


def test_a_visitor_refuses_what_it_and_its_customer_refuse_together(database: Database, store: PrivacyStore) -> None:
    store.say([PHONE], {P: NO}, at(2))
    store.say([ANNA], {T: NO}, at(3))
    assert kept_ids(database) == {"annas", "bobs", "laptops"}


def test_a_visitor_refuses_what_two_customers_refuse_together(database: Database, store: PrivacyStore) -> None:
    store.link("phone", "bob", at(1))
    store.say([BOB], {P: NO}, at(2))
    store.say([ANNA], {T: NO}, at(3))
    assert kept_ids(database) == {"annas", "bobs", "laptops"}


def test_a_link_to_somebody_who_refuses_forgets_what_the_visitor_did(database: Database, store: PrivacyStore) -> None:
    store.opt_out([BOB], [P, T], at(2))
    assert kept_ids(database) == {"annas", "phones", "laptops"}
    store.link("laptop", "bob", at(3))
    assert kept_ids(database) == {"annas", "phones"}


def test_a_no_that_is_older_than_a_yes_forgets_nothing(database: Database, store: PrivacyStore) -> None:
    store.say([ANNA], {P: YES, T: YES}, at(5))
    store.say([ANNA], BOTH_USES, at(2))
    assert kept_ids(database) == {"annas", "bobs", "phones", "laptops"}


def test_a_number_of_a_link_forgets_too(database: Database, store: PrivacyStore) -> None:
    store.opt_out_subject(store.subject_of(ANNA), [P, T], at(2))
    assert kept_ids(database) == {"bobs", "laptops"}


def test_a_no_that_a_link_carries_forgets_what_its_customer_did(database: Database, store: PrivacyStore) -> None:
    store.say([LAPTOP], BOTH_USES, at(2))
    assert kept_ids(database) == {"annas", "bobs", "phones"}
    store.link("laptop", "anna", at(3))
    assert kept_ids(database) == {"bobs"}
