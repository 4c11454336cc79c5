"""A server that takes changes of items."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from shopkeeper.v1 import catalogue_service_pb2 as pb
from shopkeeper.v1 import recommendation_service_pb2 as rec_pb
from shopkeeper.v1.catalogue_service_pb2_grpc import CatalogueServiceStub

from privacy.store.database import Database
from privacy.store.migrating import migrate
from service.adapters.catalogue_store import SqlCatalogueStore
from service.core.answers import Model
from service.core.catalogue_desk import CatalogueDesk
from service.core.slot import ModelSlot
from tests.api.conftest import Running, running
from tests.api.counter import shown

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Shop:
    """A server that takes changes of items.

    Attributes:
        server: With the small shop's model, a copy of its own.
        database: Where words are kept.
        stub: Of its catalogue.
    """

    def __init__(self, server: Running, database: Database) -> None:
        self.server, self.database, self.stub = server, database, CatalogueServiceStub(server.channel)

    def tell(self, *items: pb.ItemUpdate) -> pb.UpdateItemsResponse:
        """Tell of items."""
        return self.stub.UpdateItems(pb.UpdateItemsRequest(items=items), timeout=10)

    def page(self, **given: object) -> set[str]:
        """What goes with the camera."""
        request = rec_pb.RecommendRequest(placement="product_page", item_id="camera", max_results=9, **given)
        return shown(self.server.stub.Recommend(request, timeout=10))


@contextmanager
def opened(directory: Path, model: Model | None) -> Iterator[Shop]:
    database = Database(f"sqlite:///{directory / 'state.db'}")
    desks: list[CatalogueDesk] = []

    def made(slot: ModelSlot) -> CatalogueDesk:
        store = SqlCatalogueStore(database, lambda: migrate(database))
        desks.append(CatalogueDesk(store, slot, lambda: NOW, lambda _: None))
        return desks[0]

    with running(catalogue=made) as server:
        if model is not None:
            desks[0].install(model)
        yield Shop(server, database)
    database.close()
