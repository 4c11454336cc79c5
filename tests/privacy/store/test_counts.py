"""How much is held, in numbers alone."""

from privacy.consent import Purpose
from privacy.store.counts import counted, kept_before, known_by_key_alone
from privacy.store.database import Database
from privacy.store.store import PrivacyStore
from tests.privacy.rings import with_new_key
from tests.privacy.store.conftest import RING, store_on
from tests.privacy.store.shoppers import ANNA, BOB, NO, PHONE, YES, P, T, at, event, keep, moment


def test_people_answers_events_and_erasures_are_counted(database: Database, store: PrivacyStore) -> None:
    store.say([ANNA, BOB, PHONE], {P: YES}, at(1))
    store.say([ANNA], {T: NO}, at(1))
    store.say([BOB], {P: NO}, at(2))
    keep(store, event(store, ANNA, "e1", 3), event(store, PHONE, "e2", 2))
    store.erase([BOB], moment(5))
    with database.reading() as connection:
        counts = counted(connection)
    head = store.head()
    assert (counts.position, counts.hash) == (head.count, head.hash.hex())
    assert counts.people == {"customer": 2, "visitor": 1}
    assert counts.answers == {str(T): {"denied": 1}, str(P): {"granted": 2}}
    assert counts.events == {"view": 2}
    assert counts.oldest_event_at == moment(2)
    assert (counts.erasures, counts.last_erasure_at) == (1, moment(5))


def test_where_nothing_is_held_nothing_is_counted(database: Database) -> None:
    with database.reading() as connection:
        counts = counted(connection)
    assert (counts.position, counts.answers, counts.events, counts.erasures) == (0, {}, {}, 0)
    assert (counts.oldest_event_at, counts.last_erasure_at) == (None, None)


def test_what_a_sweep_would_remove_is_counted(database: Database, store: PrivacyStore) -> None:
    keep(store, *(event(store, ANNA, f"e{hour}", hour) for hour in (1, 2, 3)))
    cutoffs = {"view": moment(3), "purchase": moment(3)}
    with database.reading() as connection:
        told = kept_before(connection, cutoffs)
    assert told == {"view": 2, "purchase": 0} == store.sweep(cutoffs)


def test_who_would_be_lost_with_a_key_is_counted(database: Database, store: PrivacyStore) -> None:
    store.opt_out([ANNA, BOB, PHONE], tuple(Purpose), at(1))
    store_on(database, with_new_key(RING, lambda n_bytes: b"n" * n_bytes)).opt_out([BOB], [P], at(2))
    with database.reading() as connection:
        assert [known_by_key_alone(connection, key_id) for key_id in (1, 2)] == [2, 0]
