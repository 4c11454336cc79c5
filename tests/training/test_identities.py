"""Whose a visitor is, and when: seen in which sessions and orders share a shopper."""

from collections.abc import Sequence
from pathlib import Path

from tests.training.worlds import Row, World, answer, event, link
from training.ingest import ingest

YES = [answer("visitor", "phone", "granted")]


def shoppers(tmp_path: Path, consent: Sequence[Row], links: Sequence[Row]) -> list[str]:
    """Whose the phone's views at 10, 100 and 200 minutes are, by the order that each customer has."""
    views = [event(f"view {at}", at, visitor_id="phone") for at in (10, 100, 200)]
    orders = [event(f"order {name}", 300, item_id="rug", event_type="purchase", customer_id=name) for name in "abc"]
    grants = [answer("customer", name, "granted") for name in "abc"]
    world = World(events=[*views, *orders], consent=[*YES, *consent, *grants], identities=links)
    histories, _ = ingest(world.write(tmp_path), quarantine=tmp_path / "bad")
    names = dict(zip(histories.order_shopper.tolist(), "abc", strict=True))
    return [names.get(number, "phone") for number in histories.session_shopper.tolist()]


def test_before_its_first_link_a_visitor_is_the_customer_of_that_link(tmp_path: Path) -> None:
    assert shoppers(tmp_path, [], [link("phone", "b", 150)]) == ["b", "b", "b"]


def test_a_visitor_is_the_customer_of_its_latest_link_so_far(tmp_path: Path) -> None:
    links = [link("phone", "b", 5), link("phone", "a", 100), link("phone", "c", 201)]
    assert shoppers(tmp_path, [], links) == ["b", "a", "a"]


def test_of_links_at_one_instant_the_smallest_customer_counts(tmp_path: Path) -> None:
    assert shoppers(tmp_path, [], [link("phone", "c", 5), link("phone", "b", 5)]) == ["b", "b", "b"]


def test_a_link_to_a_customer_never_asked_joins_nothing(tmp_path: Path) -> None:
    assert shoppers(tmp_path, [], [link("phone", "never asked", 5)]) == ["phone", "phone", "phone"]


def test_a_link_without_time_joins_nothing(tmp_path: Path) -> None:
    good = [link("laptop", "a"), link("tablet", "a")]
    timeless = link("phone", "b") | {"linked_at": None}
    assert shoppers(tmp_path, [], [timeless, *good]) == ["phone", "phone", "phone"]


def test_the_customer_of_an_event_goes_before_any_link(tmp_path: Path) -> None:
    world = World(
        events=[
            event("1", 1, customer_id="a", visitor_id="phone"),
            event("2", 2, event_type="purchase", customer_id="a"),
        ],
        consent=[*YES, answer("customer", "a", "granted"), answer("customer", "b", "granted")],
        identities=[link("phone", "b")],
    )
    histories, _ = ingest(world.write(tmp_path), quarantine=tmp_path / "bad")
    assert histories.session_shopper.tolist() == histories.order_shopper.tolist() == [0]
