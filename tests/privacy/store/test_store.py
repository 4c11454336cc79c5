"""What the shop's parts ask of the database, on SQLite and on PostgreSQL."""

from dataclasses import replace
from datetime import timedelta

import pytest

from privacy.consent import Identity, Purpose, ShopperKind, Status
from privacy.entry import Circumstances
from privacy.keys import with_active, with_key_to_come, without_key
from privacy.preferences import MAX_CONTACT_WORDS, Channel, ContactWord, Forget
from privacy.store.database import Database
from privacy.store.ledger import entries_of
from privacy.store.store import EVENTS_AT_A_TIME, PrivacyStore
from privacy.topics import TopicWord
from tests.privacy.rings import with_new_key
from tests.privacy.store.conftest import RING, store_on
from tests.privacy.store.shoppers import ANNA, BOB, LAPTOP, NO, PHONE, YES, P, T, at, event, keep, moment, statuses


def test_who_was_never_met_is_nobody(store: PrivacyStore) -> None:
    assert store.find([ANNA, PHONE]).known == ()
    assert store.head().count == 0


def test_what_was_said_stands(store: PrivacyStore) -> None:
    store.say([ANNA], {P: YES, T: NO}, at(1))
    answers = store.find([ANNA]).known[0].state.answers
    assert {
        purpose: (str(a.status), a.at, a.jurisdiction, a.policy_version, a.source) for purpose, a in answers.items()
    } == {
        P: ("granted", moment(1), "DE", "2026-03", "test"),
        T: ("denied", moment(1), "DE", "2026-03", "test"),
    }


def test_a_visitor_and_a_customer_of_one_text_are_two(store: PrivacyStore) -> None:
    store.say([Identity(ShopperKind.VISITOR, "anna")], {P: YES}, at(1))
    assert statuses(store, ANNA) == []


@pytest.mark.parametrize("is_live", [False, True])
def test_the_same_word_of_the_same_time_is_recorded_once(store: PrivacyStore, *, is_live: bool) -> None:
    store.say([ANNA], {P: YES, T: NO}, at(5))
    said = replace(at(3), is_live=is_live)
    for status in (Status.NOTICED, NO):
        assert store.say([ANNA], {P: status, T: NO}, said) == store.say([ANNA], {P: status, T: NO}, said)


def test_a_word_is_another_at_another_time_or_of_another_policy(store: PrivacyStore) -> None:
    assert store.say([ANNA], {P: YES}, at(2)) == 1
    assert store.say([ANNA], {P: YES}, at(1)) == 2
    assert store.say([ANNA], {P: YES}, at(3)) == 3
    assert store.say([ANNA], {P: YES}, Circumstances(moment(3), "DE", "2026-04", "test")) == 4


def test_two_clicks_are_one_word_and_one_a_while_later_is_another(store: PrivacyStore) -> None:
    seconds = (0, 1, 2, 2.5)
    said = [Circumstances(moment(1) + timedelta(seconds=second), is_live=True) for second in seconds]
    assert [store.opt_out([ANNA], [P], click) for click in said] == [1, 1, 2, 2]


def test_a_no_of_a_clock_behind_is_one_word_however_often_it_is_said(store: PrivacyStore) -> None:
    store.say([ANNA], {P: YES}, at(5))
    assert [store.opt_out([ANNA], [P], replace(at(hour), is_live=True)) for hour in (2, 2, 3)] == [2, 2, 2]


@pytest.mark.parametrize(("said", "between"), [(YES, NO), (NO, YES)])
def test_a_word_said_again_outweighs_one_from_in_between_that_comes_in_late(
    store: PrivacyStore, said: Status, between: Status
) -> None:
    store.say([ANNA], {P: said}, at(1))
    store.say([ANNA], {P: said}, at(5))
    store.say([ANNA], {P: between}, at(3))
    assert statuses(store, ANNA) == [str(said)]


def test_the_later_answer_stands_however_they_come_in(store: PrivacyStore) -> None:
    store.say([ANNA], {P: NO}, at(5))
    store.say([ANNA], {P: YES}, at(2))
    assert statuses(store, ANNA) == ["denied"]


