"""`shopkeeper rollback` as an operator types it: the server that follows the alias answers from the version before."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1.recommendation_service_pb2_grpc import RecommendationServiceStub

from tests.integration.serving import ROOT, Served, promoted
from tests.service.conftest import registry_template  # noqa: F401 - fixture
from tests.service.mlflow_registry import SqliteRegistry, forgive_mlflow
from tests.service.shop import write_shop
from tests.service.waiting import until

pytestmark = forgive_mlflow

PAGE = pb.RecommendRequest(placement="product_page", item_id="camera")


@pytest.fixture
def registry(tmp_path: Path, registry_template: Path) -> Iterator[SqliteRegistry]:  # noqa: F811
    with promoted(tmp_path, registry_template) as made:
        made.publish(tmp_path / "second", fingerprint=write_shop(tmp_path / "second"))
        yield made


@pytest.fixture
def server(registry: SqliteRegistry, tmp_path: Path) -> Iterator[Served]:
    """Follows the alias as often as it does by default."""
    served = Served(tmp_path / "state", registry.uri)
    served.wait_for("bundle_served", version="accessories/1", source="registry")
    yield served
    served.end()


def shopkeeper(registry: SqliteRegistry, *arguments: str) -> str:
    given = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "SHOPKEEPER_"))}
    return subprocess.run(
        [sys.executable, "-m", "cli", *arguments, "--tracking-uri", registry.uri],
        cwd=registry.database.parent,
        env=given | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "proto")))},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_answers_come_from_the_version_before_and_none_fails_on_the_way(
    registry: SqliteRegistry, server: Served
) -> None:
    shopkeeper(registry, "promote", "accessories", "2", "--force", "--reason", "a small shop of the tests")
    with grpc.insecure_channel(server.address) as channel, ThreadPoolExecutor(1) as beside:
        stub = RecommendationServiceStub(channel)

        def version_answering() -> str:
            answer = stub.Recommend(PAGE, timeout=10)
            assert len(answer.recommendations) == 3
            return str(answer.model_version)

        until(lambda: version_answering() == "accessories/2", "the promoted version to answer")
        command = beside.submit(
            shopkeeper, registry, "rollback", "accessories", "--reason", "it shows what is sold out"
        )
        until(lambda: version_answering() == "accessories/1", "the version before to answer")
        assert command.result(60).startswith("accessories: champion version 2 -> version 1\n")
