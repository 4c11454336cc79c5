"""`shopkeeper serve` as a process: promotion, outage, corruption, drain."""

import json
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2_grpc import HealthStub
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1.recommendation_service_pb2_grpc import RecommendationServiceStub

from tests.integration.serving import Served, shopkeeper
from tests.service.conftest import closed_port, registry_template  # noqa: F401 - fixtures
from tests.service.doubles import flip_byte
from tests.service.mlflow_registry import SqliteRegistry, forgive_mlflow
from tests.service.shop import write_shop
from tests.service.waiting import until

pytestmark = forgive_mlflow

PAGE = pb.RecommendRequest(placement="product_page", item_id="camera")
Start = Callable[..., Served]


class Shop:
    """A registry, the server that follows it and a way to train."""

    def __init__(self, directory: Path, template: Path) -> None:
        self.directory = directory
        self.registry = SqliteRegistry(directory, template)
        self.state_dir = directory / "state"
        self.train()
        self.server = Served(self.state_dir, self.registry.uri)
        self.server.wait_for("bundle_served", source="registry")

    def train(self, *, harm: bool = False, alias: str = "champion") -> str:
        """Register a new version and point the alias to it; its label."""
        bundle = self.directory / f"trained-{time.monotonic_ns()}"
        fingerprint = write_shop(bundle)
        version = self.registry.publish(bundle, fingerprint=fingerprint)
        if harm:
            flip_byte(self.registry.stored(version) / "item_pair_probability.npy")
        self.registry.promote(version, alias)
        return f"accessories/{version}"

    def copy_state(self, to: Path) -> Path:
        """The server's state directory, once it has put away what it serves and cleared up."""
        root = self.state_dir / "bundles" / "accessories"
        serving = self.server.lines("bundle_served")[-1]["version"]

        def settled() -> bool:
            lists = list(root.glob("good-champion-*.json"))
            good = json.loads(lists[0].read_text()) if lists else []
            listed = {entry["directory"] for entry in good} | {path.name for path in lists}
            return (
                bool(good)
                and serving.endswith(f"/{good[0]['version']}")
                and listed == {path.name for path in root.iterdir()}
            )

        until(settled, "the state directory to settle")
        return Path(shutil.copytree(self.state_dir, to))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, registry_template: Path) -> Iterator[Shop]:  # noqa: F811
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
        patch.setenv("MLFLOW_SQLALCHEMYSTORE_POOLCLASS", "NullPool")
        made = Shop(tmp_path_factory.mktemp("shop"), registry_template)
        yield made
        made.server.end()


@pytest.fixture
def start(shop: Shop, tmp_path: Path) -> Iterator[Start]:
    """Starts a server on a copy of the shop's state, with its registry gone."""
    started: list[Served] = []

    def begin(*options: str, state_dir: Path | None = None) -> Served:
        if state_dir is None:
            state_dir = shop.copy_state(tmp_path / "state")
        if not started:
            shop.registry.stop()
        started.append(Served(state_dir, shop.registry.uri, *options))
        return started[-1]

    yield begin
    for server in started:
        server.end()
    if started:
        shop.registry.restart()


def ask(address: str) -> pb.RecommendResponse:
    with grpc.insecure_channel(address) as channel:
        return RecommendationServiceStub(channel).Recommend(PAGE, timeout=10, wait_for_ready=True)


class Load:
    """Asks without pause from several threads until it is left."""

    def __init__(self, address: str) -> None:
        self._address, self._stop = address, threading.Event()
        self._pool = ThreadPoolExecutor(4)
        self.versions: list[str] = []
        self.failures: list[grpc.RpcError] = []

    def __enter__(self) -> "Load":
        self._running = [self._pool.submit(self._ask) for _ in range(4)]
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for running in self._running:
            running.result(30)
        self._pool.shutdown()

    def _ask(self) -> None:
        with grpc.insecure_channel(self._address) as channel:
            stub = RecommendationServiceStub(channel)
            while not self._stop.is_set():
                try:
                    answer = stub.Recommend(PAGE, timeout=10)
                except grpc.RpcError as error:
                    self.failures.append(error)
                else:
                    assert len(answer.recommendations) == 3
                    self.versions.append(answer.model_version)


