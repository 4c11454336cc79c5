"""`shopkeeper serve --experiments FILE`: two models answer from one server; no page notices that the file changes."""

import os
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1.recommendation_service_pb2_grpc import RecommendationServiceStub

from models.bundle.manifest import fingerprint
from privacy.state_directory import OWN_FILE
from service.adapters.experiments_follower import NONE_RUNS
from tests.integration.serving import Served, promoted, shopkeeper
from tests.service.conftest import registry_template  # noqa: F401 - fixture
from tests.service.mlflow_registry import SqliteRegistry, forgive_mlflow
from tests.service.waiting import until

pytestmark = forgive_mlflow

PAGE = pb.RecommendRequest(placement="product_page", item_id="camera")
N_PAGES = 64
N_CHANGES = 4
TEST = """
  - name: {name}
    placements: [product_page]
    starts: {starts}
    ends: {ends}
    traffic: {traffic}
    arms:
      - {{name: control, model: champion, weight: 1}}
      - {{name: new, {model}, weight: 1}}
    primary: buyers
    smallest_effect: 5
"""
VERSIONS = {"ranker/control~": "accessories/1", "ranker/new~": "accessories/2"}


def written(
    path: Path, name: str = "ranker", model: str = "model: challenger", traffic: str = "[0, 100]", days: int = 1
) -> Path:
    """The file with one test, which has begun and lasts so many days still."""
    now = datetime.now(UTC)
    starts, ends = (now.date() + timedelta(days=lapse) for lapse in (-1, 1 + days))
    text = TEST.format(name=name, model=model, traffic=traffic, starts=starts, ends=ends)
    half = path.with_suffix(".half")
    half.write_text(f"experiments:{text}")
    half.replace(path)
    return path


class Shop:
    """A server of two workers with a test.

    Attributes:
        n_of_arms: Answers that `ask` was given by arms.
    """

    def __init__(self, directory: Path, registry: SqliteRegistry) -> None:
        self.registry, self.file = registry, written(directory / "experiments.yaml")
        self.n_of_arms = 0
        self._bundle, self._database = directory / "bundle", directory / "state" / OWN_FILE
        self.challenges()
        options = ("--workers", "2", "--poll-interval-s", "0.2", "--experiments", str(self.file))
        self.server = Served(directory / "state", registry.uri, *options)
        self.channels = [
            grpc.insecure_channel(self.server.address, [("grpc.use_local_subchannel_pool", 1)]) for _ in range(4)
        ]

    def challenges(self) -> None:
        """One more version is the challenger."""
        version = self.registry.publish(self._bundle, fingerprint=fingerprint(self._bundle))
        self.registry.promote(version, "challenger")

    def ask(self, n_pages: int = N_PAGES) -> list[pb.RecommendResponse]:
        """Pages of nobody, over several connections."""
        stubs = list(map(RecommendationServiceStub, self.channels))
        answers = [stubs[number % len(stubs)].Recommend(PAGE, timeout=30) for number in range(n_pages)]
        self.n_of_arms += sum(bool(answer.variant) for answer in answers)
        return answers

    def answered(self) -> dict[str, str]:
        """The version behind each arm that answered."""
        return {answer.variant: answer.model_version for answer in self.ask()}

    def kill(self, number: int) -> None:
        """End a worker as the machine would, and wait until another listens in its place."""
        n_listening = self._n_listening(number)
        pid = next(line["pid"] for line in reversed(self.server.lines("worker_started")) if line["worker"] == number)
        os.kill(int(pid), signal.SIGKILL)
        until(lambda: self._n_listening(number) > n_listening, f"another worker {number} to listen")

    def _n_listening(self, number: int) -> int:
        return sum(line["worker"] == number for line in self.server.lines("listening"))

    def n_deaths(self) -> int:
        """Workers that have ended so far."""
        return len(self.server.lines("worker_ended"))

    def n_counted(self) -> int:
        """Answers of arms, as they were written down."""
        with closing(sqlite3.connect(self._database)) as connection:
            query = "SELECT sum(n) FROM experiment_answers WHERE counter = 'answers'"
            [(n_answers,)] = connection.execute(query)
        return int(n_answers or 0)

    def end(self) -> None:
        for channel in self.channels:
            channel.close()
        self.server.end()


@pytest.fixture
def shop(tmp_path: Path, registry_template: Path) -> Iterator[Shop]:  # noqa: F811 - a fixture
    with promoted(tmp_path, registry_template) as registry:
        shop = Shop(tmp_path, registry)
        try:
            yield shop
        finally:
            shop.end()


def test_both_arms_answer_from_every_worker_by_their_own_models(shop: Shop) -> None:
    until(
        lambda: {line["worker"] for line in shop.server.lines("experiments_live")} == {1, 2}, "both workers to run it"
    )
    assert shop.answered() == VERSIONS


