"""Answers that come together are one word."""

import pytest
from sqlalchemy import event as happening
from sqlalchemy.exc import OperationalError

from privacy.consent import Purpose
from privacy.store.database import Database, StoreUnavailableError
from privacy.store.store import PrivacyStore
from tests.privacy.store.shoppers import ANNA, NO, PHONE, YES, P, T, at, event, keep, statuses

MEASUREMENT = Purpose.MEASUREMENT
MIXED = {P: NO, T: NO, MEASUREMENT: YES}


def test_a_no_among_yeses_is_the_linked_customers_too_and_a_yes_is_not(store: PrivacyStore) -> None:
    store.say([PHONE, ANNA], {P: YES, MEASUREMENT: NO}, at(1))
    store.link("phone", "anna", at(1))
    position = store.record([PHONE], MIXED, at(2))
    assert statuses(store, ANNA) == ["denied"]
    assert statuses(store, PHONE, purpose=MEASUREMENT) == ["granted", "denied"]
    assert position == store.head().count


def test_a_no_among_yeses_forgets_as_an_opt_out_does(store: PrivacyStore) -> None:
    keep(store, event(store, ANNA, "e1"))
    store.record([ANNA], MIXED, at(2))
    assert store.past(store.find([ANNA]), 9)[0] == []


def test_a_yes_alone_is_recorded(store: PrivacyStore) -> None:
    assert store.record([ANNA], {P: YES}, at(1)) == 1
    assert statuses(store, ANNA) == ["granted"]


def test_where_the_yes_cannot_be_written_nor_is_the_no(database: Database, store: PrivacyStore) -> None:
    keep(store, event(store, ANNA, "e1"))
    n_inserts = 0

    @happening.listens_for(database.engine, "before_cursor_execute")
    def fail(_connection, _cursor, statement, *_rest) -> None:  # type: ignore[no-untyped-def]  # SQLAlchemy's
        nonlocal n_inserts
        is_insert = statement.startswith("INSERT INTO ledger ")
        n_inserts += is_insert
        if is_insert and n_inserts == 2:
            raise OperationalError(statement, None, OSError())

    with pytest.raises(StoreUnavailableError):
        store.record([ANNA], MIXED, at(2))
    assert n_inserts == 2
    assert store.head().count == 0
    assert statuses(store, ANNA) == [None]
    assert len(store.past(store.find([ANNA]), 9)[0]) == 1