def test_a_promotion_under_load_reaches_traffic_within_10_seconds_and_fails_no_request(shop: Shop) -> None:
    before = ask(shop.server.address).model_version
    with Load(shop.server.address) as load:
        until(lambda: len(load.versions) > 100, "the load to run")
        after = shop.train()
        took_s = until(lambda: load.versions[-1] == after, "the new version")
        n_answers = len(load.versions)
        until(lambda: len(load.versions) > n_answers + 100, "the load to go on")
    assert took_s < 10
    assert load.failures == []
    assert set(load.versions) == {before, after}


def test_a_flipped_byte_in_the_newest_bundle_is_refused_and_the_old_one_stays(shop: Shop) -> None:
    before = ask(shop.server.address).model_version
    refused = shop.train(harm=True)
    line = shop.server.wait_for("bundle_refused", version=refused)
    assert "item_pair_probability.npy differs from its SHA-256" in line["cause"]
    assert line["still_serving"] == before
    assert ask(shop.server.address).model_version == before
    mended = shop.train()
    shop.server.wait_for("bundle_served", version=mended)


def test_with_the_registry_stopped_a_restarted_server_serves(start: Start, shop: Shop) -> None:
    server = start()
    line = server.wait_for("bundle_served", source="disk")
    assert ask(server.address).model_version == line["version"] == ask(shop.server.address).model_version
    server.wait_for("registry_unreachable")


def test_a_flipped_byte_on_disk_starts_the_server_from_the_bundle_before(
    start: Start, shop: Shop, tmp_path: Path
) -> None:
    newest = shop.train()
    shop.server.wait_for("bundle_served", version=newest)
    state_dir = shop.copy_state(tmp_path / "harmed")
    (bundle,) = state_dir.glob(f"bundles/{newest}-*")
    flip_byte(bundle / "title_bytes.npy")
    server = start(state_dir=state_dir)
    line = server.wait_for("bundle_refused", version=newest)
    assert "title_bytes.npy differs from its SHA-256" in line["cause"]
    assert server.wait_for("bundle_served")["version"] == ask(server.address).model_version != newest


def test_a_champion_and_a_challenger_on_one_state_directory_each_start_from_their_own(
    start: Start, shop: Shop, tmp_path: Path
) -> None:
    challenger = shop.train(alias="challenger")
    champion = ask(shop.server.address).model_version
    state_dir = shop.copy_state(tmp_path / "state")
    other = Served(state_dir, shop.registry.uri, "--alias", "challenger")
    other.wait_for("bundle_served", version=challenger)
    until(lambda: list(state_dir.glob("bundles/*/good-challenger-*.json")), "the challenger to be marked")
    other.end()
    server = start(state_dir=state_dir)
    server.wait_for("bundle_served")  # before that it answers without a model
    assert ask(server.address).model_version == champion
    server = start("--alias", "challenger", state_dir=state_dir)
    assert server.wait_for("bundle_served")["version"] == challenger


def test_a_server_with_a_model_says_that_it_serves(start: Start) -> None:
    server = start()
    with grpc.insecure_channel(server.address) as channel:
        check = HealthStub(channel).Check
        server.wait_for("bundle_served")
        serving = health_pb2.HealthCheckResponse.SERVING
        until(
            lambda: check(health_pb2.HealthCheckRequest(), timeout=10).status == serving,
            "health to say so",
            patience_s=10,
        )


def test_without_registry_or_bundle_the_page_gets_an_empty_answer(start: Start, tmp_path: Path) -> None:
    server = start(state_dir=tmp_path / "nothing")
    assert ask(server.address).quiet_reason == pb.QUIET_REASON_NO_MODEL
    line = server.wait_for("registry_unreachable")
    assert "train a model first, or set MLFLOW_TRACKING_URI" in line["cause"]
    with grpc.insecure_channel(server.address) as channel:
        health = HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=10)
    assert health.status == health_pb2.HealthCheckResponse.NOT_SERVING


def test_a_server_whose_alias_no_version_has_says_what_to_do(shop: Shop, tmp_path: Path) -> None:
    server = Served(tmp_path / "state", shop.registry.uri, "--alias", "fresh")
    try:
        line = server.wait_for("no_champion")
        assert "`shopkeeper promote accessories VERSION --alias fresh`" in line["hint"]
        assert shop.registry.uri in line["hint"]
    finally:
        server.end()


