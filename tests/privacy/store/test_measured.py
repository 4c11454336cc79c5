"""What a test is judged by is what was done by people who may be measured when it is read."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from privacy.consent import Purpose, Status
from privacy.kept_event import Attribution, KeptEvent
from privacy.regimes import PolicyVersion, Regime, Regimes
from privacy.rules import Rules
from privacy.store import measured
from privacy.store.database import Database
from privacy.store.measured import COLUMNS, measured_events
from privacy.store.schema import SHOPPERS
from privacy.store.store import PrivacyStore
from privacy.times import microseconds
from tests.privacy.store.shoppers import ANNA, BOB, LAPTOP, PHONE, YES, P, T, at, event, keep, moment

M = Purpose.MEASUREMENT
DAY = 24
BEFORE_H = 10
BEFORE = timedelta(hours=BEFORE_H)


def met(one: KeptEvent, variant: str = "s/a", position: int | None = 2) -> KeptEvent:
    shown = Attribution(b"sixteen bytes it", "cart", "accessories/12", variant, position, "history")
    return replace(one, event_type="impression", attribution=shown)


def bought(store: PrivacyStore, one: object, event_id: str, hour: int) -> KeptEvent:
    return replace(event(store, one, event_id, hour), event_type="purchase")  # type: ignore[arg-type]


LATE, EARLY = moment(99 * DAY), moment(0)


def rows(
    database: Database, rules: Rules | None = None, now: datetime = LATE, since: datetime = EARLY
) -> list[Mapping[str, object]]:
    with database.reading() as connection:
        pages = list(measured_events(connection, "s", rules or Rules(), now, since, before=BEFORE))
    return [dict(zip(COLUMNS, row, strict=True)) for page in pages for row in page]


def items(database: Database, **given: object) -> list[str]:
    return sorted(str(row["item_id"]).removesuffix("s item") for row in rows(database, **given))  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _people(store: PrivacyStore) -> None:
    """Everybody says yes to all, and the phone is Anna's."""
    store.say([ANNA, BOB, PHONE, LAPTOP], {P: YES, T: YES, M: YES}, at(0))
    store.link("phone", "anna", at(0))


def test_a_row_says_all_that_is_counted(database: Database, store: PrivacyStore) -> None:
    one = replace(
        met(event(store, ANNA, "one")),
        session_id="visit",
        order_id="order",
        quantity=3,
        unit_price_minor=1990,
        currency="EUR",
        other=store.subject_of(PHONE),
    )
    keep(store, one)
    [row] = rows(database)
    assert row == {
        "person": store.subject_of(ANNA),
        "session_id": "visit",
        "event_type": "impression",
        "item_id": "ones item",
        "at_us": microseconds(moment(1)),
        "exposure": b"sixteen bytes it",
        "placement": "cart",
        "variant": "s/a",
        "position": 2,
        "tier": "history",
        "quantity": 3,
        "unit_price_minor": 1990,
        "currency": "EUR",
        "order_id": "order",
        "model_version": "accessories/12",
    }


def test_what_was_not_told_is_none_and_a_quantity_one(database: Database, store: PrivacyStore) -> None:
    keep(store, replace(met(event(store, BOB, "quiet"), position=None), item_id=""))
    [row] = rows(database)
    assert [row[name] for name in ("session_id", "position", "unit_price_minor", "currency", "order_id")] == [None] * 5
    assert (row["quantity"], row["item_id"]) == (1, "")


def test_a_browser_is_counted_as_the_one_account_that_it_is(database: Database, store: PrivacyStore) -> None:
    phone = store.subject_of(PHONE)
    keep(store, met(event(store, PHONE, "one")), replace(met(event(store, ANNA, "two")), other=phone))
    assert {row["person"] for row in rows(database)} == {store.subject_of(ANNA)}
    store.link("phone", "bob", at(1))
    assert {row["person"] for row in rows(database)} == {store.subject_of(ANNA), phone}


