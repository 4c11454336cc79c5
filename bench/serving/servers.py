"""The servers compared, each in a process of its own: python -m bench.serving.servers KIND DIRECTORY ITEM RESULTS"""

import asyncio
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from math import inf
from pathlib import Path
from typing import Any

import grpc
import uvloop
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1 import recommendation_service_pb2_grpc as pb_grpc

from bench.serving.people import N_SHOPPERS, shopper
from experiments.assignment import Running
from experiments.definition import N_BUCKETS, Arm, Experiment, Metric, Unit
from models.bundle.reading import Bundle
from privacy.consent import Identity
from privacy.keys import read_ring
from privacy.person import Person
from privacy.rules import Rules
from privacy.state_directory import KEY_FILE, OWN_FILE
from privacy.store.database import Database
from privacy.store.store import PrivacyStore
from service.adapters.shopper_store import AsyncShopperStore
from service.api import answering
from service.api.endpoint import Endpoint, Limits
from service.api.shoppers import identities_of
from service.api.wire import encode
from service.core.answers import Model, Request
from service.core.arms import Arms, LiveTests, stands_of
from service.core.desks import Desks
from service.core.placements import PLACEMENTS
from service.core.recommendation import recommend
from service.core.slot import ModelSlot
from service.garbage import collect_seldom
from service.log import stderr_log

NOOP, AT_HAND, MADE_ANEW, PERSONAL = "noop", "at hand", "made anew", "personal"
IN_A_TEST = " in a test"
"""Ends the kind of a server on which a test of two models runs."""


class Noop(pb_grpc.RecommendationServiceServicer):
    """Parses the request and gives back one message made beforehand: what grpc.aio itself costs."""

    def __init__(self, answer: pb.RecommendResponse) -> None:
        self._answer = answer

    async def Recommend(  # noqa: N802 - the wire's name
        self, request: pb.RecommendRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> pb.RecommendResponse:
        """The same answer, whatever is asked."""
        del request, context
        return self._answer


class InTurn(AsyncShopperStore):
    """The real store, asked of another shopper for each request: h2load sends one message only."""

    def __init__(self, store: PrivacyStore, file: Path) -> None:
        super().__init__(lambda: store, file=file, monotonic=time.monotonic)
        self._ids, self._turn = [identities_of(shopper(number)) for number in range(N_SHOPPERS)], count()

    async def find(self, identities: Sequence[Identity], within_s: float = inf) -> Person:
        """As the port says, of whose turn it is."""
        del identities
        return await super().find(self._ids[next(self._turn) % N_SHOPPERS], within_s)


async def serve(kind: str, directory: Path, item_id: str, max_results: int) -> None:
    """Listen on a free port, print it, and serve until killed."""
    model = Model(Bundle.open(directory / "bundle"), "bench/1")
    kind, in_a_test, _ = kind.partition(IN_A_TEST)
    if kind == NOOP:
        _server, address = await _noop(model, Request("product_page", item_id, max_results=max_results))
    else:
        if kind == MADE_ANEW:
            # As of a page that nobody asked for lately.
            answering.says_nothing_of_anybody = lambda _: False
        slot = ModelSlot()
        slot.model = model
        arms = Arms(slot, _two_arms(slot, directory) if in_a_test else {})
        desks = _desks(directory / "state") if kind == PERSONAL else None
        endpoint = await Endpoint.listen("127.0.0.1", 0, arms, PLACEMENTS, stderr_log(), Limits(500, 500), desks=desks)
        address = endpoint.address
    # Of both: the collector is no part of the framework.
    collect_seldom()
    print(address, flush=True)
    await asyncio.Event().wait()


async def _noop(model: Model, request: Request) -> tuple[grpc.aio.Server, str]:
    server = grpc.aio.server()
    answer = pb.RecommendResponse.FromString(encode(recommend(model, request, PLACEMENTS["product_page"])))
    pb_grpc.add_RecommendationServiceServicer_to_server(Noop(answer), server)  # type: ignore[no-untyped-call]
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    return server, f"127.0.0.1:{port}"


def _two_arms(champion: ModelSlot, directory: Path) -> dict[str, LiveTests]:
    """A test on product pages of the champion and another model, which is a bundle of its own."""
    challenger, always = ModelSlot(), datetime(2000, 1, 1, tzinfo=UTC)
    challenger.model = Model(Bundle.open(directory / "bundle"), "bench/2")
    references = {"alias:champion": champion, "alias:challenger": challenger}
    arms = tuple(Arm(reference.partition(":")[2], 1, reference) for reference in references)
    test = Experiment(
        "bench",
        "bench",
        ("product_page",),
        arms,
        "champion",
        Unit.SHOPPER,
        "default",
        0,
        N_BUCKETS,
        always,
        always.replace(year=3000),
        Metric.BUYERS,
        0.05,
    )
    return {"product_page": LiveTests(Running([test]), stands_of(test, references))}


def _desks(state_dir: Path) -> Desks:
    ring, file = read_ring(state_dir / KEY_FILE), state_dir / OWN_FILE
    nobody_new = count(1)
    store = PrivacyStore(
        Database(f"sqlite:///{file}"), ring, new_subject=lambda _: next(nobody_new), new_receipt=lambda: ""
    )
    in_turn = InTurn(store, file)
    in_turn.open()
    return Desks.on(in_turn, ring, Rules(), lambda: datetime.now(UTC), print, time.time)


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