def test_no_page_fails_while_the_file_changes(shop: Shop) -> None:
    until(lambda: shop.answered() == VERSIONS, "both arms to answer")
    stop, failed, n_answered = threading.Event(), list[str](), list[int]()

    def ask() -> None:
        while not stop.is_set():
            try:
                n_answered.append(len(shop.ask(8)))
            except grpc.RpcError as error:
                failed.append(error.details())

    asking = [threading.Thread(target=ask) for _ in range(2)]
    for thread in asking:
        thread.start()
    try:
        for number in range(N_CHANGES):
            n_read = len(shop.server.lines("experiments_read"))
            written(shop.file, days=2 + number)
            until(
                lambda n_read=n_read: len(shop.server.lines("experiments_read")) >= n_read + 2, "both workers to read"
            )
            shop.file.write_text("experiments: 7")
            until(
                lambda number=number: len(shop.server.lines("experiments_not_read")) >= 2 * (number + 1),
                "all to refuse",
            )
    finally:
        stop.set()
        for thread in asking:
            thread.join()
    assert failed == []
    assert sum(n_answered) > N_PAGES
    assert shop.answered() == VERSIONS


def test_workers_that_start_while_the_file_is_faulty_answer_and_run_its_tests_once_it_is_mended(shop: Shop) -> None:
    until(lambda: shop.answered() == VERSIONS, "both arms to answer")
    sound = shop.file.read_text()
    shop.file.write_text(f"\t{sound}")
    for number in (2, 1):
        shop.kill(number)
        refused = shop.server.wait_for("experiments_not_read", worker=number, hint=NONE_RUNS)
        assert "has 1 fault" in refused["message"]
    assert {answer.variant for answer in shop.ask()} == {""}
    shop.file.write_text(sound)
    n_live = len(shop.server.lines("experiments_live"))
    until(lambda: len(shop.server.lines("experiments_live")) >= n_live + 2, "both workers to run it")
    assert shop.answered() == VERSIONS
    assert shop.n_deaths() == 2


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_server_is_not_started_with_a_faulty_file_and_says_every_fault(tmp_path: Path, workers: str) -> None:
    file = tmp_path / "experiments.yaml"
    file.write_text("experiments:\n  - name: Ranker\n    placements: [cellar]\n")
    options = ("--workers", workers, "--port", "0", "--state-dir", str(tmp_path / "state"), "--experiments", str(file))
    ended = subprocess.run(**shopkeeper("serve", *options), capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert [word in ended.stderr for word in ("experiments[0].name", "experiments[0].placements")] == [True, True]
    assert not (tmp_path / "state").exists()


def test_a_test_that_is_taken_out_of_the_file_ends(shop: Shop) -> None:
    until(lambda: shop.answered() == VERSIONS, "both arms to answer")
    shop.file.write_text("experiments: []")
    until(lambda: shop.answered() == {"": "accessories/1"}, "the champion alone to answer")


def test_a_test_whose_model_is_not_there_waits_and_the_champion_answers(shop: Shop) -> None:
    written(shop.file, "other", "version: 17")
    until(lambda: shop.answered() == {"": "accessories/1"}, "the champion alone to answer")


def test_an_alias_that_moves_reaches_its_arm(shop: Shop) -> None:
    until(lambda: shop.answered() == VERSIONS, "both arms to answer")
    shop.challenges()
    until(lambda: shop.answered() == {**VERSIONS, "ranker/new~": "accessories/3"}, "the new model to answer")


def test_an_answer_that_is_under_way_when_the_server_is_told_to_stop_is_counted(shop: Shop) -> None:
    until(lambda: len(shop.server.lines("experiments_live")) == 2, "the test to run in both workers")
    shop.ask()
    send = threading.Event()

    def message() -> Iterator[pb.RecommendRequest]:
        send.wait(30)
        yield PAGE

    with grpc.insecure_channel(shop.server.address) as channel, ThreadPoolExecutor(1) as pool:
        held = channel.stream_unary(
            "/shopkeeper.v1.RecommendationService/Recommend",
            pb.RecommendRequest.SerializeToString,
            pb.RecommendResponse.FromString,
        )
        answer = held.future(message(), timeout=30)
        # A connection keeps the order of its calls: once this is answered, the held one has arrived.
        RecommendationServiceStub(channel).Recommend(pb.RecommendRequest(placement="cart"), timeout=30)
        exit_code = pool.submit(shop.server.terminate)
        until(lambda: shop.n_counted() == shop.n_of_arms, "the pages before it to be counted", patience_s=20)
        send.set()
        assert answer.result(30).variant in VERSIONS
        assert exit_code.result(30) == 0
    assert shop.n_counted() == shop.n_of_arms + 1
