"""CatalogueService: what is told of items counts on the next page, and all that is wrong is said at once."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from shopkeeper.v1 import catalogue_service_pb2 as pb
from shopkeeper.v1.catalogue_service_pb2_grpc import CatalogueServiceStub

from models.bundle.reading import Bundle
from service.core.answers import Model
from tests.api.conftest import Running
from tests.api.counter import refused, stamp
from tests.api.faults import faults_of
from tests.api.shop import NOW, Shop, opened
from tests.service.shop import write_shop

AVAILABLE, PRICE = pb.ITEM_FIELD_AVAILABLE, pb.ITEM_FIELD_PRICE
Item = pb.ItemUpdate


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    write_shop(tmp_path / "bundle", prices_minor={"camera": 10_000, "bag": 2_000})
    with opened(tmp_path, Model(Bundle.open(tmp_path / "bundle"), "accessories/1")) as made:
        yield made


def test_what_is_sold_out_is_gone_from_the_next_page_though_its_answer_was_at_hand(shop: Shop) -> None:
    assert [shop.page(), shop.page()] == [{"bag", "card", "lens", "strap"}] * 2
    answer = shop.tell(Item(item_id="bag", available=False), Item(item_id="gone", available=True))
    assert [shop.page(), shop.page()] == [{"gone", "card", "lens", "strap"}] * 2
    assert answer == pb.UpdateItemsResponse(known_items=2, model_version="accessories/1")


@pytest.mark.parametrize("given", [{"cart_item_ids": ["mug"]}, {"viewed_item_ids": ["mug"]}])
def test_it_is_gone_from_pages_that_are_made_anew_too(shop: Shop, given: dict) -> None:
    assert "bag" in shop.page(**given)
    shop.tell(Item(item_id="bag", available=False))
    assert "bag" not in shop.page(**given)


def test_an_accessory_that_became_too_dear_is_not_shown_until_that_is_taken_back(shop: Shop) -> None:
    shop.tell(Item(item_id="bag", price_minor=6_001))
    assert "bag" not in shop.page()
    shop.tell(Item(item_id="bag", taken_back=[PRICE]))
    assert "bag" in shop.page()


def test_what_is_taken_back_is_as_it_was_trained(shop: Shop) -> None:
    shop.tell(Item(item_id="gone", available=True), Item(item_id="bag", available=False, price_minor=9_999))
    shop.tell(Item(item_id="gone", taken_back=[AVAILABLE]), Item(item_id="bag", taken_back=[PRICE, AVAILABLE]))
    assert shop.page() == {"bag", "card", "lens", "strap"}


def test_a_late_word_of_an_older_state_does_not_count_and_is_counted(shop: Shop) -> None:
    shop.tell(Item(item_id="bag", available=False, changed_at=stamp(NOW)))
    late = Item(item_id="bag", available=True, changed_at=stamp(NOW - timedelta(seconds=1)))
    assert shop.tell(late, Item(item_id="card", available=True)).outdated_items == 1
    assert "bag" not in shop.page()


def test_a_word_without_a_moment_is_of_now(shop: Shop) -> None:
    shop.tell(Item(item_id="bag", available=False))
    shop.tell(Item(item_id="bag", available=True, changed_at=stamp(NOW - timedelta(seconds=1))))
    assert "bag" not in shop.page()
    shop.tell(Item(item_id="bag", available=True, changed_at=stamp(NOW + timedelta(seconds=1))))
    assert "bag" in shop.page()


def test_an_item_that_the_model_does_not_know_is_kept_for_one_that_does(shop: Shop) -> None:
    assert shop.tell(Item(item_id="tent", available=False), Item(item_id="bag", price_minor=1)).known_items == 1
    with shop.database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT item_id FROM catalogue_words ORDER BY item_id").scalars().all()
    assert rows == ["bag", "tent"]


def test_a_thousand_items_are_told_in_one_call(shop: Shop) -> None:
    items = [Item(item_id=f"item-{number}", available=False) for number in range(999)]
    assert shop.tell(*items, Item(item_id="bag", available=False)).known_items == 1
    assert "bag" not in shop.page()


def test_without_a_model_words_are_taken(tmp_path: Path) -> None:
    with opened(tmp_path, None) as shop:
        assert shop.tell(Item(item_id="bag", available=False)) == pb.UpdateItemsResponse()


@pytest.mark.parametrize(
    ("item", "field", "words"),
    [
        (Item(available=True), "items[0].item_id", "is empty"),
        (Item(item_id="x" * 129, available=True), "items[0].item_id", "is longer than 128 bytes"),
        (Item(item_id="a\n", available=True), "items[0].item_id", "has control characters"),
        (Item(item_id="bag"), "items[0]", "says nothing"),
        (Item(item_id="bag", price_minor=-1), "items[0].price_minor", "is negative"),
        (Item(item_id="bag", taken_back=[0]), "items[0].taken_back[0]", "is no field"),
        (Item(item_id="bag", taken_back=[9]), "items[0].taken_back[0]", "is no field"),
        (Item(item_id="bag", taken_back=[PRICE, PRICE]), "items[0].taken_back[1]", "is there already"),
        (Item(item_id="bag", price_minor=0, taken_back=[PRICE]), "items[0].taken_back[0]", "price_minor or take it"),
        (Item(item_id="bag", available=False, taken_back=[AVAILABLE]), "items[0].taken_back[0]", "is set as well"),
        *(
            (Item(item_id="bag", price_minor=1, changed_at=moment), "items[0].changed_at", "between 2000-01-01 and now")
            for moment in (Timestamp(), stamp(NOW + timedelta(seconds=61)), Timestamp(seconds=2**62))
        ),
    ],
)
def test_a_field_out_of_its_range_is_named_and_says_what_is_wrong(
    shop: Shop, item: pb.ItemUpdate, field: str, words: str
) -> None:
    faults = faults_of(shop.stub.UpdateItems, pb.UpdateItemsRequest(items=[item]))
    assert list(faults) == [field]
    assert words in faults[field]


@pytest.mark.parametrize("n_items", [0, 1_001])
def test_no_items_or_too_many_are_refused(shop: Shop, n_items: int) -> None:
    request = pb.UpdateItemsRequest(items=[Item(item_id=str(n), available=True) for n in range(n_items)])
    assert faults_of(shop.stub.UpdateItems, request) == {"items": f"holds {n_items}; give 1 to 1000 in one call"}


def test_every_fault_is_told_at_once_and_nothing_is_applied(shop: Shop) -> None:
    items = [Item(item_id="bag", available=False), Item(item_id="card"), Item(item_id="bag", price_minor=-5)]
    faults = faults_of(shop.stub.UpdateItems, pb.UpdateItemsRequest(items=items))
    assert set(faults) == {"items[1]", "items[2].price_minor", "items[2].item_id"}
    assert "bag" in shop.page()


def test_while_the_database_is_gone_the_shop_is_to_tell_again_and_pages_go_on(shop: Shop, tmp_path: Path) -> None:
    shop.tell(Item(item_id="bag", available=False))
    (tmp_path / "state.db").rename(tmp_path / "away.db")
    request = pb.UpdateItemsRequest(items=[Item(item_id="card", available=False)])
    assert refused(shop.stub.UpdateItems, request) == (grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE")
    assert shop.page() == {"card", "lens", "strap"}
    (tmp_path / "away.db").rename(tmp_path / "state.db")
    shop.tell(Item(item_id="card", available=False))
    assert shop.page() == {"lens", "strap"}


def test_without_a_database_there_is_no_such_service(server: Running) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        CatalogueServiceStub(server.channel).UpdateItems(pb.UpdateItemsRequest())
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
