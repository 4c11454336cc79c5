"""A copy of what is held of somebody holds all of it, and nothing of others."""

from privacy.store.database import Database
from privacy.store.ledger import entries_of
from privacy.store.store import EVENTS_AT_A_TIME, PrivacyStore
from privacy.topics import TopicWord
from tests.privacy.store.shoppers import ANNA, BOB, LAPTOP, PHONE, YES, P, at, event, keep, moment


def test_a_copy_holds_all_that_is_held_and_nothing_of_others(store: PrivacyStore) -> None:
    store.say([ANNA, BOB], {P: YES}, at(1))
    store.link("phone", "anna", at(2))
    store.prefer([ANNA], {"toys": TopicWord.MUTE}, {})
    keep(store, event(store, ANNA, "e1"), event(store, BOB, "e2"))
    copy = store.holdings([ANNA])
    assert [(str(word.kind), word.at) for word in copy.words] == [("consent", moment(1)), ("link", moment(2))]
    assert [kept.event_id for kept in copy.events] == ["e1"]
    assert [one.preferences.topics for one in copy.person.known if one.preferences.topics] == [{"toys": TopicWord.MUTE}]


def test_a_long_copy_holds_every_event_once_and_in_order(store: PrivacyStore) -> None:
    # Many at one moment, so that a page ends among them.
    keep(store, *(event(store, ANNA, f"e{number:04}", 3 - number // 1_200) for number in range(2_500)))
    ids = [one.event_id for one in store.holdings([ANNA]).events]
    assert ids == [f"e{number:04}" for first in (2_400, 1_200, 0) for number in range(first, min(first + 1_200, 2_500))]


def test_what_is_forgotten_while_a_copy_is_read_is_not_in_it(store: PrivacyStore) -> None:
    keep(store, *(event(store, ANNA, f"e{number:04}") for number in range(EVENTS_AT_A_TIME + 1)))
    events = store.holdings([ANNA]).events
    first = next(events)
    store.erase([ANNA], moment(5))
    assert [first.event_id, *(one.event_id for one in events)][-1] == f"e{EVENTS_AT_A_TIME - 1:04}"


def test_a_copy_takes_the_visitors_along_that_are_nobody_else(store: PrivacyStore) -> None:
    store.say([PHONE, LAPTOP, ANNA, BOB], {P: YES}, at(1))
    store.link("phone", "anna", at(2))
    store.link("laptop", "anna", at(2))
    store.link("laptop", "bob", at(2))
    copy = store.holdings([ANNA])
    assert sorted(str(one.kind) for one in copy.person.known) == ["customer", "visitor"]
    assert copy.n_shared == 1


def test_a_link_that_names_a_customer_is_in_their_copy_though_the_visitor_is_not(store: PrivacyStore) -> None:
    store.link("phone", "anna", at(2))
    store.link("phone", "bob", at(3))
    anna, phone = store.subject_of(ANNA), store.subject_of(PHONE)
    assert [(word.subject, word.other, word.at) for word in store.holdings([ANNA]).words] == [(phone, anna, moment(2))]


def test_a_copy_may_be_read_and_written_after_in_one_transaction(database: Database, store: PrivacyStore) -> None:
    store.say([ANNA], {P: YES}, at(1))
    with database.transaction() as connection:
        assert len(list(entries_of(connection))) == 1
        connection.exec_driver_sql("UPDATE shoppers SET preferences = preferences")
