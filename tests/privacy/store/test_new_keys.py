"""A new key loses nobody."""

from privacy.keys import with_active, with_key_to_come, without_key
from privacy.store.database import Database
from tests.privacy.rings import with_new_key
from tests.privacy.store.conftest import RING, store_on
from tests.privacy.store.shoppers import ANNA, NO, YES, P, T, at, statuses


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