def test_sigterm_lets_a_running_call_finish_and_the_server_exits_0(start: Start) -> None:
    server = start()
    server.wait_for("bundle_served")
    send = threading.Event()

    def message() -> Iterator[pb.RecommendRequest]:
        send.wait(30)
        yield PAGE

    with grpc.insecure_channel(server.address) as channel, ThreadPoolExecutor(2) as pool:
        states = HealthStub(channel).Watch(health_pb2.HealthCheckRequest(), timeout=30)
        held = channel.stream_unary(
            "/shopkeeper.v1.RecommendationService/Recommend",
            pb.RecommendRequest.SerializeToString,
            pb.RecommendResponse.FromString,
        )
        assert next(states).status == health_pb2.HealthCheckResponse.SERVING
        answer = held.future(message(), timeout=30)
        # A connection keeps the order of its calls: once this is answered, the held one has arrived.
        HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=30)
        rest = pool.submit(lambda: [state.status for state in states])
        exit_code = pool.submit(server.terminate)
        # The watch ends; this client may lose a message that the stream's end overtakes.
        assert set(rest.result(30)) <= {health_pb2.HealthCheckResponse.NOT_SERVING}
        assert not exit_code.done()
        send.set()
        assert len(answer.result(30).recommendations) == 3
        assert exit_code.result(30) == 0
    server.wait_for("stopped")


def test_before_a_drain_health_says_no_while_new_calls_are_answered(start: Start) -> None:
    server = start("--lame-duck-s", "600")
    server.wait_for("bundle_served")
    server.process.send_signal(signal.SIGTERM)
    with grpc.insecure_channel(server.address) as channel:
        check, request = HealthStub(channel).Check, health_pb2.HealthCheckRequest()
        not_serving = health_pb2.HealthCheckResponse.NOT_SERVING
        until(lambda: check(request, timeout=10).status == not_serving, "health to say no")
    assert len(ask(server.address).recommendations) == 3
    assert server.lines("draining")[0]["lame_duck_s"] == 600


def test_a_port_in_use_is_a_clear_message_and_exit_1(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = subprocess.run(
            **shopkeeper("serve", "--port", port, "--state-dir", str(tmp_path / "state")),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert ended.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}: another process has the port" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_two_servers_never_share_a_port_unnoticed(start: Start, tmp_path: Path) -> None:
    port = start().address.rpartition(":")[2]
    ended = subprocess.run(
        **shopkeeper("serve", "--state-dir", str(tmp_path / "other"), environ={"SHOPKEEPER_PORT": port}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, "another process has the port" in ended.stderr) == (1, True)


def test_wrong_settings_are_all_told_and_exit_2(tmp_path: Path) -> None:
    ended = subprocess.run(
        **shopkeeper("serve", "--port", "x", "--min-probability", "7", environ={"SHOPKEEPER_DRAIN_S": "-1"}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert all(name in ended.stderr for name in ("--port", "--min-probability", "SHOPKEEPER_DRAIN_S"))


def recommend(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        **shopkeeper("recommend", *arguments, environ={"COLUMNS": "80"}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_recommend_prints_titles_relations_and_reasons(shop: Shop) -> None:
    ended = recommend("camera", "--cart", "kettle", "--target", shop.server.address)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "Goes with Camera (camera)" in ended.stdout
    lines = [line.split() for line in ended.stdout.splitlines()]
    assert ["3", "Kettle", "filter", "filter", "refill", "35.0%"] in lines
    assert ["3", *"Bought again by many; also by 20+ people who bought Kettle (in the cart)".split()] in lines
    assert "rests on the cart or the items viewed" in ended.stdout


def test_recommend_says_in_plain_words_why_there_is_nothing(shop: Shop) -> None:
    ended = recommend("unheard-of", "--target", shop.server.address)
    assert ended.returncode == 0
    assert "The model does not know unheard-of" in ended.stdout


def test_recommend_prints_json_for_programs(shop: Shop) -> None:
    ended = recommend("camera", "--max-results", "1", "--json", "--target", shop.server.address)
    assert json.loads(ended.stdout)["recommendations"][0]["itemId"] == "bag"


def test_recommend_lists_every_fault_and_exits_2(shop: Shop) -> None:
    ended = recommend(
        "--placement", "sidebar", "--max-results", "-1", "--cart", "a", "a", "--target", shop.server.address
    )
    assert ended.returncode == 2
    assert all(name in ended.stderr for name in ("placement:", "max_results:", "cart_item_ids:"))
    assert "Traceback" not in ended.stderr


def test_recommend_without_a_server_says_what_to_do_and_exits_1(closed_port: int) -> None:  # noqa: F811
    ended = recommend("camera", "--target", f"127.0.0.1:{closed_port}")
    assert ended.returncode == 1
    assert "start one with `shopkeeper serve`" in ended.stderr
    assert "Traceback" not in ended.stderr
