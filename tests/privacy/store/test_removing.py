"""What is removed is gone from SQLite's files too: from the database, and from the log beside it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from privacy.consent import Purpose
from privacy.preferences import Channel, ContactWord
from privacy.store.bulk import Bulk, GivenAnswer
from privacy.store.database import BUSY_S, Database
from privacy.store.store import PrivacyStore
from privacy.topics import TopicWord
from tests.privacy.store.conftest import RING
from tests.privacy.store.files import bytes_on_disk
from tests.privacy.store.shoppers import ANNA, BOB, LAPTOP, NO, PHONE, YES, P, T, at, event, keep, moment

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

ITEM, TOPIC = b"e1s item", b"toys/adult"


def fill(store: PrivacyStore) -> None:
    """Something of Anna's in the file as well as in the log, among what is others'."""
    keep(store, *(event(store, BOB, f"b{number}") for number in range(500)), event(store, ANNA, "e1"))
    store.prefer([ANNA], {TOPIC.decode(): TopicWord.MUTE}, {(Channel.EMAIL, ""): ContactWord(allowed=False)})


REMOVALS: dict[str, Callable[[PrivacyStore, Database], object]] = {
    "erase": lambda store, _: store.erase([ANNA], moment(2)),
    "opt_out": lambda store, _: store.opt_out([ANNA], [P, T], at(2)),
    "record": lambda store, _: store.record([ANNA], {P: NO, T: NO, Purpose.CONTACT: YES}, at(2)),
    "sweep": lambda store, _: store.sweep({"view": moment(9)}),
    "import": lambda _, database: Bulk(database, RING, lambda _: 99).answers(
        [GivenAnswer(ANNA, purpose, NO, moment(2)) for purpose in (P, T)]
    ),
}


@pytest.mark.parametrize("remove", REMOVALS.values(), ids=REMOVALS)
def test_no_byte_of_what_was_removed_is_left(
    database: Database, store: PrivacyStore, tmp_path: Path, remove: Callable[[PrivacyStore, Database], object]
) -> None:
    fill(store)
    assert ITEM in bytes_on_disk(tmp_path)
    remove(store, database)
    assert ITEM not in bytes_on_disk(tmp_path)


def test_wishes_are_erased_of_who_did_nothing_too(database: Database, store: PrivacyStore, tmp_path: Path) -> None:
    store.prefer([PHONE], {TOPIC.decode(): TopicWord.MUTE}, {})
    assert TOPIC in bytes_on_disk(tmp_path)
    store.erase([PHONE], moment(2))
    assert TOPIC not in bytes_on_disk(tmp_path)
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM ledger").scalar() == 1


def test_a_reader_in_the_way_fails_nothing_and_the_next_who_writes_empties_the_log(
    database: Database, store: PrivacyStore, tmp_path: Path
) -> None:
    fill(store)
    with database.reading() as reader:
        reader.exec_driver_sql("SELECT count(*) FROM kept_events").scalar()
        assert store.erase([ANNA], moment(2)).n_events == 1
        assert ITEM in bytes_on_disk(tmp_path)
    store.say([LAPTOP], {P: YES}, at(3))
    assert ITEM not in bytes_on_disk(tmp_path)


def test_writers_wait_for_each_other_afterwards_as_long_as_before(database: Database, store: PrivacyStore) -> None:
    fill(store)
    store.erase([ANNA], moment(2))
    with database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == BUSY_S * 1_000
