"""`shopkeeper serve --workers 2`: one port, and no page that notices when a worker goes."""

import json
import os
import signal
import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2_grpc import HealthStub
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1 import shopper_pb2

from tests.integration.doors import DENIED, Door, known
from tests.integration.serving import shopkeeper
from tests.integration.two_workers import PAGE, Shop, channels_to_both, health, page
from tests.service.mlflow_registry import SqliteRegistry, forgive_mlflow
from tests.service.waiting import until

pytestmark = forgive_mlflow

SERVING, NOT_SERVING = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING
N_CHANNELS, N_FRESH = 4, 40
PACE_S = 0.05
"""Before a client asks again that was not answered."""
RETRIES_ONCE = (
    "grpc.service_config",
    json.dumps(
        {
            "methodConfig": [
                {
                    "name": [{"service": "shopkeeper.v1.RecommendationService"}],
                    "retryPolicy": {
                        "maxAttempts": 2,
                        "initialBackoff": "0.05s",
                        "maxBackoff": "0.05s",
                        "backoffMultiplier": 1,
                        "retryableStatusCodes": ["UNAVAILABLE"],
                    },
                }
            ]
        }
    ),
)
"""gRPC's own: a call that finds its server gone is made again after a moment."""

Start = Callable[..., "Shop"]


