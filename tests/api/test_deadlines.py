"""A page is answered by its caller's deadline, with what is known by then."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1 import shopper_pb2

from privacy.keys import new_ring
from privacy.rules import Rules
from service.api.servicer import TO_ANSWER_S
from service.core.answers import Model
from service.core.desks import Desks
from tests.api.conftest import Running, running
from tests.service.doubles import FakeShopperStore

PAGE = pb.RecommendRequest(placement="product_page", item_id="camera", shopper=shopper_pb2.Shopper(customer_id="anna"))
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def store() -> FakeShopperStore:
    return FakeShopperStore()


@pytest.fixture
def at_counter(store: FakeShopperStore, model: Model) -> Iterator[Running]:
    desks = Desks.on(store, new_ring(bytes), Rules(), lambda: NOW, lambda _: None)
    with running(desks=desks) as server:
        server.slot.model = model
        yield server


def test_a_shopper_is_looked_up_in_the_time_that_the_caller_gives_less_that_of_the_answer(
    at_counter: Running, store: FakeShopperStore
) -> None:
    at_counter.stub.Recommend(PAGE, timeout=30)
    [within_s] = store.times_s
    assert 0 < within_s < 30 - TO_ANSWER_S


def test_each_page_of_a_batch_has_what_is_left_for_all(at_counter: Running, store: FakeShopperStore) -> None:
    at_counter.stub.BatchRecommend(pb.BatchRecommendRequest(requests=[PAGE] * 3), timeout=30)
    assert store.times_s == sorted(store.times_s, reverse=True)
    assert store.times_s[0] < 30 - TO_ANSWER_S


def test_who_gives_no_deadline_waits_as_long_as_a_page_does(at_counter: Running, store: FakeShopperStore) -> None:
    at_counter.stub.Recommend(PAGE)
    assert store.times_s == [math.inf]
