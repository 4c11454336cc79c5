"""shopkeeper.v1.CatalogueService over the catalogue desk."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from shopkeeper.v1 import catalogue_service_pb2 as pb
from shopkeeper.v1 import catalogue_service_pb2_grpc as pb_grpc

from service.api.catalogue_validation import read_words
from service.api.failing import fail
from service.core.catalogue_desk import CatalogueDesk, Updated
from service.log import Log

SERVICE = pb.DESCRIPTOR.services_by_name["CatalogueService"].full_name


class CatalogueServicer(pb_grpc.CatalogueServiceServicer):
    """Takes what changes about items, away from where pages are answered: a thousand items take many pages' time.

    Args:
        desk: The use case.
        log: For unexpected errors.
    """

    def __init__(self, desk: CatalogueDesk, log: Log) -> None:
        self._desk, self._log = desk, log
        # One at a time: in the database they would wait for each other too.
        self._pool = ThreadPoolExecutor(1, "catalogue")

    async def UpdateItems(  # noqa: N802 - the wire's name
        self, request: pb.UpdateItemsRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> pb.UpdateItemsResponse:
        """Keep words, and go by them."""
        try:
            updated = await asyncio.get_running_loop().run_in_executor(self._pool, self._updated, request)
        except Exception as error:  # noqa: BLE001 - the table says what becomes of it
            await fail(error, "UpdateItems", context, self._log)
        return pb.UpdateItemsResponse(
            known_items=updated.n_known, outdated_items=updated.n_outdated, model_version=updated.version
        )

    def _updated(self, request: pb.UpdateItemsRequest) -> Updated:
        return self._desk.update(read_words(request, self._desk.clock()))
