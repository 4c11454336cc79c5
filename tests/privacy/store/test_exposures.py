"""What was shown before an event: kept with it, copied with it, and gone with a no to measurement."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from privacy.consent import Purpose, Status
from privacy.copying import lines_of
from privacy.kept_event import Attribution, KeptEvent
from privacy.regimes import PolicyVersion, Regime, Regimes
from privacy.rules import Rules
from privacy.store.bulk import Bulk, GivenAnswer
from privacy.store.database import Database
from privacy.store.exporting import days_kept, events_of_day, types_kept
from privacy.store.store import PrivacyStore
from tests.privacy.store.conftest import RING
from tests.privacy.store.files import bytes_on_disk
from tests.privacy.store.shoppers import ANNA, BOB, LAPTOP, NO, PHONE, YES, P, T, at, event, keep, moment

M = Purpose.MEASUREMENT
SHOWN = Attribution(b"sixteen bytes it", "product_page", "accessories/12", "challenger", 2, "history")
QUIET = replace(SHOWN, position=None)


def quiet(one: KeptEvent) -> KeptEvent:
    return replace(one, event_type="impression", item_id="", attribution=QUIET)


@pytest.fixture(autouse=True)
def _events(store: PrivacyStore) -> None:
    """One event of each with what was shown, and one more of Anna's that says that nothing was."""
    phone = store.subject_of(PHONE)
    keep(
        store,
        replace(event(store, ANNA, "annas"), other=phone, attribution=SHOWN),
        replace(event(store, BOB, "bobs"), other=phone, attribution=SHOWN),
        replace(event(store, PHONE, "phones"), attribution=SHOWN),
        replace(event(store, LAPTOP, "laptops"), attribution=SHOWN),
        quiet(event(store, ANNA, "annas silence")),
    )
    store.link("phone", "anna", at(1))


def shown(database: Database) -> dict[str, str | None]:
    """The placement that each kept event names."""
    with database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT event_id, placement FROM kept_events")
        return {row.event_id: row.placement for row in rows}


def test_it_is_read_as_it_was_kept(store: PrivacyStore) -> None:
    kept = {one.event_id: one for one in store.holdings([ANNA]).events}
    assert kept["annas"].attribution == SHOWN
    assert kept["annas silence"].attribution == QUIET


def test_the_first_telling_stays(store: PrivacyStore) -> None:
    keep(store, replace(event(store, LAPTOP, "laptops"), attribution=None))
    assert [one.attribution for one in store.holdings([LAPTOP]).events] == [SHOWN]


REFUSALS: dict[str, Callable[[PrivacyStore, Database], object]] = {
    "opt_out": lambda store, _: store.opt_out([ANNA], [M], at(2)),
    "say": lambda store, _: store.say([ANNA], {M: NO}, at(2)),
    "record": lambda store, _: store.record([ANNA], {M: NO, P: YES}, at(2)),
    "import": lambda _, database: Bulk(database, RING, lambda _: 99).answers([GivenAnswer(ANNA, M, NO, moment(2))]),
}


@pytest.mark.parametrize("refuse", REFUSALS.values(), ids=REFUSALS)
def test_a_no_to_measurement_takes_it_from_every_event_of_hers_at_once(
    database: Database, store: PrivacyStore, refuse: Callable[[PrivacyStore, Database], object]
) -> None:
    refuse(store, database)
    assert shown(database) == {"annas": None, "bobs": "product_page", "phones": None, "laptops": "product_page"}


def test_a_no_to_measurement_leaves_the_events(store: PrivacyStore) -> None:
    before = [one for one in store.holdings([ANNA]).events if one.item_id]
    store.opt_out([ANNA], [M], at(2))
    assert list(store.holdings([ANNA]).events) == [replace(one, attribution=None) for one in before]


def test_a_browsers_no_reaches_whoever_was_named_with_it(database: Database, store: PrivacyStore) -> None:
    store.say([PHONE], {M: NO}, at(2))
    assert shown(database) == {
        "annas": None,
        "bobs": None,
        "phones": None,
        "annas silence": "product_page",
        "laptops": "product_page",
    }


def test_what_another_account_did_on_a_browser_keeps_its_own(database: Database, store: PrivacyStore) -> None:
    store.link("phone", "bob", at(1))
    store.opt_out([ANNA], [M], at(2))
    assert shown(database)["bobs"] == "product_page"


def test_a_link_to_who_refuses_takes_it_from_the_browsers_events(database: Database, store: PrivacyStore) -> None:
    store.opt_out([BOB], [M], at(2))
    store.link("laptop", "bob", at(3))
    assert shown(database)["laptops"] is None


