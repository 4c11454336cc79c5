"""A page is answered by its caller's deadline, with what is known by then."""

import asyncio
import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, cast

import grpc
import pytest
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1 import shopper_pb2

from privacy.keys import new_ring
from privacy.rules import Rules
from service.api.answering import TO_ANSWER_S, Answering
from service.api.servicer import RecommendationServicer
from service.core.answers import Model
from service.core.arms import Arms
from service.core.desks import Desks
from service.core.placements import PLACEMENTS
from service.core.slot import ModelSlot
from tests.api.conftest import running
from tests.service.doubles import FakeShopperStore, Lines

PAGE = pb.RecommendRequest(placement="product_page", item_id="camera", shopper=shopper_pb2.Shopper(customer_id="anna"))
NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Left:
    """A call's context that has so much time left, the next of these whenever it is asked."""

    def __init__(self, *seconds: float | None) -> None:
        self._seconds: Iterator[float | None] = iter(seconds)

    def time_remaining(self) -> float | None:
        return next(self._seconds)


@pytest.fixture
def store() -> FakeShopperStore:
    return FakeShopperStore()


@pytest.fixture
def desks(store: FakeShopperStore) -> Desks:
    return Desks.on(store, new_ring(bytes), Rules(), lambda: NOW, lambda _: None)


@pytest.fixture
def servicer(desks: Desks, model: Model) -> RecommendationServicer:
    slot = ModelSlot()
    slot.model = model
    log = Lines().log
    return RecommendationServicer(Answering(Arms(slot), PLACEMENTS, desks.pages, log), log)


def in_a_call(left: Left) -> "grpc.aio.ServicerContext[Any, Any]":
    return cast("grpc.aio.ServicerContext[Any, Any]", left)


def test_a_shopper_is_looked_up_in_the_time_that_the_caller_gives_less_that_of_the_answer(
    servicer: RecommendationServicer, store: FakeShopperStore
) -> None:
    asyncio.run(servicer.recommend(PAGE.SerializeToString(), in_a_call(Left(30))))
    assert store.times_s == [30 - TO_ANSWER_S]


def test_each_page_of_a_batch_has_what_is_left_for_all(
    servicer: RecommendationServicer, store: FakeShopperStore
) -> None:
    batch = pb.BatchRecommendRequest(requests=[PAGE] * 3)
    asyncio.run(servicer.batch_recommend(batch.SerializeToString(), in_a_call(Left(30, 20, 10))))
    assert store.times_s == [left_s - TO_ANSWER_S for left_s in (30, 20, 10)]


def test_who_gives_no_deadline_waits_as_long_as_a_page_does(
    servicer: RecommendationServicer, store: FakeShopperStore
) -> None:
    asyncio.run(servicer.recommend(PAGE.SerializeToString(), in_a_call(Left(None))))
    assert store.times_s == [math.inf]


def test_a_callers_deadline_arrives(desks: Desks, model: Model, store: FakeShopperStore) -> None:
    with running(desks=desks) as server:
        server.slot.model = model
        server.stub.Recommend(PAGE, timeout=30)
        server.stub.Recommend(PAGE)
    assert list(map(math.isfinite, store.times_s)) == [True, False]