@pytest.mark.parametrize(("first", "then"), [(YES, NO), (NO, YES)])
def test_what_is_said_now_holds_though_a_clock_ran_ahead(store: PrivacyStore, first: Status, then: Status) -> None:
    store.say([ANNA], {P: first}, at(5))
    store.say([ANNA], {P: then}, replace(at(2), is_live=True))
    assert statuses(store, ANNA) == [str(then)]


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


def test_an_opt_out_of_who_was_never_met_is_remembered(store: PrivacyStore) -> None:
    store.opt_out([LAPTOP], tuple(Purpose), at(1))
    assert statuses(store, LAPTOP) == ["denied"]
    assert store.opt_out([LAPTOP], tuple(Purpose), at(1)) == len(Purpose)


def test_opting_out_of_all_forgets_what_was_kept(store: PrivacyStore) -> None:
    keep(store, event(store, ANNA, "e1"), event(store, BOB, "e2"))
    store.opt_out([ANNA], [P], at(2))
    assert len(store.past(store.find([ANNA]), 9)[0]) == 1
    store.opt_out([ANNA], tuple(Purpose), at(3))
    assert store.past(store.find([ANNA]), 9)[0] == []
    assert [act.item_id for act in store.past(store.find([BOB]), 9)[0]] == ["e2s item"]


def test_a_number_that_nobody_has_opts_nobody_out(store: PrivacyStore) -> None:
    assert store.opt_out_subject(77, tuple(Purpose), at(1)) == 0


def test_an_event_is_kept_once(store: PrivacyStore) -> None:
    one = event(store, ANNA, "e1")
    assert (keep(store, one), keep(store, one)) == (1, 0)


def test_what_may_not_be_kept_is_not(store: PrivacyStore) -> None:
    events = [event(store, ANNA, "e1"), event(store, BOB, "e2")]
    store.say([BOB], {P: NO}, at(1))
    store.keep(
        [[event.subject] for event in events],
        lambda people: [
            None if P in person.known[0].state.answers else event for event, person in zip(events, people, strict=True)
        ],
    )
    assert [act.item_id for act in store.past(store.find([ANNA, BOB]), 9)[0]] == ["e1s item"]


def test_the_latest_events_come_first(store: PrivacyStore) -> None:
    keep(store, *(event(store, ANNA, f"e{hour}", hour) for hour in (2, 3, 1)))
    assert [act.item_id for act in store.past(store.find([ANNA]), 2)[0]] == ["e3s item", "e2s item"]


def test_a_sweep_removes_what_is_older_than_its_cutoff(store: PrivacyStore) -> None:
    keep(store, *(event(store, ANNA, f"e{hour}", hour) for hour in (1, 2, 3)))
    assert store.sweep({"view": moment(2), "purchase": moment(9)}) == {"view": 1, "purchase": 0}
    assert [act.item_id for act in store.past(store.find([ANNA]), 9)[0]] == ["e3s item", "e2s item"]


def test_a_refused_channel_is_that_of_the_visitor_and_of_who_it_is(store: PrivacyStore) -> None:
    store.link("phone", "anna", at(1))
    store.prefer([ANNA], {}, {(Channel.EMAIL, f"t{n}"): ContactWord(allowed=True) for n in range(MAX_CONTACT_WORDS)})
    assert store.refuse_channel(store.subject_of(PHONE), Channel.EMAIL, "garden") == store.head().count
    phone, anna = store.find([PHONE]).known
    assert phone.preferences.contact == {(Channel.EMAIL, "garden"): ContactWord(allowed=False)}
    assert anna.preferences.contact == {(Channel.EMAIL, ""): ContactWord(allowed=False)}
    assert store.refuse_channel(77, Channel.EMAIL, "") == store.head().count


def test_preferences_are_merged_and_kept(store: PrivacyStore) -> None:
    store.prefer([ANNA], {"toys": TopicWord.MUTE, "garden": TopicWord.MUTE}, {})
    store.prefer([ANNA], {"garden": Forget.FORGET}, {(Channel.EMAIL, ""): ContactWord(allowed=True)})
    preferences = store.find([ANNA]).known[0].preferences
    assert dict(preferences.topics) == {"toys": TopicWord.MUTE}
    assert dict(preferences.contact) == {(Channel.EMAIL, ""): ContactWord(allowed=True)}


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


