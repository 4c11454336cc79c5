"""The README's shopper, said yes and no for as it is printed there."""

import re
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from shopkeeper.v1 import recommendation_service_pb2 as pages_pb
from shopkeeper.v1 import shopper_pb2
from shopkeeper.v1.recommendation_service_pb2_grpc import RecommendationServiceStub

from privacy.store.database import Database
from tests.integration.serving import ROOT, Served
from tests.service.conftest import registry_template  # noqa: F401 - fixture
from tests.service.mlflow_registry import SqliteRegistry, forgive_mlflow
from tests.service.shop import write_shop

pytestmark = forgive_mlflow

LAST_WORD = "    privacy.OptOut("


@pytest.fixture
def server(registry_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:  # noqa: F811
    monkeypatch.setenv("MLFLOW_SQLALCHEMYSTORE_POOLCLASS", "NullPool")
    registry = SqliteRegistry(tmp_path, registry_template)
    registry.promote(registry.publish(tmp_path / "bundle", fingerprint=write_shop(tmp_path / "bundle")))
    server = Served(tmp_path / "state", registry.uri)
    server.wait_for("bundle_served")
    yield server
    server.end()


def test_the_shopper_of_the_readme_is_obeyed(server: Served, tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"<!-- shoppers: .*?```python\n(.*?)```", text, re.DOTALL)
    assert block is not None
    program = block[1].replace("127.0.0.1:50051", server.address).replace("timeout=1)", "timeout=20)")
    until_the_no, last_word, _ = program.partition(LAST_WORD)
    assert last_word
    exec(until_the_no, {})  # noqa: S102 - the README is ours
    assert (said(server), kept(tmp_path)) == (shopper_pb2.CONSENT_REASON_GRANTED, {"view-1"})
    exec(program, {})  # noqa: S102
    assert (said(server), kept(tmp_path)) == (shopper_pb2.CONSENT_REASON_DENIED, set())


def said(server: Served) -> int:
    """Whether the shopper's history may be used."""
    shopper = shopper_pb2.Shopper(customer_id="4711")
    request = pages_pb.RecommendRequest(placement="product_page", item_id="camera", shopper=shopper)
    with grpc.insecure_channel(server.address) as channel:
        return int(RecommendationServiceStub(channel).Recommend(request, timeout=20).personalisation)


def kept(directory: Path) -> set[str]:
    """Ids of the events that are in the server's database."""
    database = Database(f"sqlite:///{directory / 'state' / 'state.db'}")
    with database.reading() as connection:
        ids = set(connection.exec_driver_sql("SELECT event_id FROM kept_events").scalars())
    database.close()
    return ids
