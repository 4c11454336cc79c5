"""Who turns away from an arm is counted for it, and nothing else of them is kept."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from privacy.consent import Purpose
from privacy.kept_event import Attribution, KeptEvent
from privacy.person import Known
from privacy.rules import Rules
from privacy.store import people
from privacy.store.bulk import Bulk, GivenAnswer
from privacy.store.database import Database
from privacy.store.departures import tallies
from privacy.store.measured import measured_events
from privacy.store.schema import METADATA
from privacy.store.store import PrivacyStore
from privacy.topics import TopicWord
from tests.privacy.store.conftest import RING
from tests.privacy.store.shoppers import ANNA, BOB, LAPTOP, NO, PHONE, YES, P, T, at, event, keep, moment

M, CONTACT = Purpose.MEASUREMENT, Purpose.CONTACT
ALL = {P: YES, T: YES, M: YES}
BOTH_USES = {P: NO, T: NO}


def met(one: KeptEvent, variant: str) -> KeptEvent:
    """The event as done with what an arm showed."""
    return replace(
        one,
        event_type="impression",
        attribution=Attribution(b"sixteen bytes it", "cart", "accessories/12", variant, 1, "history"),
    )


def counted(database: Database, salt: str = "s") -> dict[str, dict[str, int]]:
    with database.reading() as connection:
        return tallies(connection, salt)


@pytest.fixture(autouse=True)
def _shown(store: PrivacyStore) -> None:
    """Anna met an arm on her phone, signed in and not, and so did Bob on a laptop of nobody's."""
    store.say([ANNA, BOB, PHONE, LAPTOP], ALL, at(0))
    store.link("phone", "anna", at(1))
    phone = store.subject_of(PHONE)
    keep(
        store,
        replace(met(event(store, ANNA, "first", 3), "s/pushy"), other=phone),
        met(event(store, ANNA, "second", 4), "s/pushy"),
        met(event(store, PHONE, "third", 5), "s/pushy"),
        met(event(store, BOB, "bobs", 3), "s/quiet"),
        event(store, LAPTOP, "laptops", 3),
    )


NOES: dict[str, Callable[[PrivacyStore, Database], object]] = {
    "opt_out": lambda store, _: store.opt_out([ANNA], [P], at(6)),
    "opt_out of the browser": lambda store, _: store.opt_out([PHONE], [P], at(6)),
    "opt_out of both": lambda store, _: store.opt_out([ANNA, PHONE], [P], at(6)),
    "opt_out by a link": lambda store, _: store.opt_out_subject(store.subject_of(PHONE), [P], at(6)),
    "say": lambda store, _: store.say([ANNA, PHONE], {P: NO}, at(6)),
    "record": lambda store, _: store.record([PHONE], {P: NO, T: YES}, at(6)),
    "contact": lambda store, _: store.opt_out([ANNA], [CONTACT], at(6)),
    "import": lambda _, database: Bulk(database, RING, lambda _: 99).answers([GivenAnswer(ANNA, P, NO, moment(6))]),
}


@pytest.mark.parametrize("refuse", NOES.values(), ids=NOES)
def test_a_no_counts_one_person_for_the_arm_that_they_met(
    database: Database, store: PrivacyStore, refuse: Callable[[PrivacyStore, Database], object]
) -> None:
    refuse(store, database)
    assert counted(database) == {"s/pushy": {"opted_out": 1}}


def test_who_said_no_since_they_met_it_is_counted_already(database: Database, store: PrivacyStore) -> None:
    store.opt_out([PHONE], [P], at(6))
    store.say([ANNA, PHONE], {P: YES}, at(7))
    store.opt_out([ANNA], [P, CONTACT], at(8))
    assert counted(database) == {"s/pushy": {"opted_out": 1}}


def test_what_was_refused_before_is_no_answer_to_an_arm(database: Database, store: PrivacyStore) -> None:
    store.say([LAPTOP], {CONTACT: NO}, at(1))
    keep(store, met(event(store, LAPTOP, "late", 5), "s/pushy"))
    store.say([LAPTOP], {CONTACT: NO}, at(6))
    assert counted(database) == {}
    store.say([LAPTOP], {P: NO}, at(7))
    assert counted(database) == {"s/pushy": {"opted_out": 1}}


def test_a_no_that_an_import_brings_late_counts_if_it_is_of_after_the_arm_was_met(
    database: Database, store: PrivacyStore
) -> None:
    Bulk(database, RING, lambda _: 99).answers(
        [GivenAnswer(ANNA, P, NO, moment(2)), GivenAnswer(BOB, P, NO, moment(3))]
    )
    assert counted(database) == {"s/quiet": {"opted_out": 1}}


