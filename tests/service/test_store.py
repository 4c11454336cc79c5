"""Several servers on one state directory: each starts from its own bundle, and none loses another's."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from models.bundle.reading import Bundle
from models.errors import BundleCorruptError
from service.adapters.ports import RegisteredVersion
from service.adapters.store import BundleStore
from tests.service.shop import write_shop

REGISTRY = "http://mlflow:5000"
Fetch = Callable[[RegisteredVersion, Path], Path]


class State:
    """A state directory and the bundles that may come into it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.root = directory / "state" / "bundles" / "accessories"
        self.n_fetches = 0

    def store(self, alias: str = "champion", registry: str = REGISTRY, *, keep: int = 2) -> BundleStore:
        """That of a new server."""
        return BundleStore(self._directory / "state", "accessories", alias=alias, registry=registry, keep=keep)

    def fetch(self, version: RegisteredVersion, directory: Path) -> Path:
        """Download a bundle of this version alone."""
        self.n_fetches += 1
        trained = self._directory / version.version
        if not trained.exists():
            write_shop(trained, pairs={"camera": [("bag", int(version.version) / 100, "accessory")]})
        return Path(shutil.copytree(trained, directory / "bundle"))

    def serve(self, store: BundleStore, *versions: str) -> None:
        """One version after the other, as the follower does."""
        for version in versions:
            registered = RegisteredVersion("accessories", version, 1)
            store.mark_good(registered, store.add(registered, self.fetch))

    def bundles(self) -> list[str]:
        """Those on disk."""
        return sorted(path.name for path in self.root.iterdir() if path.is_dir())


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path)


def start_from(store: BundleStore) -> list[str]:
    return [version.version for version, found in store.good() if isinstance(found, Bundle)]


def test_each_alias_starts_from_its_own_bundle(state: State) -> None:
    state.serve(state.store("champion"), "1")
    state.serve(state.store("challenger"), "2")
    assert start_from(state.store("champion")) == ["1"]
    assert start_from(state.store("challenger")) == ["2"]


def test_each_registry_has_its_own_list(state: State) -> None:
    state.serve(state.store(registry="http://one:5000"), "1")
    assert start_from(state.store(registry="http://two:5000")) == []


@pytest.mark.parametrize("registry", ["http://reader:secret@mlflow:5000", "http://reader:new@mlflow:5000"])
def test_who_logs_in_to_a_registry_makes_no_difference(state: State, registry: str) -> None:
    state.serve(state.store(), "1")
    assert start_from(state.store(registry=registry)) == ["1"]


@pytest.mark.parametrize("alias", ["../up", "a/b", ".", "*", "good-x"])
def test_any_alias_is_a_file_of_its_own(state: State, alias: str) -> None:
    state.serve(state.store(alias), "1")
    assert start_from(state.store(alias)) == ["1"]
    assert start_from(state.store()) == []
    assert len(list(state.root.glob("good-*.json"))) == 1


def test_the_next_server_needs_no_download_of_what_is_there(state: State) -> None:
    state.serve(state.store("champion"), "1")
    state.serve(state.store("challenger"), "1")
    assert state.n_fetches == 1


def test_clearing_up_keeps_what_the_list_of_another_alias_names(state: State) -> None:
    state.serve(state.store("champion"), "1", "2")
    state.serve(state.store("challenger"), "3", "4", "5", "6")
    assert state.bundles() == ["1-1", "2-1", "5-1", "6-1"]
    assert start_from(state.store("champion")) == ["2", "1"]


def test_clearing_up_keeps_what_another_server_has_put_there_and_not_marked_yet(state: State) -> None:
    other, version = state.store("challenger"), RegisteredVersion("accessories", "9", 1)
    bundle = other.add(version, state.fetch)
    state.serve(state.store("champion"), "1", "2", "3")
    assert state.bundles() == ["2-1", "3-1", "9-1"]
    other.mark_good(version, bundle)
    assert start_from(state.store("challenger")) == ["9"]


def test_clearing_up_keeps_what_another_server_has_opened_and_not_marked_yet(state: State) -> None:
    mine, other, version = state.store("champion"), state.store("challenger"), RegisteredVersion("accessories", "1", 1)
    state.serve(mine, "1")
    bundle = other.add(version, state.fetch)
    state.serve(mine, "2", "3", "4")
    other.mark_good(version, bundle)
    assert start_from(state.store("challenger")) == ["1"]


def test_what_a_server_left_unmarked_is_cleared_away_once_it_is_gone(state: State) -> None:
    other = state.store("challenger")
    other.add(RegisteredVersion("accessories", "9", 1), state.fetch)
    del other
    # As the end of its process does.
    for handle in open_directories(state.root / "9-1"):
        os.close(handle)
    state.serve(state.store("champion"), "1")
    assert state.bundles() == ["1-1"]


def open_directories(directory: Path) -> list[int]:
    """Handles of this process on the directory."""
    return [
        int(link.name)
        for link in Path("/proc/self/fd").iterdir()
        if os.path.lexists(link) and link.readlink() == directory
    ]


def test_a_server_keeps_no_handle_on_what_it_has_marked(state: State) -> None:
    store = state.store()
    state.serve(store, "1", "2")
    assert open_directories(state.root / "1-1") == open_directories(state.root / "2-1") == []


def test_an_abandoned_download_is_cleared_away_and_a_running_one_is_not(state: State) -> None:
    for name, at_s in (("incoming-old", 0), ("incoming-new", None)):
        (state.root / name).mkdir(parents=True)
        os.utime(state.root / name, None if at_s is None else (at_s, at_s))
    (state.root / "incoming-list").touch()
    os.utime(state.root / "incoming-list", (0, 0))
    state.serve(state.store(), "1")
    assert state.bundles() == ["1-1", "incoming-new"]
    assert not (state.root / "incoming-list").exists()


def test_a_download_that_vanishes_while_it_is_looked_at_is_no_fault(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    iterdir = Path.iterdir

    def with_one_gone(path: Path) -> Iterator[Path]:
        gone = [path / "incoming-gone", path / "7-1"] if path == state.root else []
        return iter([*gone, *iterdir(path)])

    state.serve(state.store(), "1")
    monkeypatch.setattr(Path, "iterdir", with_one_gone)
    state.serve(state.store(keep=1), "2")
    monkeypatch.undo()
    assert state.bundles() == ["2-1"]


def test_a_list_that_cannot_be_written_leaves_the_one_before_and_nothing_else(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    store, version = state.store(), RegisteredVersion("accessories", "2", 1)
    state.serve(store, "1")
    bundle = store.add(version, state.fetch)
    monkeypatch.setattr("service.adapters.store.os.fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        store.mark_good(version, bundle)
    assert start_from(state.store()) == ["1"]
    assert list(state.root.glob("incoming-*")) == []
    monkeypatch.undo()
    store.mark_good(version, bundle)
    assert start_from(state.store()) == ["2", "1"]


def test_a_harmed_bundle_that_another_server_is_using_is_left_to_it(state: State) -> None:
    first, second = state.store("champion"), state.store("challenger")
    version = RegisteredVersion("accessories", "1", 1)
    first.add(version, state.fetch)
    (state.root / "1-1" / "item_hash.npy").write_bytes(b"")
    with pytest.raises(BundleCorruptError):
        second.add(version, state.fetch)
    assert state.bundles() == ["1-1"]