@pytest.mark.parametrize("purpose", [P, T, Purpose.CONTACT])
def test_a_no_to_another_purpose_leaves_it(database: Database, store: PrivacyStore, purpose: Purpose) -> None:
    before = shown(database)
    store.opt_out([ANNA], [purpose], at(2))
    assert shown(database) == before


def test_a_yes_to_measurement_keeps_no_event_of_who_refuses_the_rest(database: Database, store: PrivacyStore) -> None:
    store.record([ANNA], {P: NO, T: NO, M: YES}, at(2))
    assert {*shown(database)} == {"bobs", "laptops"}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_no_byte_of_it_is_left_on_disk(store: PrivacyStore, tmp_path: Path) -> None:
    only = replace(SHOWN, placement="annas own corner")
    keep(store, replace(event(store, ANNA, "one more"), attribution=only))
    assert b"annas own corner" in bytes_on_disk(tmp_path)
    store.opt_out([ANNA], [M], at(2))
    assert b"annas own corner" not in bytes_on_disk(tmp_path)


def test_an_erasure_and_a_sweep_remove_silences_too(database: Database, store: PrivacyStore) -> None:
    keep(store, quiet(event(store, BOB, "bobs silence")))
    store.erase([ANNA], moment(2))
    assert "annas silence" not in shown(database)
    store.sweep({"impression": moment(9)})
    assert "bobs silence" not in shown(database)


def test_that_nothing_was_shown_is_no_showing_of_an_item(store: PrivacyStore) -> None:
    keep(store, replace(event(store, ANNA, "showing"), event_type="impression"))
    assert [act.item_id for act in store.past(store.find([ANNA]), 9)[1]] == ["showings item"]


def test_the_copy_says_what_was_shown(store: PrivacyStore) -> None:
    lines = [json.loads(line) for line in lines_of(store.holdings([LAPTOP]))]
    [told] = [line["attribution"] for line in lines if line["kind"] == "event"]
    assert told == {
        "exposure": SHOWN.exposure.hex(),
        "placement": "product_page",
        "model_version": "accessories/12",
        "variant": "challenger",
        "position": 2,
        "tier": "history",
    }


LAPSE = Rules(Regimes(policy_versions=(PolicyVersion("2026-09", moment(9), older_lapse=True),)))


BEFORE_LAPSE = moment(9) - timedelta.resolution


def exported(database: Database, rules: Rules = LAPSE, now: datetime = BEFORE_LAPSE) -> dict[str, Attribution | None]:
    """What an export says was shown before each event."""
    day = moment(1).date()
    with database.reading() as connection:
        assert days_kept(connection, None, None) == {day: 4}
        pages = list(events_of_day(connection, day, types_kept(connection), rules, now))
    return {row.event.event_id: row.event.attribution for page in pages for row in page}


def test_a_training_is_given_what_was_shown_and_no_silences(database: Database, store: PrivacyStore) -> None:
    store.say([ANNA, BOB, PHONE, LAPTOP], {T: YES, M: YES}, at(1))
    assert exported(database) == dict.fromkeys(("annas", "bobs", "phones", "laptops"), SHOWN)


def test_what_was_shown_is_exported_until_the_yes_to_measurement_lapses_and_the_event_after_it_too(
    database: Database, store: PrivacyStore
) -> None:
    store.say([BOB, LAPTOP], {T: YES, M: YES}, at(1))
    store.say([BOB], {M: YES}, replace(at(2), policy_version="2026-09"))
    assert exported(database) == {"bobs": SHOWN, "laptops": SHOWN}
    assert exported(database, now=moment(9)) == {"bobs": SHOWN, "laptops": None}
    assert exported(database, Rules(), moment(9)) == {"bobs": SHOWN, "laptops": SHOWN}


def test_a_notice_of_measurement_exports_it_where_silence_is_a_yes(database: Database, store: PrivacyStore) -> None:
    store.say([BOB, LAPTOP], {T: YES}, at(1))
    store.say([BOB, LAPTOP], {M: Status.NOTICED}, at(1))
    opt_out = Rules(Regimes({"DE": Regime.OPT_OUT}))
    assert exported(database, opt_out) == {"bobs": SHOWN, "laptops": SHOWN}
    assert exported(database, Rules()) == {"bobs": None, "laptops": None}


def test_a_yes_to_measurement_of_another_account_on_the_browser_exports_nothing_of_this_one(
    database: Database, store: PrivacyStore
) -> None:
    store.say([ANNA, BOB, PHONE], {T: YES}, at(1))
    store.link("phone", "bob", at(1))
    store.say([ANNA], {M: YES}, at(1))
    assert exported(database) == {"annas": SHOWN, "bobs": None, "phones": None}