def test_a_no_that_a_later_yes_outweighs_is_none(database: Database, store: PrivacyStore) -> None:
    store.say([BOB], {P: YES}, at(9))
    store.say([BOB], {P: NO}, at(8))
    assert counted(database) == {}


def test_a_no_said_just_now_counts_though_the_storefronts_clock_runs_ahead(
    database: Database, store: PrivacyStore
) -> None:
    store.opt_out([BOB], [P], replace(at(2), is_live=True))
    assert counted(database) == {"s/quiet": {"opted_out": 1}}


LEAVING: dict[str, Callable[[PrivacyStore], object]] = {
    "no measurement": lambda store: store.opt_out([ANNA], [M], at(6)),
    "neither use": lambda store: store.opt_out([PHONE], [P, T], at(6)),
    "nothing at all": lambda store: store.record([ANNA, PHONE], {P: NO, T: NO, M: NO}, at(6)),
    "erased": lambda store: store.erase([ANNA], moment(6)),
}


@pytest.mark.parametrize("leave", LEAVING.values(), ids=LEAVING)
def test_of_whom_nothing_is_left_has_left_too(
    database: Database, store: PrivacyStore, leave: Callable[[PrivacyStore], object]
) -> None:
    leave(store)
    assert counted(database) == {"s/pushy": {"left": 1, "opted_out": 1}}


def test_the_count_stays_when_what_was_shown_leaves_the_analysis(database: Database, store: PrivacyStore) -> None:
    def units() -> int:
        with database.reading() as connection:
            pages = list(measured_events(connection, "s", Rules(), moment(9), moment(0), before=timedelta(0)))
            return len({row[0] for page in pages for row in page})

    assert units() == 2
    store.erase([ANNA], moment(6))
    store.opt_out([BOB], [M], at(6))
    assert units() == 0
    assert counted(database) == {arm: {"left": 1, "opted_out": 1} for arm in ("s/pushy", "s/quiet")}


def test_who_goes_step_by_step_is_counted_once(database: Database, store: PrivacyStore) -> None:
    store.opt_out([ANNA], [P], at(6))
    store.opt_out([ANNA], [M], at(7))
    store.erase([ANNA], moment(8))
    assert counted(database) == {"s/pushy": {"left": 1, "opted_out": 1}}


def test_who_is_still_known_to_have_met_the_arm_has_not_left(database: Database, store: PrivacyStore) -> None:
    store.say([PHONE], {M: NO}, at(6))  # what Anna met elsewhere stays
    assert counted(database) == {"s/pushy": {"opted_out": 1}}


def test_a_no_of_an_account_counts_for_what_its_browsers_met_before_it_signed_in(
    database: Database, store: PrivacyStore
) -> None:
    keep(store, met(event(store, LAPTOP, "late", 4), "s/pushy"))
    store.link("laptop", "bob", at(5))
    store.opt_out([BOB], [P], at(6))
    assert counted(database) == {arm: {"opted_out": 1} for arm in ("s/pushy", "s/quiet")}


def test_a_no_of_a_browser_or_an_account_counts_for_what_the_other_met(database: Database, store: PrivacyStore) -> None:
    keep(store, met(event(store, ANNA, "signed in", 5), "s/in"), met(event(store, PHONE, "signed out", 5), "s/out"))
    store.say([PHONE], {P: NO}, at(6))
    assert counted(database) == {arm: {"opted_out": 1} for arm in ("s/pushy", "s/in", "s/out")}
    keep(store, met(event(store, LAPTOP, "before", 4), "s/out"))
    store.link("laptop", "bob", at(5))
    store.say([BOB], {P: NO}, at(6))
    assert counted(database)["s/out"] == {"opted_out": 2}


def test_to_repeat_a_no_from_before_an_arm_was_met_is_none_to_it(database: Database, store: PrivacyStore) -> None:
    store.say([BOB], {T: NO}, at(1))
    store.say([BOB], {P: YES}, at(4))
    store.say([BOB], {T: NO}, at(5))
    assert counted(database) == {}
    store.say([BOB], {P: NO}, at(6))
    assert counted(database)["s/quiet"]["opted_out"] == 1