def is_running(pid: int) -> bool:
    """Whether the process is there, and not only what nobody has asked the end of."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


@pytest.fixture(scope="module")
def shop(registry: SqliteRegistry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    made = Shop(tmp_path_factory.mktemp("shop") / "state", registry)
    yield made.ready()
    made.server.end()


@pytest.fixture
def start(registry: SqliteRegistry, tmp_path: Path) -> Iterator[Start]:
    """Starts a server of its own for a test that ends it."""
    started: list[Shop] = []

    def begin(*options: str) -> Shop:
        started.append(Shop(tmp_path / "state", registry, *options))
        return started[-1].ready()

    yield begin
    for one in started:
        one.server.end()


def test_two_workers_answer_on_one_port(shop: Shop) -> None:
    with ExitStack() as stack:
        answers = [page(channel) for channel in channels_to_both(shop, stack)]
    assert all(answer.recommendations for answer in answers)


def test_a_promotion_reaches_both_and_one_of_them_fetched_it(shop: Shop) -> None:
    after = shop.train()
    shop.server.wait_for("bundle_served", version=after, worker=1, source="registry")
    shop.server.wait_for("bundle_served", version=after, worker=2, source="list")
    with ExitStack() as stack:
        versions = {page(channel).model_version for channel in channels_to_both(shop, stack)}
    assert versions == {after}


class Load:
    """Pages without pause, over connections of their own.

    Attributes:
        n_answers: Pages answered, by connection.
        n_failed: Pages that were not.
        codes: What these were told.
    """

    def __init__(self, shop: Shop, *options: tuple[str, object]) -> None:
        self._shop, self._options, self._stop = shop, options, threading.Event()
        self.n_answers, self.n_failed = Counter[int](), Counter[int]()
        self.codes: set[grpc.StatusCode] = set()

    def __enter__(self) -> "Load":
        self._pool = ThreadPoolExecutor(N_CHANNELS)
        self._running = [self._pool.submit(self._ask, number) for number in range(N_CHANNELS)]
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for running in self._running:
            running.result(30)
        self._pool.shutdown()

    def _ask(self, number: int) -> None:
        with self._shop.channel(*self._options) as channel:
            while not self._stop.is_set():
                try:
                    answer = page(channel)
                except grpc.RpcError as error:
                    self.n_failed[number] += 1
                    self.codes.add(error.code())
                    # Within that time a client sees that its connection is gone.
                    self._stop.wait(PACE_S)
                else:
                    assert answer.recommendations
                    self.n_answers[number] += 1

    def run_on(self, n_answers: int) -> None:
        """Wait until each connection has had so many more."""
        wanted = {number: self.n_answers[number] + n_answers for number in range(N_CHANNELS)}
        until(lambda: all(self.n_answers[number] >= count for number, count in wanted.items()), "the load to go on")


@pytest.mark.parametrize("number", [1, 2])
def test_a_worker_that_is_killed_costs_the_calls_it_was_at_and_is_replaced(shop: Shop, number: int) -> None:
    with Load(shop) as plain, Load(shop, RETRIES_ONCE) as retrying:
        for load in (plain, retrying):
            load.run_on(50)
        killed, n_connections = shop.pids()[number], shop.connections()[number]
        n_listening = len(shop.listening(number))
        os.kill(killed, signal.SIGKILL)
        took_s = until(lambda: len(shop.listening(number)) > n_listening, "another worker in its place")
        for load in (plain, retrying):
            load.run_on(50)
    assert retrying.n_failed.total() == 0
    assert len(plain.n_failed) <= n_connections
    assert set(plain.n_failed.values()) <= {1}
    assert plain.codes <= {grpc.StatusCode.UNAVAILABLE}
    assert took_s < 10
    line = shop.server.lines("worker_ended")[-1]
    assert (line["worker"], line["pid"], line["cause"]) == (number, killed, "was ended by signal 9")
    with ExitStack() as stack:
        assert all(page(channel).recommendations for channel in channels_to_both(shop, stack))


def is_forked(pid: int) -> bool:
    """Whether a worker has the command line of who forked it."""
    return b"service.workers.forkserver" in Path(f"/proc/{pid}/cmdline").read_bytes()


def test_a_successor_is_forked_from_a_process_of_one_thread(shop: Shop) -> None:
    forkserver = int(shop.server.lines("forkserver_ready")[-1]["pid"])
    assert len(list(Path(f"/proc/{forkserver}/task").iterdir())) == 1
    n_listening = len(shop.listening(2))
    os.kill(shop.pids()[2], signal.SIGKILL)
    until(lambda: len(shop.listening(2)) > n_listening, "another worker in its place")
    assert is_forked(shop.pids()[2])
    parent = Path(f"/proc/{shop.pids()[2]}/stat").read_text().rpartition(")")[2].split()[1]
    assert int(parent) == shop.server.process.pid
    assert len(list(Path(f"/proc/{forkserver}/task").iterdir())) == 1


def test_pages_are_answered_while_another_fork_server_takes_the_place_of_one_that_is_killed(shop: Shop) -> None:
    workers, n_ready = shop.pids(), len(shop.server.lines("forkserver_ready"))
    with Load(shop) as load:
        load.run_on(50)
        os.kill(int(shop.server.lines("forkserver_ready")[-1]["pid"]), signal.SIGKILL)
        until(lambda: len(shop.server.lines("forkserver_ready")) > n_ready, "another fork server")
        load.run_on(50)
    assert load.n_failed.total() == 0
    assert shop.pids() == workers
    n_listening = len(shop.listening(2))
    os.kill(workers[2], signal.SIGKILL)
    until(lambda: len(shop.listening(2)) > n_listening, "another worker")
    assert is_forked(shop.pids()[2])


def test_a_no_said_to_one_worker_is_obeyed_by_all(shop: Shop) -> None:
    with shop.channel() as channel, ExitStack() as stack:
        door = Door(shop.address, channel)
        doors = [Door(shop.address, one) for one in channels_to_both(shop, stack)]
        who = known([door, *doors], "anna")
        assert all(one.is_personal(who) for one in doors)
        door.opt_out(who)
        fresh = [Door(shop.address, stack.enter_context(shop.channel())) for _ in range(N_FRESH)]
        reasons = [one.page(who).personalisation for one in (*doors, *fresh)]
        assert all(shop.connections()[number] > 1 for number in (1, 2))
    # A busy machine may be late with a look-up, which then counts as a no; that must not be what is shown here.
    assert set(reasons) <= {DENIED, shopper_pb2.CONSENT_REASON_UNAVAILABLE}
    assert reasons.count(DENIED) > N_FRESH / 2


@pytest.mark.parametrize("workers", ["1", "2"])
def test_another_server_is_refused_the_port(shop: Shop, tmp_path: Path, workers: str) -> None:
    port = shop.address.rpartition(":")[2]
    ended = run("--port", port, "--workers", workers, "--state-dir", str(tmp_path / "other"))
    assert ended.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}: another process has the port" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_port_in_use_is_a_clear_message_and_exit_1(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = run("--port", port, "--workers", "2", "--state-dir", str(tmp_path / "state"))
    assert (ended.returncode, ended.stderr.count("another process has the port")) == (1, 1)


def test_what_no_worker_can_start_with_ends_all_with_the_workers_message(tmp_path: Path) -> None:
    keys = tmp_path / "no-keys"
    options = ("--port", "0", "--workers", "2", "--state-dir", str(tmp_path / "state"), "--keys", str(keys))
    ended = run(*options)
    assert ended.returncode == 2
    assert f"{keys}: is not there: make it with `shopkeeper privacy keys new`" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stderr.count("worker_started") == 1


def run(*options: str) -> subprocess.CompletedProcess[str]:
    """A server that is expected to end by itself."""
    return subprocess.run(**shopkeeper("serve", *options), capture_output=True, text=True, timeout=60, check=False)


def test_sigterm_lets_the_running_calls_of_every_worker_finish_and_exits_0(start: Start) -> None:
    shop = start()
    send = threading.Event()

    def message() -> Iterator[pb.RecommendRequest]:
        send.wait(30)
        yield PAGE

    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(1))
        channels = channels_to_both(shop, stack)
        until(lambda: all(health(channel) == SERVING for channel in channels), "health to say so")
        watches = [HealthStub(channel).Watch(health_pb2.HealthCheckRequest(), timeout=30) for channel in channels]
        assert {next(watch).status for watch in watches} == {SERVING}
        held = [
            channel.stream_unary(
                "/shopkeeper.v1.RecommendationService/Recommend",
                pb.RecommendRequest.SerializeToString,
                pb.RecommendResponse.FromString,
            ).future(message(), timeout=30)
            for channel in channels
        ]
        for channel in channels:
            # A connection keeps the order of its calls: once this is answered, the held one has arrived.
            health(channel)
        exit_code = pool.submit(shop.server.terminate)
        # The watch ends; this client may lose a message that the stream's end overtakes.
        states = {state.status for watch in watches for state in watch}
        assert states <= {NOT_SERVING}
        assert not exit_code.done()
        send.set()
        assert all(answer.result(30).recommendations for answer in held)
        assert exit_code.result(30) == 0
    assert not any(is_running(pid) for pid in shop.pids().values())
    assert [line["cause"] for line in shop.server.lines("worker_drained")] == ["ended with exit code 0"] * 2


def test_workers_and_who_forks_them_end_with_a_supervisor_that_is_killed(start: Start) -> None:
    shop = start()
    workers = [*shop.pids().values(), int(shop.server.lines("forkserver_ready")[-1]["pid"])]
    assert all(is_running(pid) for pid in workers)
    shop.server.process.kill()
    shop.server.process.wait(10)
    until(lambda: not any(is_running(pid) for pid in workers), "the workers to end", patience_s=20)