def test_a_browser_may_be_counted_as_itself_signed_in_or_not(database: Database, store: PrivacyStore) -> None:
    phone, anna = store.subject_of(PHONE), store.subject_of(ANNA)
    keep(
        store,
        met(event(store, PHONE, "one")),
        replace(met(event(store, ANNA, "two")), other=phone),
        met(event(store, ANNA, "elsewhere")),
        replace(bought(store, ANNA, "three", 2), other=phone),
        bought(store, ANNA, "four", 2),
    )
    with database.reading() as connection:
        pages = list(measured_events(connection, "s", Rules(), LATE, EARLY, before=BEFORE, by_browser=True))
    assert sorted((row[0], row[3]) for page in pages for row in page) == sorted(
        [
            (phone, "ones item"),
            (phone, "twos item"),
            (anna, "elsewheres item"),
            (phone, "threes item"),
            (anna, "fours item"),
        ]
    )


def test_of_other_tests_and_of_pages_without_one_nothing_counts(database: Database, store: PrivacyStore) -> None:
    others = ["", "s_/a", "t/a", "s", "s%/a"]
    keep(store, *(met(event(store, BOB, f"e{n}"), variant) for n, variant in enumerate(others)), event(store, BOB, "v"))
    assert rows(database) == []


def test_an_arm_drawn_for_nobody_is_told_apart(database: Database, store: PrivacyStore) -> None:
    keep(store, met(event(store, BOB, "one"), "s/a~"), bought(store, BOB, "two", 2))
    assert [(row["variant"], row["event_type"]) for row in rows(database)] == [("s/a~", "impression")]


def test_who_met_the_test_brings_what_they_bought_for_as_long_before_as_asked(
    database: Database, store: PrivacyStore
) -> None:
    first = BEFORE_H + 1
    keep(
        store,
        bought(store, PHONE, "long ago", 0),
        bought(store, PHONE, "before", 1),
        met(event(store, ANNA, "first", first)),
        replace(event(store, ANNA, "cart", first + 1), event_type="add_to_cart"),
        bought(store, ANNA, "after", first + 2),
        event(store, ANNA, "view", first + 2),
        bought(store, BOB, "nobody met", first + 2),
        met(event(store, BOB, "early", 1)),
    )
    since = moment(2)
    assert items(database, since=since) == ["after", "before", "cart", "first"]
    found = {str(row["item_id"]): row for row in rows(database, since=since)}
    shown = ("exposure", "placement", "variant", "position", "tier", "model_version")
    assert {found["befores item"][name] for name in shown} == {None}
    assert found["befores item"]["person"] == store.subject_of(ANNA)


def test_what_was_bought_by_way_of_another_test_is_bought_once(database: Database, store: PrivacyStore) -> None:
    by_way = replace(met(event(store, BOB, "other"), "t/x"), event_type="purchase")
    own = replace(met(event(store, BOB, "own"), "s/a"), event_type="purchase")
    keep(store, met(event(store, BOB, "first")), by_way, own)
    told = sorted((str(row["item_id"]), row["variant"]) for row in rows(database))
    assert told == [("firsts item", "s/a"), ("others item", None), ("owns item", "s/a")]


def test_what_was_bought_before_measurement_was_allowed_is_not_counted(database: Database, store: PrivacyStore) -> None:
    store.erase([BOB], moment(1))
    store.say([BOB], {P: YES, T: YES}, at(2))
    store.say([BOB], {M: YES}, at(5))
    keep(
        store,
        bought(store, BOB, "before the yes", 4),
        replace(event(store, BOB, "cart before", 4), event_type="add_to_cart"),
        bought(store, BOB, "with the yes", 5),
        met(event(store, BOB, "first", 6)),
        bought(store, BOB, "after", 7),
    )
    assert items(database) == ["after", "first", "with the yes"]


def test_what_came_with_a_token_before_a_yes_was_said_again_counts_and_what_came_without_does_not(
    database: Database, store: PrivacyStore
) -> None:
    by_token = replace(met(event(store, BOB, "by token", 3)), event_type="purchase")
    keep(store, met(event(store, BOB, "first", 2)), bought(store, BOB, "without", 3), by_token)
    assert items(database) == ["by token", "first", "without"]
    store.say([BOB], {M: YES}, at(5))
    assert items(database) == ["by token", "first"]


def test_of_an_account_and_its_browser_the_later_yes_is_what_counts(database: Database, store: PrivacyStore) -> None:
    store.say([ANNA], {M: YES}, at(5))
    phone = store.subject_of(PHONE)
    keep(
        store,
        bought(store, PHONE, "before, signed out", 4),
        replace(bought(store, ANNA, "before, signed in", 4), other=phone),
        met(event(store, PHONE, "first", 6)),
        bought(store, PHONE, "after", 7),
    )
    assert items(database) == ["after", "first"]


