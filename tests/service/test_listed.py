"""Workers that do not fetch bundles serve those that the list of the one that does names."""

from collections.abc import Callable
from pathlib import Path

import pytest

from models.bundle.reading import Bundle
from service.adapters.follower import FIRST_RETRY_S, Follower
from service.adapters.listed import ListedBundles
from service.adapters.ports import RegisteredVersion
from service.adapters.store import BundleStore
from tests.service.doubles import FakeRegistry, Lines, flip_byte
from tests.service.shop import write_shop

REGISTRY = "http://mlflow:5000"


class Workers:
    """One that fetches bundles and keeps a single one on disk, and one that finds them."""

    def __init__(self, directory: Path) -> None:
        self._directory, self._registry = directory, FakeRegistry()
        self.root = directory / "state" / "bundles" / "accessories"
        self.first_lines, self.lines = Lines(), Lines()
        self.now_s = 0.0
        self.first_served: list[tuple[RegisteredVersion, Bundle]] = []
        self.first = self.starting_first()
        self.served: list[tuple[RegisteredVersion, Bundle]] = []
        self.other = self.starting_other()

    def starting_first(self) -> Follower:
        """A new process of the one that fetches."""
        store = BundleStore(self._directory / "state", "accessories", alias="champion", registry=REGISTRY, keep=1)
        return self._follower(self._registry, store, self.first_served, self.first_lines, "registry")

    def starting_other(self) -> Follower:
        """A new process of the one that finds."""
        store = ListedBundles(self._directory / "state", "accessories", alias="champion", registry=REGISTRY, keep=1)
        return self._follower(store, store, self.served, self.lines, "list")

    def _follower(
        self,
        registry: FakeRegistry | ListedBundles,
        store: BundleStore,
        served: list[tuple[RegisteredVersion, Bundle]],
        lines: Lines,
        source: str,
    ) -> Follower:
        return Follower(
            registry,
            store,
            name="accessories",
            alias="champion",
            publish=lambda version, bundle: served.append((version, bundle)),
            log=lines.log,
            poll_interval_s=0.01,
            monotonic=lambda: self.now_s,
            source=source,
        )

    def train(self, version: str) -> None:
        """Register a version and have the first worker fetch it."""
        directory = self._directory / f"trained-{version}"
        fingerprint = write_shop(directory, pairs={"camera": [("bag", int(version) / 100, "accessory")]})
        self._registry.put(version, directory, fingerprint)
        self.first.poll()

    def on_disk(self) -> list[str]:
        """Bundles that are there."""
        return sorted(path.name for path in self.root.iterdir() if path.is_dir())

    def labels(self) -> list[str]:
        """What the other one served, in order."""
        return [version.label for version, _ in self.served]


@pytest.fixture
def workers(tmp_path: Path) -> Workers:
    return Workers(tmp_path)


def test_what_the_first_worker_fetched_is_served_once(workers: Workers) -> None:
    workers.train("1")
    for _ in range(3):
        workers.other.poll()
    workers.train("2")
    workers.other.poll()
    assert workers.labels() == ["accessories/1", "accessories/2"]
    assert {line["source"] for line in workers.lines.all()} == {"list"}


def test_what_is_served_is_the_file_that_the_first_worker_serves(workers: Workers) -> None:
    workers.train("1")
    workers.other.poll()
    assert workers.served[0][1].directory == workers.first_served[0][1].directory


def test_before_anything_is_fetched_it_waits_and_says_so_once(workers: Workers) -> None:
    for _ in range(3):
        workers.other.poll()
    workers.train("1")
    workers.other.poll()
    assert workers.lines.events() == ["nothing_listed", "list_answers_again", "bundle_served"]


@pytest.mark.parametrize("begin", [Follower.poll, Follower.start])
def test_what_is_served_is_not_cleared_away_until_it_is_let_go(
    workers: Workers, begin: Callable[[Follower], None]
) -> None:
    workers.train("1")
    begin(workers.other)
    workers.train("2")
    assert workers.on_disk() == ["1-1", "2-1"]
    workers.other.poll()
    assert workers.on_disk() == ["2-1"]


def test_a_harmed_bundle_is_refused_left_alone_and_served_once_it_is_mended(workers: Workers) -> None:
    workers.train("1")
    workers.other.poll()
    workers.train("2")
    flip_byte(workers.root / "2-1" / "title_bytes.npy")
    workers.other.poll()
    workers.other.poll()
    assert workers.labels() == ["accessories/1"]
    assert workers.lines.only("bundle_refused")["still_serving"] == "accessories/1"
    # Nobody holds it: a first worker that starts anew fetches it again.
    workers.starting_first().poll()
    workers.now_s = FIRST_RETRY_S
    workers.other.poll()
    assert workers.labels() == ["accessories/1", "accessories/2"]


def test_a_bundle_that_has_gone_is_refused(workers: Workers) -> None:
    workers.train("1")
    (workers.root / "1-1").rename(workers.root / "away")
    workers.other.poll()
    assert "is not there" in workers.lines.only("bundle_refused")["cause"]


def test_a_new_worker_starts_with_what_is_there_and_fetches_nothing(workers: Workers) -> None:
    workers.train("1")
    workers.other.start()
    workers.other.start()
    workers.other.poll()
    assert workers.labels() == ["accessories/1"]


def test_the_position_of_the_ledger_is_kept_with_the_bundle(tmp_path: Path) -> None:
    trained = tmp_path / "trained"
    version = RegisteredVersion("accessories", "1", 1, write_shop(trained), 42)
    store = BundleStore(tmp_path, "accessories", alias="champion", registry=REGISTRY, keep=1)

    def fetch(_: RegisteredVersion, directory: Path) -> Path:
        return trained.rename(directory / "bundle")

    store.mark_good(version, store.add(version, fetch))
    listed = ListedBundles(tmp_path, "accessories", alias="champion", registry=REGISTRY, keep=1)
    assert listed.find("accessories", "champion") == version
    [(found, _)] = store.good()
    assert found.ledger_position == 42
