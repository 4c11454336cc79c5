"""Who is let in by `shopkeeper serve`, a process with two workers, as an operator starts it."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.reflection_pb2_grpc import ServerReflectionStub
from shopkeeper.v1 import event_service_pb2, recommendation_service_pb2
from shopkeeper.v1.event_service_pb2_grpc import EventServiceStub
from shopkeeper.v1.recommendation_service_pb2_grpc import RecommendationServiceStub

from service.core.callers import hash_of
from tests.integration.serving import Served, promoted, shopkeeper
from tests.service.authority import Authority
from tests.service.conftest import registry_template  # noqa: F401 - a fixture
from tests.service.mlflow_registry import forgive_mlflow
from tests.service.waiting import until

pytestmark = forgive_mlflow

STOREFRONT, COLLECTOR = "shk_of-the-storefront", "shk_of-the-collector"
PAGE = recommendation_service_pb2.RecommendRequest(placement="product_page", item_id="camera")
EVENTS = event_service_pb2.RecordEventsRequest()
UNAUTHENTICATED, DENIED = grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED


class Guarded:
    """A server of two workers with TLS and tokens."""

    def __init__(self, directory: Path, template: Path) -> None:
        self.directory, self.shop = directory, Authority("shop")
        self.tokens, self.authority = directory / "tokens.yaml", directory / "ca.pem"
        self.allow({STOREFRONT: "recommend", COLLECTOR: "record"})
        self.authority.write_bytes(self.shop.pem)
        certificate, key = directory / "server.pem", directory / "server.key"
        for path, content in zip((certificate, key), self.shop.issue("server"), strict=True):
            path.write_bytes(content)
        with promoted(directory, template) as registry:
            options = ["--workers", "2", "--tokens", self.tokens, "--tls-cert", certificate, "--tls-key", key]
            self.server = Served(directory / "state", registry.uri, *map(str, options))

    def ready(self) -> None:
        """Wait until both workers have a model."""
        for number in (1, 2):
            until(lambda number=number: self.told("bundle_served", number), f"worker {number} to serve")

    def allow(self, scopes: dict[str, str]) -> None:
        """Write the file of tokens."""
        entries = [
            f"- {{name: caller-{place}, sha256: {hash_of(token)}, scopes: [{scope}]}}\n"
            for place, (token, scope) in enumerate(scopes.items())
        ]
        self.tokens.write_text(f"tokens:\n{''.join(entries)}" if entries else "tokens: []")

    def told(self, event: str, number: int) -> int:
        """How often a worker logged this event."""
        return sum(line.get("worker") == number for line in self.server.lines(event))

    def both_tell(self, event: str, act: object) -> None:
        """Do something, and wait until both workers have logged this event once more."""
        before = [self.told(event, number) for number in (1, 2)]
        assert callable(act)
        act()
        until(lambda: all(self.told(event, n) > before[n - 1] for n in (1, 2)), f"both workers: {event}")

    def channel(self) -> grpc.Channel:
        """A new connection, to either worker."""
        credentials = grpc.ssl_channel_credentials(self.shop.pem)
        return grpc.secure_channel(self.server.address, credentials, options=[("grpc.use_local_subchannel_pool", 1)])

    def asked(self, token: str | None, *, events: bool = False) -> grpc.StatusCode:
        """How a call with this token is answered."""
        metadata = () if token is None else (("authorization", f"Bearer {token}"),)
        with self.channel() as channel:
            method, request = RecommendationServiceStub(channel).Recommend, PAGE
            if events:
                method, request = EventServiceStub(channel).RecordEvents, EVENTS
            call = method.future(request, metadata=metadata, timeout=10)
            call.exception()
            return call.code()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, registry_template: Path) -> Iterator[Guarded]:  # noqa: F811
    made = Guarded(tmp_path_factory.mktemp("guarded"), registry_template)
    try:
        made.ready()
        yield made
    finally:
        made.server.end()


@pytest.fixture(autouse=True)
def all_allowed(guarded: Guarded) -> Iterator[None]:
    """Each test finds the same callers."""
    yield
    guarded.tokens.unlink(missing_ok=True)
    guarded.both_tell("tokens_read", lambda: guarded.allow({STOREFRONT: "recommend", COLLECTOR: "record"}))


@pytest.mark.parametrize(
    ("token", "events", "code"),
    [
        (STOREFRONT, False, grpc.StatusCode.OK),
        (STOREFRONT, True, DENIED),
        (COLLECTOR, False, DENIED),
        (COLLECTOR, True, grpc.StatusCode.INVALID_ARGUMENT),  # let in: it holds no events
        ("shk_of-nobody", False, UNAUTHENTICATED),
        (None, False, UNAUTHENTICATED),
        (None, True, UNAUTHENTICATED),
    ],
)
def test_a_caller_is_let_in_by_its_token_to_what_that_is_for(
    guarded: Guarded, token: str | None, events: bool, code: grpc.StatusCode
) -> None:
    assert guarded.asked(token, events=events) is code


def test_a_revoked_token_ends_and_a_new_one_begins_on_every_worker_without_a_restart(guarded: Guarded) -> None:
    pids = [line["pid"] for line in guarded.server.lines("worker_started")]
    guarded.both_tell("tokens_read", lambda: guarded.allow({COLLECTOR: "recommend"}))
    # As many connections as meet both workers, but for one time in a million.
    assert {guarded.asked(STOREFRONT) for _ in range(20)} == {UNAUTHENTICATED}
    assert {guarded.asked(COLLECTOR) for _ in range(20)} == {grpc.StatusCode.OK}
    assert [line["pid"] for line in guarded.server.lines("worker_started")] == pids


def test_a_file_that_went_bad_leaves_the_callers_of_before_and_is_told_of(guarded: Guarded) -> None:
    guarded.both_tell("tokens_not_read", lambda: guarded.tokens.write_text(f"tokens: [{STOREFRONT}"))
    assert guarded.asked(STOREFRONT) is grpc.StatusCode.OK
    assert STOREFRONT not in str(guarded.server.lines("tokens_not_read"))


def test_health_is_open_to_all_and_reflection_is_not(guarded: Guarded) -> None:
    with guarded.channel() as channel:
        answer = HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=10)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
        asked = reflection_pb2.ServerReflectionRequest(list_services="")
        with pytest.raises(grpc.RpcError) as caught:
            list(ServerReflectionStub(channel).ServerReflectionInfo(iter([asked]), timeout=10))
    assert caught.value.code() is UNAUTHENTICATED


def recommend(guarded: Guarded, *options: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    command = shopkeeper("recommend", "camera", "--target", guarded.server.address, *options, environ=environ)
    return subprocess.run(**command, capture_output=True, text=True, timeout=60)


def test_the_command_asks_such_a_server(guarded: Guarded) -> None:
    answer = recommend(guarded, "--tls-ca", str(guarded.authority), SHOPKEEPER_TOKEN=STOREFRONT)
    assert (answer.returncode, answer.stderr) == (0, "")
    kept = guarded.directory / "token"
    kept.write_text(f"{STOREFRONT}\n")
    again = recommend(
        guarded, "--tls-ca", str(guarded.authority), "--token-file", str(kept), SHOPKEEPER_TOKEN=COLLECTOR
    )
    assert again.stdout == answer.stdout


def test_the_command_says_what_is_missing(guarded: Guarded) -> None:
    answer = recommend(guarded, "--tls-ca", str(guarded.authority))
    assert answer.returncode == 1
    assert "SHOPKEEPER_TOKEN" in answer.stderr
    assert "--tls-ca" in recommend(guarded).stderr


def test_a_handshake_that_fails_is_nothing_for_the_log(guarded: Guarded) -> None:
    with grpc.insecure_channel(guarded.server.address) as channel:
        call = HealthStub(channel).Check.future(health_pb2.HealthCheckRequest(), timeout=10)
        assert call.code() is grpc.StatusCode.UNAVAILABLE
    assert all(line.startswith("{") for line in guarded.server._log.read_text().splitlines())


def test_no_token_is_in_the_log(guarded: Guarded) -> None:
    for token in (STOREFRONT, COLLECTOR, "shk_of-nobody"):
        guarded.asked(token)
        guarded.asked(token, events=True)
    assert "shk_" not in guarded.server._log.read_text()


def refused(directory: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """What a server that does not start says."""
    command = shopkeeper("serve", "--port", "0", "--state-dir", str(directory / "state"), *options)
    return subprocess.run(**command, capture_output=True, text=True, timeout=60, cwd=directory)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_all_that_is_wrong_with_the_files_is_said_at_once_before_listening(tmp_path: Path, workers: str) -> None:
    (tmp_path / "tokens.yaml").write_text("tokens: [{name: a, sha256: b, scopes: [admin]}]")
    files = ("--tokens", "tokens.yaml", "--tls-cert", "absent.pem", "--tls-key", "absent.key", "--workers", workers)
    answer = refused(tmp_path, *files)
    assert answer.returncode == 2
    assert all(name in answer.stderr for name in ("tokens[0].sha256", "absent.pem", "absent.key"))
    assert '"listening"' not in answer.stderr


def test_a_server_does_not_listen_to_the_network_by_mistake(tmp_path: Path) -> None:
    answer = refused(tmp_path, "--host", "0.0.0.0")  # noqa: S104 - to be refused
    assert answer.returncode == 2
    assert all(way in answer.stderr for way in ("--tokens", "--tls-client-ca", "--open-to-network"))