def test_where_silence_is_a_yes_nothing_counts_from_before_somebody_was_told(
    database: Database, store: PrivacyStore
) -> None:
    store.erase([BOB, LAPTOP], moment(1))
    store.say([BOB, LAPTOP], {P: YES}, replace(at(2), jurisdiction="US"))
    store.say([BOB], {M: Status.NOTICED}, replace(at(5), jurisdiction="US"))
    for one in (BOB, LAPTOP):
        keep(store, bought(store, one, f"{one.id} before", 4), met(event(store, one, f"{one.id} met", 6)))
        keep(store, bought(store, one, f"{one.id} after", 7))
    assert items(database, rules=Rules(Regimes({"US": Regime.OPT_OUT}))) == ["bob after", "bob met"]


def test_who_refused_or_was_erased_is_gone_with_all_they_bought(database: Database, store: PrivacyStore) -> None:
    for number, one in enumerate((ANNA, BOB, LAPTOP)):
        keep(store, met(event(store, one, f"met{number}")), bought(store, one, f"bought{number}", 2))
    assert items(database) == ["bought0", "bought1", "bought2", "met0", "met1", "met2"]
    store.opt_out([ANNA], [M], at(3))
    store.erase([BOB], moment(3))
    assert items(database) == ["bought2", "met2"]


def test_who_lapsed_is_gone_though_nobody_said_a_word(database: Database, store: PrivacyStore) -> None:
    lapse = Rules(Regimes(policy_versions=(PolicyVersion("2026-09", moment(9), older_lapse=True),)))
    store.say([BOB], {M: YES}, replace(at(2), policy_version="2026-09"))
    keep(store, *(met(event(store, one, one.id)) for one in (ANNA, PHONE, BOB, LAPTOP)))
    assert items(database, rules=lapse, now=moment(8)) == ["anna", "bob", "laptop", "phone"]
    assert items(database, rules=lapse, now=moment(9)) == ["bob"]


def test_of_two_who_said_alike_under_two_laws_each_is_measured_by_their_own(
    database: Database, store: PrivacyStore
) -> None:
    store.erase([ANNA, BOB, LAPTOP], moment(1))
    for one, jurisdiction in ((BOB, "US"), (LAPTOP, "DE")):
        store.say([one], {M: Status.NOTICED}, replace(at(2), jurisdiction=jurisdiction))
        keep(store, met(event(store, one, one.id)))
    assert items(database, rules=Rules(Regimes({"US": Regime.OPT_OUT}))) == ["bob"]


def test_a_yes_of_a_clock_ahead_measures_nobody_yet(database: Database, store: PrivacyStore) -> None:
    store.say([BOB], {M: YES}, at(100))
    keep(store, *(met(event(store, one, one.id)) for one in (LAPTOP, BOB)))
    assert items(database, now=moment(99)) == ["laptop"]
    assert items(database, now=moment(100)) == ["bob", "laptop"]


def test_a_yes_of_another_account_on_the_browser_measures_nobody(database: Database, store: PrivacyStore) -> None:
    cafe = replace(PHONE, id="cafe")
    store.say([cafe], {P: YES}, at(0))
    store.link("cafe", "anna", at(0))
    store.link("cafe", "bob", at(0))
    keep(store, met(event(store, cafe, "one")))
    assert rows(database) == []


def test_a_no_of_a_linked_account_measures_neither(database: Database, store: PrivacyStore) -> None:
    keep(store, met(event(store, PHONE, "one")))
    anna = store.subject_of(ANNA)
    with database.transaction() as connection:  # not by a word of hers, which would have cleared it
        state = '{"measurement":["denied",0,"","",""]}'
        row = update(SHOPPERS).where(SHOPPERS.c.subject == anna)
        connection.execute(row.values(state=state))
    assert rows(database) == []


def test_pages_hold_all_of_it_once(database: Database, store: PrivacyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured, "PAGE_ROWS", 3)
    keep(store, *(met(event(store, (ANNA, BOB, PHONE)[n % 3], f"e{n}")) for n in range(8)))
    keep(store, *(bought(store, BOB, f"b{n}", 2) for n in range(4)))
    assert items(database) == sorted([*(f"e{n}" for n in range(8)), *(f"b{n}" for n in range(4))])
