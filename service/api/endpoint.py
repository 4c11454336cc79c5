"""The gRPC server: recommendations, shoppers' words and events, health and reflection on one port."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2_grpc
from shopkeeper.v1 import catalogue_service_pb2_grpc as catalogue_grpc
from shopkeeper.v1 import event_service_pb2_grpc as event_grpc
from shopkeeper.v1 import privacy_service_pb2_grpc as privacy_grpc

from service.api import catalogue_servicer, event_servicer, privacy_servicer
from service.api.admission import Admission
from service.api.answering import Answering
from service.api.catalogue_servicer import CatalogueServicer
from service.api.door import Door
from service.api.event_servicer import EventServicer
from service.api.health import MAX_WATCHERS, Health
from service.api.held_back import MAX_HELD_BACK, Lobby
from service.api.listener import Handlers, Listener
from service.api.privacy_servicer import PrivacyServicer
from service.api.servicer import SERVICE, RecommendationServicer
from service.api.shadows import Choice
from service.api.watched import Watched
from service.core.arms import Arms
from service.core.callers import Callers
from service.core.catalogue_desk import CatalogueDesk
from service.core.desks import Desks
from service.core.personal import PersonalPages
from service.core.placements import Placement
from service.core.recommendation import recommend
from service.core.slot import ModelSlot
from service.log import Log
from service.watching.meters import Meters
from service.workers.address import written

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

MAX_MESSAGE_BYTES = 12 * 1024 * 1024
"""Holds the largest valid batch: 100 requests of 701 ids of 128 bytes and 100 topics of 256."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many calls there may be.

    Attributes:
        concurrent_calls: Calls taken at once.
        waiting_calls: Calls that wait to be taken; what is beyond is ended by the framework as it comes in,
            CANCELLED. To take a call costs as much as to answer a page that is at hand, so where three times as
            many come as can be answered there is no time to refuse them one by one.
    """

    concurrent_calls: int
    waiting_calls: int


@dataclass(frozen=True, slots=True)
class Guard:
    """Who is let in.

    Attributes:
        callers: Who may call, but for health; None for whoever reaches the port.
        credentials: Of TLS; None for plain connections.
    """

    callers: Callers | None = None
    credentials: grpc.ServerCredentials | None = None


@dataclass(frozen=True, slots=True)
class Instruments:
    """What calls are watched with.

    Attributes:
        meters: What is counted.
        tracer: Makes spans of calls; None where nobody collects them.
    """

    meters: Meters = field(default_factory=Meters)
    tracer: "Tracer | None" = None


class Endpoint:
    """A server that is listening.

    Attributes:
        address: Host and port bound.
    """

    def __init__(self, listener: Listener, health: Health, address: str) -> None:
        self._listener, self._health = listener, health
        self.address = address

    @classmethod
    async def listen(
        cls,
        host: str,
        port: int,
        arms: Arms,
        placements: Mapping[str, Placement],
        log: Log,
        limits: Limits,
        *,
        desks: Desks | None = None,
        catalogue: CatalogueDesk | None = None,
        guard: Guard | None = None,
        instruments: Instruments | None = None,
        shares_port: bool = False,
    ) -> "Endpoint":
        """Listen; health says NOT_SERVING until `ready`, and a call too many is answered RESOURCE_EXHAUSTED.

        Args:
            host: To listen on.
            port: To listen on, 0 for any free one.
            arms: Who may answer.
            placements: By name.
            log: For unexpected errors.
            limits: How many calls there may be.
            desks: What serves shoppers; where not given, shoppers are unknown and their services not there.
            catalogue: Takes what changes about items; where not given, its service is not there.
            guard: Who is let in; where not given, whoever reaches the port.
            instruments: What calls are watched with; where not given, nobody sees what is counted.
            shares_port: Whether others may listen on it that share it too, as the workers of one server do.

        Raises:
            AddressUnavailableError: Another process has the port, or the host is not this machine's.
        """
        methods = Handlers()
        desks, guard, instruments = desks or Desks.without_a_store(), guard or Guard(), instruments or Instruments()
        meters, tracer = instruments.meters, instruments.tracer
        meters.expect(placements)
        names = [SERVICE, health_pb2.DESCRIPTOR.services_by_name["Health"].full_name]
        door = Door(methods, Admission(limits.concurrent_calls), guard.callers, Watched(meters, tracer))
        pages, choose = _chosen(desks.pages, tracer)
        answering = Answering(arms, placements, pages, log, desks.attribution, meters, choose)
        RecommendationServicer(answering, log).add_to(door)
        if desks.privacy is not None:
            at_counter = PrivacyServicer(desks.privacy, desks.clock, lambda: _position(arms.champion), log)
            privacy_grpc.add_PrivacyServiceServicer_to_server(at_counter, door)  # type: ignore[no-untyped-call]
            names.append(privacy_servicer.SERVICE)
        if desks.events is not None:
            taker = EventServicer(desks.events, desks.clock, log, meters)
            event_grpc.add_EventServiceServicer_to_server(taker, door)  # type: ignore[no-untyped-call]
            names.append(event_servicer.SERVICE)
        if catalogue is not None:
            keeper = CatalogueServicer(catalogue, log)
            catalogue_grpc.add_CatalogueServiceServicer_to_server(keeper, door)  # type: ignore[no-untyped-call]
            names.append(catalogue_servicer.SERVICE)
        health = Health(("", *names))
        # By a door of its own: who asks whether this server lives must hear so whoever it is and however many call.
        health_pb2_grpc.add_HealthServicer_to_server(health, Lobby(Door(methods, Admission(sys.maxsize))))
        mirror = reflection.aio.ReflectionServicer((*names, reflection.SERVICE_NAME))
        reflection_pb2_grpc.add_ServerReflectionServicer_to_server(mirror, door)
        options = [
            # By default a second server would bind the same port unnoticed and take half of the traffic.
            ("grpc.so_reuseport", int(shares_port)),
            ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
            ("grpc.server.max_pending_requests", limits.waiting_calls),
            ("grpc.server.max_pending_requests_hard_limit", limits.waiting_calls),
        ]
        # Calls that hold back their message have not come to the door yet; of them there is an end too. Those that need
        # no token have room of their own.
        most = 2 * limits.concurrent_calls + MAX_WATCHERS + MAX_HELD_BACK
        listener = Listener(
            methods.all, options, most, host, log, credentials=guard.credentials, shares_port=shares_port
        )
        bound = await listener.listen(port)
        return cls(listener, health, written(host, bound))

    def ready(self) -> None:
        """There is a model: traffic is welcome."""
        self._health.serving()

    def turn_away(self) -> None:
        """Say NOT_SERVING from now on, and still take calls: of whoever has not heard it yet."""
        self._health.leave()

    async def drain(self, grace_s: float) -> None:
        """Say NOT_SERVING, take no new calls, let running ones finish; cancel those that take longer than the grace."""
        self._health.close()
        await self._listener.stop(grace_s)


def _chosen(pages: PersonalPages, tracer: "Tracer | None") -> tuple[PersonalPages, Choice]:
    """What looks shoppers up, and what chooses what a page shows; with spans where there is a tracer."""
    if tracer is None:
        return pages, recommend
    from service.api.traced import TracedPages, traced_choice

    return TracedPages(pages, tracer), traced_choice(tracer)


def _position(slot: ModelSlot) -> int | None:
    """The ledger's position at the training of the model in service."""
    return None if slot.model is None else slot.model.ledger_position
