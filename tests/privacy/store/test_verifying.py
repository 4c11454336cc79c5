"""What was changed behind the ledger's back is found."""

import pytest

from privacy.store.database import Database
from privacy.store.store import PrivacyStore
from tests.privacy.store.shoppers import ANNA, BOB, NO, PHONE, YES, P, T, at, moment


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