def test_where_no_test_was_on_nobody_is_gathered_to_be_counted(
    database: Database, store: PrivacyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in (ANNA, BOB):
        store.erase([one], moment(5))
    gathered: list[object] = []

    def states_of(_: object, subjects: object) -> dict[int, Known]:
        gathered.append(subjects)
        return {}

    monkeypatch.setattr("privacy.store.departures.states_of", states_of)
    store.say([LAPTOP], {P: NO}, at(6))
    store.prefer([LAPTOP], {"photo": TopicWord.MUTE}, {})
    store.erase([LAPTOP], moment(7))
    assert gathered == []


WORDS_OF_A_BROWSER: dict[str, Callable[[PrivacyStore], object]] = {
    "no": lambda store: store.say([LAPTOP], {P: NO}, at(6)),
    "mute": lambda store: store.prefer([LAPTOP], {"photo": TopicWord.MUTE}, {}),
}


@pytest.mark.parametrize("speak", WORDS_OF_A_BROWSER.values(), ids=WORDS_OF_A_BROWSER)
def test_of_a_browser_that_many_share_no_account_is_gathered_for_a_word_of_its_own(
    database: Database,
    store: PrivacyStore,
    monkeypatch: pytest.MonkeyPatch,
    speak: Callable[[PrivacyStore], object],
) -> None:
    keep(store, met(event(store, LAPTOP, "late", 4), "s/pushy"))
    for account in ("anna", "bob"):
        store.link("laptop", account, at(5))
    gathered: set[int] = set()

    def states_of(connection: Connection, subjects: Iterable[int]) -> dict[int, Known]:
        gathered.update(found := people.states_of(connection, subjects))
        return found

    monkeypatch.setattr("privacy.store.departures.states_of", states_of)
    speak(store)
    assert gathered == {store.subject_of(LAPTOP)}
    assert counted(database).keys() == {"s/pushy"}


def test_a_link_to_who_refuses_measurement_counts_as_leaving_and_as_no_new_no(
    database: Database, store: PrivacyStore
) -> None:
    keep(store, met(event(store, LAPTOP, "late", 4), "s/pushy"))
    store.opt_out([BOB], [M], at(6))
    store.link("laptop", "bob", at(7))
    assert counted(database) == {"s/pushy": {"left": 1}, "s/quiet": {"left": 1, "opted_out": 1}}


def test_a_browsers_no_does_not_count_what_another_account_on_it_met(database: Database, store: PrivacyStore) -> None:
    store.link("phone", "bob", at(5))
    store.say([PHONE], {P: NO}, at(6))
    assert counted(database) == {"s/pushy": {"opted_out": 1}}  # the browser's own, as it is nobody's alone


def test_who_mutes_a_topic_for_the_first_time_is_counted(database: Database, store: PrivacyStore) -> None:
    store.prefer([BOB], {"photo": TopicWord.MUTE}, {})
    store.prefer([ANNA], {"photo": TopicWord.SHOW}, {})
    assert counted(database) == {"s/quiet": {"muted": 1}}
    store.prefer([PHONE, ANNA], {"photo": TopicWord.MUTE}, {})
    store.prefer_subject(store.subject_of(PHONE), {"garden": TopicWord.MUTE}, {})
    store.prefer([BOB], {"garden": TopicWord.MUTE}, {})
    assert counted(database) == {"s/pushy": {"muted": 1}, "s/quiet": {"muted": 1}}


def test_an_arm_drawn_for_nobody_counts_nobody_and_other_tests_are_apart(
    database: Database, store: PrivacyStore
) -> None:
    keep(
        store, met(event(store, LAPTOP, "drawn", 4), "s/pushy~"), met(event(store, LAPTOP, "other", 4), "s_other/pushy")
    )
    store.opt_out([LAPTOP], [M], at(6))
    assert counted(database) == {}
    assert counted(database, "s_other") == {"s_other/pushy": {"left": 1, "opted_out": 1}}


def test_people_add_up(database: Database, store: PrivacyStore) -> None:
    keep(store, met(event(store, LAPTOP, "late", 4), "s/quiet"))
    store.opt_out([LAPTOP], [P], at(6))
    Bulk(database, RING, lambda _: 99).answers([GivenAnswer(one, T, NO, moment(6)) for one in (ANNA, BOB, PHONE)])
    assert counted(database) == {"s/pushy": {"opted_out": 1}, "s/quiet": {"opted_out": 2}}


def test_a_count_is_a_number_of_an_arm_and_a_kind_alone() -> None:
    assert [column.name for column in METADATA.tables["experiment_departures"].columns] == ["variant", "kind", "n"]
