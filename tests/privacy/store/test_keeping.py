"""What people did is kept once, as far as they let it be, and as long."""

from privacy.consent import Purpose
from privacy.store.store import PrivacyStore
from tests.privacy.store.shoppers import ANNA, BOB, NO, P, at, event, keep, moment


def test_opting_out_of_all_forgets_what_was_kept(store: PrivacyStore) -> None:
    keep(store, event(store, ANNA, "e1"), event(store, BOB, "e2"))
    store.opt_out([ANNA], [P], at(2))
    assert len(store.past(store.find([ANNA]), 9)[0]) == 1
    store.opt_out([ANNA], tuple(Purpose), at(3))
    assert store.past(store.find([ANNA]), 9)[0] == []
    assert [act.item_id for act in store.past(store.find([BOB]), 9)[0]] == ["e2s item"]


def test_an_event_is_kept_once(store: PrivacyStore) -> None:
    one = event(store, ANNA, "e1")
    assert (keep(store, one), keep(store, one)) == (1, 0)


def test_what_may_not_be_kept_is_not(store: PrivacyStore) -> None:
    events = [event(store, ANNA, "e1"), event(store, BOB, "e2")]
    store.say([BOB], {P: NO}, at(1))
    store.keep(
        [[event.subject] for event in events],
        lambda people: [
            None if P in person.known[0].state.answers else event for event, person in zip(events, people, strict=True)
        ],
    )
    assert [act.item_id for act in store.past(store.find([ANNA, BOB]), 9)[0]] == ["e1s item"]


def test_the_latest_events_come_first(store: PrivacyStore) -> None:
    keep(store, *(event(store, ANNA, f"e{hour}", hour) for hour in (2, 3, 1)))
    assert [act.item_id for act in store.past(store.find([ANNA]), 2)[0]] == ["e3s item", "e2s item"]


def test_a_sweep_removes_what_is_older_than_its_cutoff(store: PrivacyStore) -> None:
    keep(store, *(event(store, ANNA, f"e{hour}", hour) for hour in (1, 2, 3)))
    assert store.sweep({"view": moment(2), "purchase": moment(9)}) == {"view": 1, "purchase": 0}
    assert [act.item_id for act in store.past(store.find([ANNA]), 9)[0]] == ["e3s item", "e2s item"]
