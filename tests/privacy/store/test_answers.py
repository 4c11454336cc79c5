"""What was said stands, and the later word before the earlier, on SQLite and on PostgreSQL."""

from dataclasses import replace
from datetime import timedelta

import pytest

from privacy.consent import Identity, Purpose, ShopperKind, Status
from privacy.entry import Circumstances
from privacy.store.store import PrivacyStore
from tests.privacy.store.shoppers import ANNA, LAPTOP, NO, PHONE, YES, P, T, at, moment, statuses


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


def test_an_opt_out_of_who_was_never_met_is_remembered(store: PrivacyStore) -> None:
    store.opt_out([LAPTOP], tuple(Purpose), at(1))
    assert statuses(store, LAPTOP) == ["denied"]
    assert store.opt_out([LAPTOP], tuple(Purpose), at(1)) == len(Purpose)


def test_a_number_that_nobody_has_opts_nobody_out(store: PrivacyStore) -> None:
    assert store.opt_out_subject(77, tuple(Purpose), at(1)) == 0
