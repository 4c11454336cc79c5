"""grpc.health.v1: whether this server should be sent traffic."""

import asyncio
from collections.abc import Iterable
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from service.api.admission import Admission, refuse_for_now

MAX_WATCHERS = 64
"""Who watches needs no token and stays: more than the balancers of a server, and few beside its calls."""


class Health(health_pb2_grpc.HealthServicer):  # type: ignore[misc]  # the library ships no types
    """One state for the server as a whole and for each of its services.

    Watchers are sent away when the server closes; the servicer of grpcio-health-checking keeps them, and a drain would
    wait for them until its time is up. It takes any number of them too, and they would take the room of all calls.

    Args:
        services: Full names; "" stands for the server.
    """

    def __init__(self, services: Iterable[str]) -> None:
        self._services = frozenset(services)
        self._status = health_pb2.HealthCheckResponse.NOT_SERVING
        self._leaving = self._closing = False
        self._watchers = Admission(MAX_WATCHERS)
        self._changed = asyncio.Event()

    def serving(self) -> None:
        """From now on traffic is welcome, unless the server is leaving."""
        if not self._leaving:
            self._turn(health_pb2.HealthCheckResponse.SERVING)

    def leave(self) -> None:
        """No more traffic, for good; watchers are told, and stay."""
        self._leaving = True
        self._turn(health_pb2.HealthCheckResponse.NOT_SERVING)

    def close(self) -> None:
        """The same, and watchers are sent away."""
        self._leaving = self._closing = True
        self._turn(health_pb2.HealthCheckResponse.NOT_SERVING)

    async def Check(  # noqa: N802 - the wire's name
        self, request: health_pb2.HealthCheckRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> health_pb2.HealthCheckResponse:
        """The state now; NOT_FOUND for another service."""
        if request.service not in self._services:
            await context.abort(grpc.StatusCode.NOT_FOUND, f"no service {request.service!r} here")
        return health_pb2.HealthCheckResponse(status=self._status)

    async def List(  # noqa: N802 - the wire's name
        self,
        request: health_pb2.HealthListRequest,  # noqa: ARG002 - as the wire has it
        context: grpc.aio.ServicerContext[Any, Any],  # noqa: ARG002
    ) -> health_pb2.HealthListResponse:
        """The state of each."""
        state = health_pb2.HealthCheckResponse(status=self._status)
        return health_pb2.HealthListResponse(statuses=dict.fromkeys(self._services, state))

    async def Watch(  # noqa: N802 - the wire's name
        self, request: health_pb2.HealthCheckRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> None:
        """The state now and whenever it changes, until the server closes; RESOURCE_EXHAUSTED where too many watch."""
        if not self._watchers.enter():
            await refuse_for_now(context)
        try:
            await self._tell(request, context)
        finally:
            self._watchers.leave()

    async def _tell(self, request: health_pb2.HealthCheckRequest, context: grpc.aio.ServicerContext[Any, Any]) -> None:
        sent = None
        while True:
            changed = self._changed
            known = request.service in self._services
            status = self._status if known else health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
            if status != sent:
                await context.write(health_pb2.HealthCheckResponse(status=status))
                sent = status
            if self._closing:
                return
            await changed.wait()

    def _turn(self, status: int) -> None:
        self._status = status
        self._changed.set()
        self._changed = asyncio.Event()
