"""What is told of items to one worker or server is obeyed by all of them, through restarts, swaps and outages."""

import os
import secrets
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import grpc
import pytest
from shopkeeper.v1 import catalogue_service_pb2 as pb
from shopkeeper.v1 import recommendation_service_pb2 as rec_pb
from shopkeeper.v1.catalogue_service_pb2_grpc import CatalogueServiceStub
from shopkeeper.v1.recommendation_service_pb2_grpc import RecommendationServiceStub

from bench.serving.parts import Postgres
from privacy.keys import new_ring, write_ring
from tests.integration.doors import Door
from tests.integration.two_workers import Shop, channels_to_both
from tests.service.mlflow_registry import SqliteRegistry, forgive_mlflow
from tests.service.waiting import until

pytestmark = forgive_mlflow

PROMISED_S, BUSY = 1.0, 5
"""Within what time all obey, and how many times as long a test waits on a machine that others use too."""
N_FRESH, N_AGAIN = 20, 10
PAGE = rec_pb.RecommendRequest(placement="product_page", item_id="camera", max_results=9)
ALL = {"bag", "card", "lens", "strap"}


def tell(channel: grpc.Channel, **available: bool) -> None:
    """Say which items can be bought."""
    items = [pb.ItemUpdate(item_id=item_id, available=can) for item_id, can in available.items()]
    CatalogueServiceStub(channel).UpdateItems(pb.UpdateItemsRequest(items=items), timeout=20)


def shown(channel: grpc.Channel) -> set[str]:
    """What the page shows."""
    answer = RecommendationServiceStub(channel).Recommend(PAGE, timeout=20)
    return {item.item_id for item in answer.recommendations}


def wait_for_all(channels: Sequence[grpc.Channel], items: set[str]) -> None:
    """Until every connection shows these items, for as long as it may take."""
    until(
        lambda: all(shown(channel) == items for channel in channels),
        f"all to show {sorted(items)}",
        patience_s=BUSY * PROMISED_S,
    )


@pytest.fixture(scope="module")
def shop(
    registry: SqliteRegistry,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Shop]:
    """A server of two workers."""
    made = Shop(tmp_path_factory.mktemp("shop") / "state", registry)
    yield made.ready()
    made.server.end()


def test_what_one_worker_is_told_is_obeyed_by_all_from_then_on(shop: Shop) -> None:
    with ExitStack() as stack:
        channels = channels_to_both(shop, stack)
        for sold_out, left in (({"bag"}, ALL - {"bag"}), ({"bag", "lens"}, {"card", "strap"}), (set[str](), ALL)):
            tell(channels[0], **{item: item not in sold_out for item in ALL})
            assert shown(channels[0]) == left
            wait_for_all(channels, left)
            fresh = [stack.enter_context(shop.channel()) for _ in range(N_FRESH)]
            assert all(shown(channel) == left for _ in range(N_AGAIN) for channel in (*channels, *fresh))


def test_a_new_model_never_shows_what_is_sold_out_on_any_worker(shop: Shop) -> None:
    with ExitStack() as stack:
        channels = channels_to_both(shop, stack)
        tell(channels[0], bag=False)
        wait_for_all(channels, ALL - {"bag"})
        after = shop.train()

        def all_have_swapped() -> bool:
            stub = [RecommendationServiceStub(channel) for channel in channels]
            answers = [one.Recommend(PAGE, timeout=20) for one in stub]
            assert not any(item.item_id == "bag" for answer in answers for item in answer.recommendations)
            return all(answer.model_version == after for answer in answers)

        until(all_have_swapped, "both workers to have the new model")


def test_a_worker_in_the_place_of_one_that_was_killed_has_forgotten_nothing(shop: Shop) -> None:
    with ExitStack() as stack:
        channels = channels_to_both(shop, stack)
        tell(channels[0], card=False)
        left = shown(channels[0])
        assert "card" not in left
        # The other one hears of it within a second, and the killed one's place is taken sooner.
        wait_for_all(channels, left)
        n_listening = len(shop.listening(2))
        os.kill(shop.pids()[2], signal.SIGKILL)
        until(lambda: len(shop.listening(2)) > n_listening, "another worker in its place")
        fresh = channels_to_both(shop, stack)
        assert [shown(channel) for channel in fresh] == [left] * len(fresh)


def test_servers_on_one_postgresql_obey_each_other_and_go_on_without_it(
    start: Callable[..., Door],
    postgres: Postgres,
    tmp_path: Path,
) -> None:
    keys = tmp_path / "keys"
    write_ring(new_ring(secrets.token_bytes), keys, replace=False)
    with ExitStack() as stack:
        doors = [start("--state-uri", postgres.uri, "--keys", str(keys)) for _ in range(2)]
        channels = [stack.enter_context(grpc.insecure_channel(door.address)) for door in doors]
        tell(channels[0], bag=False)
        assert shown(channels[0]) == ALL - {"bag"}
        wait_for_all(channels, ALL - {"bag"})
        postgres.stop()
        with pytest.raises(grpc.RpcError) as caught:
            tell(channels[1], card=False)
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        assert [shown(channel) for channel in channels] == [ALL - {"bag"}] * 2
        postgres.start()
        until(lambda: _is_told(channels[1], card=False), "the database to be found")
        wait_for_all(channels, {"lens", "strap"})


def _is_told(channel: grpc.Channel, **available: bool) -> bool:
    try:
        tell(channel, **available)
    except grpc.RpcError:
        return False
    return True
