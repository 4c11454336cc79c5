"""Who holds what while a transaction runs, on the server that lets several write at once."""

import threading
from collections.abc import Callable, Iterator, Sequence

import pytest
from sqlalchemy import event as happening

from privacy.consent import Identity
from privacy.kept_event import KeptEvent
from privacy.person import Person
from privacy.preferences import Forget
from privacy.store import kept
from privacy.store.database import Database
from privacy.store.store import PrivacyStore
from tests.privacy.store.conftest import RING, store_on
from tests.privacy.store.shoppers import ANNA, BOB, NO, PHONE, P, T, at, event, keep, moment

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)

LOW, HIGH = 1, 2
WAIT_S = 20.0


@pytest.fixture
def other(database: Database) -> Iterator[Database]:
    """A second server's connections."""
    made = Database(database.url.render_as_string(hide_password=False))
    yield made
    made.close()


def may_change(database: Database, subject: int) -> bool:
    """Whether nobody holds the row of a number."""
    with database.transaction() as connection:
        free = f"SELECT 1 FROM shoppers WHERE subject = {subject} FOR UPDATE SKIP LOCKED"
        return connection.exec_driver_sql(free).scalar() is not None


def is_held_in_keep(store: PrivacyStore, other: Database, one: KeptEvent, *subjects: int) -> list[bool]:
    """Whether each number is held while it is asked whether an event of it may be kept."""
    found: list[bool] = []

    def as_allowed(_: Sequence[Person]) -> list[KeptEvent | None]:
        found.extend(not may_change(other, subject) for subject in subjects)
        return [one]

    assert store.keep([[one.subject]], as_allowed) == 1
    return found


def test_no_opt_out_of_a_linked_customer_falls_between_the_question_and_the_keeping(
    store: PrivacyStore, other: Database
) -> None:
    store.link("phone", "anna", at(1))
    phone, anna, bob = (store.subject_of(one) for one in (PHONE, ANNA, BOB))
    held = is_held_in_keep(store, other, event(store, PHONE, "e1"), phone, anna, bob)
    assert held == [True, True, False]


def test_nor_one_of_a_customer_who_was_linked_a_moment_ago(
    database: Database, store: PrivacyStore, other: Database
) -> None:
    phone, anna = store.subject_of(PHONE), store.subject_of(ANNA)
    one = event(store, PHONE, "e1")
    linking = [lambda: store_on(other).link("phone", "anna", at(1))]

    @happening.listens_for(database.engine, "before_cursor_execute")
    def link_first(_connection, _cursor, statement, *_rest) -> None:  # type: ignore[no-untyped-def]  # SQLAlchemy's
        if "FOR SHARE" in statement and linking:
            linking.pop()()

    assert is_held_in_keep(store, other, one, phone, anna) == [True, True]


ACTS: dict[str, Callable[[PrivacyStore, Sequence[Identity]], object]] = {
    "say": lambda store, both: store.say(both, {P: NO}, at(20)),
    "opt_out": lambda store, both: store.opt_out(both, [P, T], at(20)),
    "prefer": lambda store, both: store.prefer(both, {"toys": Forget.FORGET}, {}),
    "erase": lambda store, both: store.erase(both, moment(2)),
    "keep": lambda store, _both: store.keep(
        [[HIGH, LOW]], lambda _: [KeptEvent("e", HIGH, "view", "camera", moment(1))]
    ),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_who_waits_for_a_lower_number_holds_no_higher_one(
    database: Database, other: Database, act: Callable[[PrivacyStore, Sequence[Identity]], object]
) -> None:
    numbers, receipts = iter((HIGH, LOW)), iter("ab")
    store = PrivacyStore(
        database, RING, new_subject=lambda _: next(numbers), new_receipt=lambda: f"receipt {next(receipts)}"
    )
    assert [store.subject_of(one) for one in (ANNA, BOB)] == [HIGH, LOW]
    # A second erasure changes nothing of what the ledger says of him, and his preferences all the same.
    store.erase([BOB], moment(9))
    acting = threading.Thread(target=act, args=(store, (ANNA, BOB)))
    with other.transaction() as connection:
        connection.exec_driver_sql(f"UPDATE shoppers SET state = state WHERE subject = {LOW}")
        acting.start()
        until_somebody_waits(other)
        is_free = may_change(other, HIGH)
    acting.join(WAIT_S)
    assert is_free


def test_a_link_that_carries_a_no_holds_no_higher_number_while_it_waits_for_a_lower(
    database: Database, other: Database
) -> None:
    numbers = iter((HIGH, LOW))
    store = PrivacyStore(database, RING, new_subject=lambda _: next(numbers), new_receipt=lambda: "receipt")
    assert [store.subject_of(one) for one in (PHONE, ANNA)] == [HIGH, LOW]
    store.say([PHONE], {P: NO}, at(1))
    linking = threading.Thread(target=store.link, args=("phone", "anna", at(2)))
    with other.transaction() as connection:
        connection.exec_driver_sql(f"UPDATE shoppers SET state = state WHERE subject = {LOW}")
        linking.start()
        until_somebody_waits(other)
        is_free = may_change(other, HIGH)
    linking.join(WAIT_S)
    assert is_free


REMOVALS: dict[str, Callable[[PrivacyStore], object]] = {
    "opt_out": lambda store: store.opt_out([ANNA], [P, T], at(2)),
    "sweep": lambda store: store.sweep({"view": moment(9)}),
}


@pytest.mark.parametrize("remove", REMOVALS.values(), ids=REMOVALS)
def test_who_waits_for_an_event_to_remove_holds_no_later_one(
    store: PrivacyStore, other: Database, remove: Callable[[PrivacyStore], object]
) -> None:
    keep(store, event(store, ANNA, "z"))
    keep(store, event(store, ANNA, "a"))
    removing = threading.Thread(target=remove, args=(store,))
    with other.transaction() as connection:
        connection.exec_driver_sql("UPDATE kept_events SET at = at WHERE event_id = 'a'")
        removing.start()
        until_somebody_waits(other)
        free = connection.exec_driver_sql("SELECT event_id FROM kept_events FOR UPDATE SKIP LOCKED").scalars().all()
    removing.join(WAIT_S)
    assert sorted(free) == ["a", "z"]


def test_who_waits_for_an_event_to_keep_holds_no_later_one(store: PrivacyStore, other: Database) -> None:
    events = [event(store, ANNA, event_id) for event_id in ("z", "a")]
    keeping = threading.Thread(target=keep, args=(store, *events))
    with other.transaction() as connection:
        assert kept.keep(connection, events[1:]) == 1
        keeping.start()
        until_somebody_waits(other)
        # Were it held, the server would end one of the two.
        assert kept.keep(connection, events[:1]) == 1
    keeping.join(WAIT_S)


def until_somebody_waits(database: Database) -> None:
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    pause = threading.Event()
    for _ in range(int(WAIT_S / 0.01)):
        with database.reading() as connection:
            if connection.exec_driver_sql(waiting).scalar():
                return
        pause.wait(0.01)
    raise AssertionError("nobody waits")
