"""A registry behind `mlflow server`, as a team runs it: train to it, serve from it, take it away."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1.recommendation_service_pb2_grpc import RecommendationServiceStub

from tests.integration.http_registry import Registry
from tests.integration.serving import Served
from tests.training.lamps import shop_world

PAGE = pb.RecommendRequest(placement="product_page", item_id="lamp", include_titles=True)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    registry = Registry(tmp_path_factory.mktemp("registry"))
    yield registry
    registry.stop()


def shopkeeper(*arguments: str, folder: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "SHOPKEEPER_"))}
    return subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def ask(address: str) -> pb.RecommendResponse:
    with grpc.insecure_channel(address) as channel:
        return RecommendationServiceStub(channel).Recommend(PAGE, timeout=10, wait_for_ready=True)


def test_a_model_is_trained_to_it_served_from_it_and_outlives_it(registry: Registry, tmp_path: Path) -> None:
    shop = shop_world(600).write(tmp_path / "shop")
    given = ("--tracking-uri", registry.uri)
    files = ("--events", str(shop.events), "--consent", str(shop.consent))
    shopkeeper("train", *files, "--alias", "challenger", *given, folder=tmp_path)
    force = ("--force", "--reason", "a small shop of the tests")
    promoted = shopkeeper("promote", "accessories", "challenger", *force, *given, folder=tmp_path)
    assert "champion none -> version 1" in promoted

    server = Served(tmp_path / "state", registry.uri)
    try:
        server.wait_for("bundle_served", version="accessories/1", source="registry")
        assert ask(server.address).recommendations[0].item_id == "bulb"

        registry.stop()
        server.wait_for("registry_unreachable")
        assert ask(server.address).recommendations[0].item_id == "bulb"
        assert server.terminate() == 0

        server = Served(tmp_path / "state", registry.uri)
        server.wait_for("bundle_served", version="accessories/1", source="disk")
        assert ask(server.address).model_version == "accessories/1"
    finally:
        server.end()
