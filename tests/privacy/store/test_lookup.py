"""Looking a shopper up fails closed."""

from dataclasses import replace
from pathlib import Path

import pytest

from privacy.consent import Identity, Purpose, ShopperKind, Status
from privacy.person import NOBODY
from privacy.pseudonyms import Pseudonymiser
from privacy.store.database import Database, StoreUnavailableError
from privacy.store.lookup import Lookup
from privacy.store.migrating import migrate
from privacy.store.store import PrivacyStore
from privacy.times import microseconds
from tests.privacy.store.conftest import RING, store_on
from tests.privacy.store.shoppers import ANNA, BOB, PHONE, at, event, keep, moment, statuses


def test_a_look_up_sees_what_another_connection_has_just_written(database: Database, store: PrivacyStore) -> None:
    lookup = Lookup(database, Pseudonymiser(RING))
    for status in (Status.GRANTED, Status.DENIED, Status.GRANTED, Status.DENIED):
        hour = len(lookup.find([ANNA]).known)
        store.say([ANNA], {Purpose.PERSONALISATION: status}, at(hour + 1))
        found = lookup.find([ANNA]).answers(Purpose.PERSONALISATION).values()
        assert [answer.status for answer in found if answer] == [Status.DENIED if hour else status]
        if status is Status.DENIED:
            break


def test_both_ids_of_a_request_are_found_in_one_look_up(store: PrivacyStore) -> None:
    store.say([ANNA], {Purpose.PERSONALISATION: Status.GRANTED}, at(1))
    store.say([PHONE], {Purpose.PERSONALISATION: Status.DENIED}, at(1))
    assert sorted(map(str, statuses(store, ANNA, PHONE))) == ["denied", "granted"]


def test_nobody_is_asked_for_nobody(store: PrivacyStore) -> None:
    assert store.find([]).known == ()


def test_a_database_without_tables_is_unavailable(tmp_path: Path) -> None:
    lookup = Lookup(Database(f"sqlite:///{tmp_path / 'empty.db'}"), Pseudonymiser(RING))
    with pytest.raises(StoreUnavailableError):
        lookup.find([Identity(ShopperKind.CUSTOMER, "anna")])


def test_what_was_bought_or_waved_away_is_found_however_much_was_done_since(store: PrivacyStore) -> None:
    did = {"e1": "purchase", "e2": "dismiss", "e3": "view", "e4": "view", "e5": "purchase"}
    keep(store, *(replace(event(store, ANNA, name, int(name[1])), event_type=kind) for name, kind in did.items()))
    keep(store, replace(event(store, BOB, "b1", 1), event_type="purchase"))
    recent = store.past(store.find([ANNA]), 2)[0]
    assert [act.item_id[:2] for act in recent] == ["e5", "e4", "e2", "e1"]


def test_what_happened_at_one_moment_is_found_once(store: PrivacyStore) -> None:
    keep(store, *(replace(event(store, ANNA, name), event_type="purchase") for name in ("e1", "e2", "e3")))
    recent = store.past(store.find([ANNA]), 2)[0]
    assert sorted(act.item_id[:2] for act in recent) == ["e1", "e2", "e3"]
    assert {act.at_us for act in recent} == {moment(1).timestamp() * 1_000_000}


def test_what_was_shown_is_apart_from_what_was_done(store: PrivacyStore) -> None:
    did = {"e1": "view", "e2": "impression", "e3": "impression", "e4": "click", "e5": "impression"}
    keep(store, *(replace(event(store, ANNA, name, int(name[1])), event_type=kind) for name, kind in did.items()))
    keep(store, replace(event(store, BOB, "b1", 5), event_type="impression"))
    anna = store.find([ANNA])
    assert [act.item_id[:2] for act in store.past(anna, 9)[0]] == ["e4", "e1"]
    assert [act.item_id[:2] for act in store.past(anna, 9, microseconds(moment(3)))[1]] == ["e5", "e3"]
    assert store.past(NOBODY, 9) == ([], [])


@pytest.mark.parametrize("identities", [[ANNA], [ANNA, PHONE], [ANNA, BOB, PHONE]], ids=len)
@pytest.mark.parametrize("kind", ["view", "purchase", "impression"])
def test_a_page_reads_only_what_its_shopper_did(tmp_path: Path, kind: str, identities: list[Identity]) -> None:
    """And not what the shop did, or what a shopper was shown as well: each question goes by an index of its own."""
    database = Database(f"sqlite:///{tmp_path / 'state.db'}")
    migrate(database)
    seen: list[str] = []
    lookup = Lookup(database, Pseudonymiser(RING))
    store = store_on(database)
    for identity in identities:
        keep(store, *(replace(event(store, identity, f"{identity.id}{n}"), event_type=kind) for n in range(3)))
    lookup._reader._connection().set_trace_callback(seen.append)  # type: ignore[attr-defined]
    lookup.past(lookup.find(identities), 1, 0)
    with database.reading() as connection:
        plans = {
            str(row[3])
            for one in seen
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}")
            if "kept_events" in row[3]
        }
    wanted = {"showings", "acts"} | ({"ruling_out"} if kind != "impression" else set())
    assert {plan.split(" INDEX ")[1] for plan in plans} == {
        f"kept_events_{name} (subject=?{' AND at>?' if name == 'showings' else ''}"
        f"{' AND at<?' if name == 'ruling_out' else ''})"
        for name in wanted
    }
    # What everybody's page asks is all in the index.
    assert all("COVERING" in plan or "ruling_out" in plan for plan in plans)
    database.close()


@pytest.mark.parametrize(
    "act", [Path.unlink, lambda path: path.rename(path.with_suffix(".old"))], ids=["gone", "moved"]
)
def test_a_file_that_is_not_there_any_more_is_unavailable(tmp_path: Path, act) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "state.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    store = store_on(database)
    assert store.find([ANNA]).known == ()
    act(path)
    with pytest.raises(StoreUnavailableError):
        store.find([ANNA])
    path.touch()
    with pytest.raises(StoreUnavailableError):
        store.find([ANNA])
    database.close()