def test_a_new_key_keeps_who_is_who(database: Database) -> None:
    old = store_on(database)
    old.say([ANNA], {P: NO}, at(1))
    newer = with_new_key(RING, lambda n_bytes: b"n" * n_bytes)
    rotated = store_on(database, newer)
    assert statuses(rotated, ANNA) == ["denied"]
    number = rotated.find([ANNA]).subjects
    assert rotated.say([ANNA], {T: NO}, at(2)) == 2
    assert rotated.find([ANNA]).subjects == number
    # Met under the new key, she is known once the old one is gone.
    assert statuses(store_on(database, without_key(newer, 1)), ANNA) == ["denied"]


def test_servers_that_get_a_new_key_one_after_the_other_go_on_obeying_each_other(database: Database) -> None:
    knows = with_key_to_come(RING, lambda n_bytes: b"n" * n_bytes)
    first, second = store_on(database, with_active(knows, 2)), store_on(database, knows)
    first.say([ANNA], {P: YES}, at(1))
    second.opt_out([ANNA], [P], at(2))
    first.opt_out([ANNA], [T], at(3))
    assert statuses(second, ANNA) == statuses(first, ANNA) == ["denied"]
    assert second.find([ANNA]).subjects == first.find([ANNA]).subjects
    assert second.verify() == first.verify() == ((), ())


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


def test_somebody_without_a_row_is_found(database: Database, store: PrivacyStore) -> None:
    store.say([ANNA, BOB, PHONE], {P: NO}, at(1))
    with database.transaction() as connection:
        connection.exec_driver_sql(f"DELETE FROM shoppers WHERE subject <> {store.find([BOB]).subjects[0]}")
    assert store.verify() == ((), (1, 3))


def test_a_ledger_left_alone_is_sound(store: PrivacyStore) -> None:
    store.say([ANNA, BOB], {P: YES, T: NO}, at(1))
    store.link("phone", "anna", at(2))
    store.erase([BOB], moment(3))
    assert store.verify() == ((), ())


@pytest.mark.parametrize(
    ("tampering", "kind", "position"),
    [
        ("UPDATE ledger SET status = 'granted' WHERE position = 1", "edited", 1),
        ("UPDATE ledger SET at = at + 1 WHERE position = 3", "edited", 3),
        ("UPDATE ledger SET kind = 'nothing' WHERE position = 3", "edited", 3),
        ("DELETE FROM ledger WHERE position = 2", "missing", 2),
        ("DELETE FROM ledger WHERE position > 3", "cut", 4),
    ],
)
def test_tampering_is_found_and_the_entry_named(
    database: Database, store: PrivacyStore, tampering: str, kind: str, position: int
) -> None:
    store.say([ANNA, BOB], {P: YES, T: NO}, at(1))
    with database.transaction() as connection:
        connection.exec_driver_sql(tampering)
    findings, _ = store.verify()
    assert [(str(finding.kind), finding.first) for finding in findings] == [(kind, position)]


def test_entries_that_changed_places_are_found(database: Database, store: PrivacyStore) -> None:
    store.say([ANNA, BOB], {P: YES, T: NO}, at(1))
    with database.transaction() as connection:
        for old, new in ((2, 99), (3, 2), (99, 3)):
            connection.exec_driver_sql(f"UPDATE ledger SET position = {new} WHERE position = {old}")
    findings, _ = store.verify()
    assert [(str(finding.kind), finding.first, finding.last) for finding in findings] == [("moved", 2, 3)]


def test_a_state_that_was_changed_by_hand_is_found(database: Database, store: PrivacyStore) -> None:
    store.say([ANNA], {P: NO}, at(1))
    with database.transaction() as connection:
        connection.exec_driver_sql("UPDATE shoppers SET state = '{}'")
    assert store.verify() == ((), (store.subject_of(ANNA),))
