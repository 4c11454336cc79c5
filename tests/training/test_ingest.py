"""From files to histories: what is used, what is not, and that the counts add up."""

from pathlib import Path

from tests.training.worlds import World, answer, event, link
from training.ingest import ingest

ANNA = answer("customer", "anna", "granted")


def test_orders_and_sessions_of_a_consenting_customer_become_rows(tmp_path: Path) -> None:
    world = World(
        events=[
            event("1", 10, "lamp", customer_id="anna"),
            event("2", 12, "bulb", customer_id="anna"),
            event("3", 13, "bulb", customer_id="anna"),
            event("4", 15, "lamp", "purchase", customer_id="anna", order_id="A"),
            event("5", 15, "bulb", "purchase", customer_id="anna", order_id="A"),
            event("6", 90, "rug", customer_id="anna"),
            event("7", 95, "rug", customer_id="bob"),
        ],
        consent=[ANNA],
    )
    histories, report = ingest(world.write(tmp_path), quarantine=tmp_path / "bad")
    assert histories.items.ids == ("bulb", "lamp", "rug")
    assert histories.orders_items.toarray().tolist() == [[1, 1, 0]]
    assert histories.sessions_items.toarray().tolist() == [[2, 1, 0], [0, 0, 1]]
    assert (histories.session_time_s - histories.order_time_s[0]).tolist() == [-300, 4500]
    assert histories.order_shopper.tolist() == [0]
    assert histories.session_shopper.tolist() == [0, 0]
    assert report.n_excluded == {"never_asked": 1}
    assert report.n_events_used == {"purchase": 2, "view": 4}


def test_a_visitor_joins_the_customer_it_is_linked_to(tmp_path: Path) -> None:
    world = World(
        events=[event("1", 10, visitor_id="v"), event("2", 60, "bulb", "purchase", customer_id="anna")],
        consent=[ANNA, answer("visitor", "v", "granted")],
        identities=[link("v", "anna", 30)],
    )
    histories, _ = ingest(world.write(tmp_path), quarantine=tmp_path / "bad")
    assert histories.order_shopper.tolist() == histories.session_shopper.tolist() == [0]
