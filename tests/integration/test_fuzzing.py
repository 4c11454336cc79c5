"""A hundred thousand requests that nobody would send: the server lives, and each is answered as its caller's fault.

All methods of all services over a real socket, then bytes that are no HTTP/2. Seeded, so what fails can be repeated.
"""

import asyncio
import random
import struct
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
from google.protobuf.descriptor import MethodDescriptor
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha import reflection_pb2
from shopkeeper.v1 import catalogue_service_pb2, event_service_pb2, privacy_service_pb2, recommendation_service_pb2
from shopkeeper.v1.privacy_service_pb2_grpc import PrivacyServiceStub
from shopkeeper.v1.recommendation_service_pb2_grpc import RecommendationServiceStub
from shopkeeper.v1.shopper_pb2 import Shopper

from service.api.callers import SCOPES
from tests.api.http2 import DATA, HEADERS, PREFACE, SETTINGS, call_of, frame
from tests.integration.mutations import Drawn
from tests.integration.serving import Served, promoted
from tests.service.conftest import registry_template  # noqa: F401 - a fixture
from tests.service.mlflow_registry import forgive_mlflow

pytestmark = forgive_mlflow

N_REQUESTS, N_CONNECTIONS = 100_000, 2_000
IN_FLIGHT = 64
FILES = (
    catalogue_service_pb2,
    event_service_pb2,
    privacy_service_pb2,
    recommendation_service_pb2,
    reflection_pb2,
    health_pb2,
)
METHODS = {
    f"/{service.full_name}/{method.name}": method
    for file in FILES
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}
OFTEN = {"/shopkeeper.v1.RecommendationService/Recommend": 12, "/shopkeeper.v1.RecommendationService/BatchRecommend": 6}
"""How many times as often as the others."""
UPDATE_ITEMS = "/shopkeeper.v1.CatalogueService/UpdateItems"
SHOWN_ITEMS = ("camera", "kettle", "mug", "gone")
FORBIDDEN = {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.UNIMPLEMENTED}
TEXTS = (
    *("product_page", "product_page", "product_page", "cart", "order_confirmation"),
    *("camera", "camera", "kettle", "mug", "lonely", "gone", "strange", "anna", "phone"),
    *(
        "photo/cameras",
        "kitchen",
        "email",
        "EUR",
        "DE",
        "US",
        "2026-01",
        "web",
        "CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA",
    ),
    *("", " ", "x" * 128, "x" * 129, "é" * 64, "\0", "a\nb", "\U0010ffff", "a/b/c/d", "../..", "%s{0}", "' or 1=1 --"),
)
PAGE = recommendation_service_pb2.RecommendRequest(placement="product_page", item_id="camera", include_titles=True)
CART = recommendation_service_pb2.RecommendRequest(placement="cart", cart_item_ids=["camera", "kettle"])


@dataclass(frozen=True, slots=True)
class Shop:
    """A server that is fuzzed.

    Attributes:
        server: The process.
        texts: What a caller of it may know, with tokens it gave.
    """

    server: Served
    texts: tuple[str, ...]

    def answers(self) -> list[bytes]:
        """What pages are answered now; never from memory, as they name a cart or are made new."""
        with grpc.insecure_channel(self.server.address) as channel:
            stub = RecommendationServiceStub(channel)
            answers = []
            for page in (PAGE, CART):
                answer = stub.Recommend(page, timeout=30, wait_for_ready=True)
                # It holds the hour, which may pass meanwhile.
                answer.ClearField("attribution_token")
                answers.append(answer.SerializeToString(deterministic=True))
            return answers

    def is_well(self) -> bool:
        """Whether the process lives, says that it serves, and met nothing that it did not expect in a request."""
        with grpc.insecure_channel(self.server.address) as channel:
            answer = HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=30, wait_for_ready=True)
        # The framework tells of paths that are no text, and the server listens again.
        told = [
            line
            for line in self.server.lines("library")
            if "UnicodeDecodeError" not in str(line) and "codec can" not in str(line)
        ]
        unexpected = [*self.server.lines("unexpected_error"), *told]
        assert not unexpected, unexpected[0]
        return self.server.process.poll() is None and answer.status == health_pb2.HealthCheckResponse.SERVING


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, registry_template: Path) -> Iterator[Shop]:  # noqa: F811
    directory = tmp_path_factory.mktemp("fuzzed")
    with ExitStack() as stack:
        with promoted(directory, registry_template) as registry:
            server = Served(directory / "state", registry.uri)
            stack.callback(server.end)
            server.wait_for("bundle_served")
        channel = stack.enter_context(grpc.insecure_channel(server.address))
        privacy, anna = PrivacyServiceStub(channel), Shopper(customer_id="anna")
        link = privacy.CreateOptOutLink(privacy_service_pb2.CreateOptOutLinkRequest(shopper=anna), timeout=10)
        erased = privacy.EraseShopper(privacy_service_pb2.EraseShopperRequest(shopper=anna), timeout=10)
        page = RecommendationServiceStub(channel).Recommend(PAGE, timeout=10)
        yield Shop(server, (*TEXTS, link.token, erased.receipt, page.attribution_token))


def test_every_service_is_fuzzed() -> None:
    assert {*SCOPES, "grpc.health.v1.Health"} == {path.split("/")[1] for path in METHODS}


