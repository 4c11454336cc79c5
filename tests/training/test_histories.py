"""Items and what is known of them."""

from collections.abc import Sequence
from pathlib import Path

from models.histories import Histories
from tests.training.worlds import Row, World, answer, event
from training.ingest import ingest


def described(tmp_path: Path, events: Sequence[Row], catalogue: Sequence[Row] | None) -> Histories:
    world = World(events=events, consent=[answer("customer", "anna", "granted")], catalogue=catalogue)
    return ingest(world.write(tmp_path), quarantine=tmp_path / "bad")[0]


def priced(event_id: str, item_id: str, unit_price: float | None, customer_id: str = "anna") -> Row:
    return event(event_id, 1, item_id, "purchase", customer_id=customer_id, unit_price=unit_price)


def test_without_a_catalogue_an_item_costs_the_median_of_what_consenting_shoppers_paid(tmp_path: Path) -> None:
    events = [
        priced("1", "lamp", 10.00),
        priced("2", "lamp", 10.03),
        priced("3", "lamp", 99.0, "nobody asked"),
        priced("4", "lamp", None),
        priced("5", "rug", None),
    ]
    histories = described(tmp_path, events, None)
    assert histories.items.ids == ("lamp", "rug")
    assert histories.catalogue.prices_minor.tolist() == [1001, -1]
    assert histories.catalogue.available.tolist() == [True, True]
    assert list(histories.catalogue.titles) == ["", ""]


def test_the_catalogue_names_and_prices_items_and_may_hold_more_of_them(tmp_path: Path) -> None:
    catalogue: list[Row] = [
        {"item_id": "rug", "title": "Rug", "category": "home/floor", "price": 19.99, "available": False},
        {"item_id": "lamp", "title": "Lamp", "category": None, "price": None, "available": None},
    ]
    histories = described(tmp_path, [priced("1", "lamp", 0.29)], catalogue)
    assert histories.items.ids == ("lamp", "rug")
    assert list(histories.catalogue.titles) == ["Lamp", "Rug"]
    assert list(histories.catalogue.categories) == ["", "home/floor"]
    assert histories.catalogue.prices_minor.tolist() == [29, 1999]
    assert histories.catalogue.available.tolist() == [True, False]


def test_what_the_catalogue_says_is_told_from_what_sales_say(tmp_path: Path) -> None:
    catalogue: list[Row] = [
        {"item_id": "rug", "title": "Rug", "price": None},
        {"item_id": "lamp", "title": None, "price": 19.99},
    ]
    listed = described(tmp_path, [priced("1", "rug", 5), priced("2", "vase", 5)], catalogue).catalogue
    assert listed.is_listed is not None
    assert listed.title_is_listed is not None
    assert listed.price_is_listed is not None
    assert listed.is_listed.tolist() == [True, True, False]  # lamp, rug, vase
    assert listed.title_is_listed.tolist() == [False, True, False]
    assert listed.price_is_listed.tolist() == [True, False, False]


def test_an_item_that_the_catalogue_lacks_cannot_be_bought(tmp_path: Path) -> None:
    catalogue = [{"item_id": "rug", "title": "Rug"}]
    histories = described(tmp_path, [priced("1", "lamp", 5)], catalogue)
    assert histories.items.ids == ("lamp", "rug")
    assert histories.catalogue.available.tolist() == [False, True]


def test_of_an_item_listed_twice_one_row_counts_whatever_the_order(tmp_path: Path) -> None:
    twice = [{"item_id": "rug", "title": title} for title in ("Rug", "Carpet")]
    for catalogue in (twice, twice[::-1]):
        assert list(described(tmp_path, [priced("1", "rug", 5)], catalogue).catalogue.titles) == ["Carpet"]


def test_items_are_indexed_by_the_bytes_of_their_ids(tmp_path: Path) -> None:
    ids = ["é", "z", "Z", "10", "9", "😀", "\uffee"]
    histories = described(tmp_path, [priced(item_id, item_id, 1) for item_id in ids], None)
    assert histories.items.ids == ("10", "9", "Z", "z", "é", "\uffee", "😀")
    assert histories.orders_items.indices.tolist() == list(range(7))
