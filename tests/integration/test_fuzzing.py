"""A hundred thousand requests that nobody would send: the server lives, and each is answered as its caller's fault.

All methods of all services over a real socket while tests of models run, then bytes that are no HTTP/2. Seeded, so what
fails can be repeated.
"""

import asyncio
import random
import sqlite3
import struct
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha import reflection_pb2
from shopkeeper.v1 import catalogue_service_pb2, event_service_pb2, privacy_service_pb2, recommendation_service_pb2
from shopkeeper.v1.privacy_service_pb2_grpc import PrivacyServiceStub
from shopkeeper.v1.recommendation_service_pb2_grpc import RecommendationServiceStub
from shopkeeper.v1.shopper_pb2 import CONSENT_STATUS_GRANTED, Shopper

from privacy.state_directory import OWN_FILE
from service.api.callers import SCOPES
from tests.api.http2 import DATA, HEADERS, PREFACE, SETTINGS, call_of, frame
from tests.integration.every_kind import VARIANTS, counted, done_with, every_kind, wait_until_live
from tests.integration.mutations import Drawn
from tests.integration.serving import Served, promoted
from tests.service.conftest import registry_template  # noqa: F401 - a fixture
from tests.service.mlflow_registry import forgive_mlflow
from tests.service.waiting import until

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
RECOMMEND, BATCH, RECORD = (
    f"/shopkeeper.v1.{name}"
    for name in ("RecommendationService/Recommend", "RecommendationService/BatchRecommend", "EventService/RecordEvents")
)
OFTEN = {RECOMMEND: 12, BATCH: 6}
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
PAGE = recommendation_service_pb2.RecommendRequest(
    placement="product_page",
    item_id="camera",
    include_titles=True,
    session_id="visit",
    owned=[recommendation_service_pb2.OwnedItem(item_id="lens", days_since_bought=3)],
    muted_topics=["kitchen"],
)
CART = recommendation_service_pb2.RecommendRequest(
    placement="cart", cart_item_ids=["camera", "kettle"], session_id="visit"
)
N_PAGES = 64
"""So many of one kind meet both arms, and every draft of two lists."""
N_MEASURED = 8
"""Shoppers, some of each arm."""


@dataclass(frozen=True, slots=True)
class Shop:
    """A server that is fuzzed.

    Attributes:
        server: The process.
        state_dir: Its files.
        texts: What a caller of it may know, with tokens it gave.
        examples: What it takes as it is, by method: pages of shoppers who may be measured, and what they did there.
    """

    server: Served
    state_dir: Path
    texts: tuple[str, ...]
    examples: Mapping[str, Sequence[Message]]

    def answers(self) -> set[bytes]:
        """What pages are answered now, by either arm and in every draft; never from memory, as they name a cart or are
        made new."""
        with grpc.insecure_channel(self.server.address) as channel:
            stub = RecommendationServiceStub(channel)
            answers = set()
            for page in [PAGE, CART] * N_PAGES:
                answer = stub.Recommend(page, timeout=30, wait_for_ready=True)
                assert answer.variant, "the test of models runs no more"
                # It holds the hour, which may pass meanwhile.
                answer.ClearField("attribution_token")
                answers.add(answer.SerializeToString(deterministic=True))
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
        events = ("unexpected_error", "shadow_failed", "experiments_failed", "answers_not_counted")
        unexpected = [*(line for event in events for line in self.server.lines(event)), *told]
        assert not unexpected, unexpected[0]
        return self.server.process.poll() is None and answer.status == health_pb2.HealthCheckResponse.SERVING


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, registry_template: Path) -> Iterator[Shop]:  # noqa: F811
    directory = tmp_path_factory.mktemp("fuzzed")
    with ExitStack() as stack:
        with promoted(directory, registry_template) as registry:
            server = Served(directory / "state", registry.uri, "--experiments", str(every_kind(directory, registry)))
            stack.callback(server.end)
            server.wait_for("bundle_served")
            wait_until_live(server)
        channel = stack.enter_context(grpc.insecure_channel(server.address))
        privacy, anna = PrivacyServiceStub(channel), Shopper(customer_id="anna")
        link = privacy.CreateOptOutLink(privacy_service_pb2.CreateOptOutLinkRequest(shopper=anna), timeout=10)
        erased = privacy.EraseShopper(privacy_service_pb2.EraseShopperRequest(shopper=anna), timeout=10)
        page = RecommendationServiceStub(channel).Recommend(PAGE, timeout=10)
        texts = (*TEXTS, link.token, erased.receipt, page.attribution_token)
        yield Shop(server, directory / "state", texts, _examples(channel))


def _examples(channel: grpc.Channel) -> dict[str, list[Message]]:
    """Of shoppers whom nothing else names, so that nobody takes their yes back."""
    stub, privacy, pb = RecommendationServiceStub(channel), PrivacyServiceStub(channel), recommendation_service_pb2
    yes = [
        privacy_service_pb2.ConsentAnswer(purpose=purpose, status=CONSENT_STATUS_GRANTED) for purpose in (1, 2, 3, 4)
    ]
    examples: dict[str, list[Message]] = {path: [] for path in (RECOMMEND, BATCH, RECORD)}
    for number in range(N_MEASURED):
        shopper, session_id = Shopper(customer_id=f"measured-{number}"), f"visit-{number}"
        privacy.RecordConsent(privacy_service_pb2.RecordConsentRequest(shopper=shopper, answers=yes), timeout=10)
        pages = [pb.RecommendRequest(), pb.RecommendRequest()]
        for page, example in zip(pages, (PAGE, CART), strict=True):
            page.CopyFrom(example)
            page.shopper.CopyFrom(shopper)
            page.session_id = session_id
        batch = pb.BatchRecommendRequest(requests=pages)
        answers = stub.BatchRecommend(batch, timeout=10).responses
        who = {"shopper": shopper, "session_id": session_id, "order_id": f"order-{number}"}
        events = [event for answer in answers for event in done_with(answer, f"event-{number}", 1_999, **who)]
        examples[RECOMMEND] += pages
        examples[BATCH].append(batch)
        examples[RECORD].append(event_service_pb2.RecordEventsRequest(events=events))
    return examples


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
    until(lambda: counted(shop.state_dir) >= VARIANTS, "every arm, the shadow and drafts to have answered")
    assert n_bought(shop.state_dir) > N_MEASURED


def n_bought(state_dir: Path) -> int:
    """Events with a price that were kept as done with what an arm or a draft showed."""
    with closing(sqlite3.connect(state_dir / OWN_FILE)) as connection:
        query = "SELECT count(*) FROM kept_events WHERE variant IS NOT NULL AND unit_price_minor IS NOT NULL"
        [(n_events,)] = connection.execute(query)
    return int(n_events)


async def _fuzzed(shop: Shop) -> Counter[tuple[str, grpc.StatusCode]]:
    """How many calls of each method were answered how."""
    now_s = int(time.time())
    drawn = {
        path: Drawn(method.input_type, shop.texts, now_s, path, examples=shop.examples.get(path, ()))
        for path, method in METHODS.items()
    }
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