def test_no_request_fails_or_ends_the_server(shop: Shop) -> None:
    before = shop.answers()
    found = asyncio.run(_fuzzed(shop))
    assert sum(found.values()) == N_REQUESTS
    assert {(path, code) for path, code in found if code in FORBIDDEN} == set()
    codes = Counter[grpc.StatusCode]()
    for (_, code), n_calls in found.items():
        codes[code] += n_calls
    # It were no test of what lies behind the first check if none came that far.
    assert min(codes[grpc.StatusCode.OK], codes[grpc.StatusCode.INVALID_ARGUMENT]) > N_REQUESTS / 20, codes
    assert {path for path, code in found if code is grpc.StatusCode.INVALID_ARGUMENT} == {*METHODS}
    assert shop.is_well()
    assert shop.answers() == before


async def _fuzzed(shop: Shop) -> Counter[tuple[str, grpc.StatusCode]]:
    """How many calls of each method were answered how."""
    now_s = int(time.time())
    drawn = {path: Drawn(method.input_type, shop.texts, now_s, path) for path, method in METHODS.items()}
    # What it is told of items is true: let it be of none that the pages show which are compared.
    texts = [text for text in TEXTS if text not in SHOWN_ITEMS]
    drawn[UPDATE_ITEMS] = Drawn(METHODS[UPDATE_ITEMS].input_type, texts, now_s, UPDATE_ITEMS, ("lonely", "strange"))
    chosen = random.Random(5)  # noqa: S311 - to be repeated
    paths = chosen.choices([*METHODS], [OFTEN.get(path, 1) for path in METHODS], k=N_REQUESTS)
    calls = iter([(path, drawn[path].next()) for path in paths])
    found = Counter[tuple[str, grpc.StatusCode]]()

    async def caller(channel: grpc.aio.Channel) -> None:
        for path, request in calls:
            found[path, await _called(channel, METHODS[path], path, request)] += 1

    async with grpc.aio.insecure_channel(shop.server.address) as channel:
        await asyncio.gather(*(caller(channel) for _ in range(IN_FLIGHT)))
    return found


async def _called(channel: grpc.aio.Channel, method: MethodDescriptor, path: str, request: bytes) -> grpc.StatusCode:
    try:
        if not method.server_streaming:
            await channel.unary_unary(path)(request, timeout=30)
        elif method.client_streaming:
            async for _ in channel.stream_stream(path)(_each(request), timeout=30):
                pass
        else:
            call = channel.unary_stream(path)(request, timeout=30)
            async for _ in call:
                if method.name == "Watch":
                    # It goes on until the server ends.
                    call.cancel()
                    return grpc.StatusCode.OK
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


async def _each(request: bytes) -> AsyncIterator[bytes]:
    yield request


class Garbage:
    """What comes over a connection that is no client's."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - to be repeated

    def next(self) -> bytes:
        """The bytes of one connection."""
        drawn, path = self._random, self._random.choice([*METHODS]).encode()
        opened = PREFACE + frame(SETTINGS, 0, 0, b"")
        called = opened + call_of(path)
        message = drawn.randbytes(drawn.choice((0, 1, 20)))
        whole = called + frame(DATA, 1, 1, b"\0" + struct.pack(">I", len(message)) + message)
        kinds = (
            drawn.randbytes(drawn.choice((1, 24, 500))),
            PREFACE[: drawn.randrange(len(PREFACE))],
            PREFACE[:10] + drawn.randbytes(14),
            b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + drawn.randbytes(100),
            opened + drawn.randbytes(200),
            opened + frame(drawn.randrange(256), drawn.randrange(256), drawn.randrange(2**31), drawn.randbytes(30)),
            opened + frame(HEADERS, 5, 1, drawn.randbytes(60)),
            called + frame(DATA, 1, 1, drawn.randbytes(drawn.choice((0, 3, 5, 9)))),
            called + frame(DATA, 1, 1, drawn.choice((b"\x01", b"\0", b"\xff")) + b"\xff\xff\xff\xff" + message),
            whole[: drawn.randrange(len(whole))],
            self._flipped(whole),
            opened + call_of(drawn.randbytes(9)),
        )
        return drawn.choice(kinds)

    def _flipped(self, data: bytes) -> bytes:
        flipped = bytearray(data)
        for _ in range(3):
            flipped[self._random.randrange(len(PREFACE), len(data))] ^= 1 << self._random.randrange(8)
        return bytes(flipped)


def test_what_is_no_http_2_does_not_end_the_server(shop: Shop) -> None:
    before = shop.answers()
    asyncio.run(_disturbed(shop.server.address))
    assert shop.is_well()
    assert shop.answers() == before


async def _disturbed(address: str) -> None:
    host, _, port = address.rpartition(":")
    garbage = Garbage(7)
    connections = iter([garbage.next() for _ in range(N_CONNECTIONS)])

    async def disturb() -> None:
        for data in connections:
            reader, writer = await _connected(host, int(port))
            # The server hangs up where it will.
            with suppress(OSError):
                writer.write(data)
                await writer.drain()
                writer.write_eof()
                await reader.read()
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async with asyncio.TaskGroup() as disturbers:
        for _ in range(32):
            disturbers.create_task(disturb())


async def _connected(host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection; where the server is about to listen again, as soon as it does."""
    deadline_s = time.monotonic() + 30
    while True:
        try:
            return await asyncio.open_connection(host, port)
        except OSError:
            assert time.monotonic() < deadline_s, "the server does not listen again"
            await asyncio.sleep(0.02)
