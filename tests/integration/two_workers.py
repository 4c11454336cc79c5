"""A server of two workers, and how to tell them apart."""

import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2_grpc import HealthStub
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1.recommendation_service_pb2_grpc import RecommendationServiceStub

from tests.integration.serving import Served
from tests.service.mlflow_registry import SqliteRegistry
from tests.service.shop import write_shop
from tests.service.waiting import until

PAGE = pb.RecommendRequest(placement="product_page", item_id="camera")
ESTABLISHED = "01"
"""State of a connection in /proc/net/tcp."""


class Shop:
    """A server of two workers, and how to tell them apart."""

    def __init__(self, state_dir: Path, registry: SqliteRegistry, *options: str) -> None:
        self.registry, self.state_dir = registry, state_dir
        self.server = Served(state_dir, registry.uri, "--workers", "2", "--poll-interval-s", "0.2", *options)
        self.address = self.server.address

    def ready(self) -> "Shop":
        """Wait until both workers have a model."""
        for number in (1, 2):
            until(lambda number=number: self._served(number), f"worker {number} to have a model")
        return self

    def listening(self, number: int) -> list[dict[str, str]]:
        """A line for each time that a worker of this number has begun to listen."""
        return [line for line in self.server.lines("listening") if line["worker"] == number]

    def _served(self, number: int) -> bool:
        assert self.server.process.poll() is None
        return any(line.get("worker") == number for line in self.server.lines("bundle_served"))

    def pids(self) -> dict[int, int]:
        """Process of each worker, by number: the last one started."""
        return {int(line["worker"]): int(line["pid"]) for line in self.server.lines("worker_started")}

    def connections(self) -> Counter[int]:
        """Connections that each worker has, by number."""
        port = f"{int(self.address.rpartition(':')[2]):04X}"
        sockets = set()
        for table in ("tcp", "tcp6"):
            for line in Path("/proc/net", table).read_text().splitlines()[1:]:
                _, local, _, state, *_, inode = line.split()[:10]
                if local.endswith(f":{port}") and state == ESTABLISHED:
                    sockets.add(f"socket:[{inode}]")
        return Counter({number: len(sockets & _open(pid)) for number, pid in self.pids().items()})

    def channel(self, *options: tuple[str, object]) -> grpc.Channel:
        """A connection of its own; by default channels of a process share one."""
        return grpc.insecure_channel(self.address, options=[("grpc.use_local_subchannel_pool", 1), *options])

    def train(self) -> str:
        """Register a new version and make it the champion; its label."""
        bundle = self.state_dir.with_name(f"trained-{time.monotonic_ns()}")
        version = self.registry.publish(bundle, fingerprint=write_shop(bundle))
        self.registry.promote(version)
        return f"accessories/{version}"


def _open(pid: int) -> set[str]:
    """What a process has open; of one that is gone nothing."""
    found = set()
    try:
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            found.add(str(handle.readlink()))
    except OSError:
        pass
    return found


def channels_to_both(shop: Shop, stack: ExitStack) -> list[grpc.Channel]:
    """New connections, as many as it takes to have met both workers."""
    channels: list[grpc.Channel] = []

    def met() -> bool:
        channels.append(stack.enter_context(shop.channel()))
        health(channels[-1])
        found = shop.connections()
        return all(found[number] for number in (1, 2))

    until(met, "both workers to be met")
    return channels


def health(channel: grpc.Channel) -> int:
    return HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=20).status


def page(channel: grpc.Channel) -> pb.RecommendResponse:
    return RecommendationServiceStub(channel).Recommend(PAGE, timeout=10)
