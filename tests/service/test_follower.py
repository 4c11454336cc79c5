"""The follower: what the alias points to is served, and nothing worse takes its place."""

import threading
from pathlib import Path

import numpy as np
import pytest

from models.bundle.manifest import fingerprint, write_manifest
from models.bundle.reading import Bundle
from service.adapters.follower import FIRST_RETRY_S, Follower
from service.adapters.ports import RegisteredVersion
from service.adapters.store import BundleStore
from tests.service.doubles import FakeRegistry, Lines, flip_byte, registry_down
from tests.service.shop import write_shop
from tests.service.waiting import until


class World:
    """A follower with what is around it."""

    def __init__(self, directory: Path) -> None:
        self.state_dir, self.directory = directory / "state", directory
        self.registry, self.lines = FakeRegistry(), Lines()
        self.now_s = 0.0
        self.served: list[tuple[RegisteredVersion, Bundle]] = []
        self.start()

    def start(
        self, *, alias: str = "champion", registry: str = "http://mlflow:5000", is_champion: bool = False
    ) -> Follower:
        """A new process over the same state directory."""
        self.follower = Follower(
            self.registry,
            BundleStore(self.state_dir, "accessories", alias=alias, registry=registry, keep=2),
            name="accessories",
            alias=alias,
            publish=lambda version, bundle: self.served.append((version, bundle)),
            log=self.lines.log,
            poll_interval_s=0.01,
            monotonic=lambda: self.now_s,
            is_champion=is_champion,
        )
        return self.follower

    def train(self, version: str) -> Path:
        """A bundle that differs from the others, registered and promoted."""
        directory = self.directory / f"trained-{version}"
        fingerprint = write_shop(directory, pairs={"camera": [("bag", int(version) / 100, "accessory")]})
        self.registry.put(version, directory, fingerprint)
        return directory

    def labels(self) -> list[str]:
        return [version.label for version, _ in self.served]

    def on_disk(self, version: str) -> Path:
        return self.root / f"{version}-{self.registry.registered_at_ms}"

    @property
    def root(self) -> Path:
        return self.state_dir / "bundles" / "accessories"

    def bundles_on_disk(self) -> list[str]:
        return sorted(path.name for path in self.root.iterdir() if path.is_dir())


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_promotion_is_followed_once(world: World) -> None:
    world.train("1")
    world.follower.poll()
    world.train("2")
    for _ in range(3):
        world.follower.poll()
    assert world.labels() == ["accessories/1", "accessories/2"]
    assert world.lines.all()[-1]["replaced"] == "accessories/1"


def test_going_back_to_the_version_before_needs_no_download(world: World) -> None:
    world.train("1")
    world.follower.poll()
    world.train("2")
    world.follower.poll()
    world.registry.champion = "1"
    world.follower.poll()
    assert world.labels() == ["accessories/1", "accessories/2", "accessories/1"]
    assert world.registry.n_fetches == 2


def test_a_corrupt_bundle_is_refused_and_the_old_one_stays(world: World) -> None:
    world.train("1")
    world.follower.poll()
    flip_byte(world.train("2") / "item_pair_probability.npy")
    world.follower.poll()
    assert world.labels() == ["accessories/1"]
    line = world.lines.only("bundle_refused")
    assert (line["level"], line["version"], line["reason"]) == ("error", "accessories/2", "BUNDLE_CORRUPT")
    assert "item_pair_probability.npy differs from its SHA-256" in line["cause"]
    assert line["still_serving"] == "accessories/1"
    assert not world.on_disk("2").exists()


@pytest.mark.parametrize("name", ["manifest.json", "title_bytes.npy", "item_hash.npy"])
def test_no_byte_can_be_changed_unnoticed(world: World, name: str) -> None:
    trained = world.train("1")
    for place in range(0, (trained / name).stat().st_size, 37):
        flip_byte(trained / name, place)
        world.start()
        world.follower.poll()
        flip_byte(trained / name, place)
    assert world.labels() == []


def test_a_refusal_is_logged_once_and_tried_again_ever_later(world: World) -> None:
    trained = world.train("1")
    flip_byte(trained / "title_bytes.npy")
    fetches = []
    for now_s in (0, 1, FIRST_RETRY_S, FIRST_RETRY_S + 1, FIRST_RETRY_S * 2 + 1, FIRST_RETRY_S * 3):
        world.now_s = now_s
        world.follower.poll()
        fetches.append(world.registry.n_fetches)
    assert fetches == [1, 1, 2, 2, 2, 3]
    assert world.lines.events() == ["bundle_refused"]


def test_a_refused_version_that_was_mended_is_served(world: World) -> None:
    trained = world.train("1")
    flip_byte(trained / "title_bytes.npy")
    world.follower.poll()
    flip_byte(trained / "title_bytes.npy")
    world.now_s = FIRST_RETRY_S
    world.follower.poll()
    assert world.labels() == ["accessories/1"]


def test_a_version_after_a_refused_one_is_served_at_once(world: World) -> None:
    flip_byte(world.train("1") / "title_bytes.npy")
    world.follower.poll()
    world.train("2")
    world.follower.poll()
    assert world.labels() == ["accessories/2"]


def test_a_download_that_fails_is_tried_again_and_nothing_is_lost(world: World) -> None:
    world.train("1")
    world.follower.poll()
    held = world.train("2")
    del world.registry.bundles["2"]
    world.follower.poll()
    world.registry.bundles["2"] = held
    world.now_s = FIRST_RETRY_S
    world.follower.poll()
    assert world.labels() == ["accessories/1", "accessories/2"]
    assert "bundle_not_fetched" in world.lines.events()


def test_a_full_disk_is_not_met_with_one_download_after_another(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.train("1")
    monkeypatch.setattr(Path, "rename", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    world.follower.poll()
    world.follower.poll()
    assert world.registry.n_fetches == 1
    assert "No space left" in world.lines.only("bundle_not_fetched")["cause"]


def test_with_the_registry_down_the_last_good_bundle_is_served(world: World) -> None:
    world.train("1")
    world.follower.poll()
    world.train("2")
    world.follower.poll()
    world.registry.fault = registry_down()
    world.start()
    world.follower.resume()
    world.follower.poll()
    assert world.labels()[2:] == ["accessories/2"]


def test_an_outage_is_logged_once_and_so_is_its_end(world: World) -> None:
    world.train("1")
    world.follower.poll()
    for fault in (registry_down(), registry_down(), None, None):
        world.registry.fault = fault
        world.follower.poll()
    assert world.lines.events() == ["bundle_served", "registry_unreachable", "registry_answers_again"]


def test_a_missing_alias_is_told_apart_from_an_outage(world: World) -> None:
    world.follower.poll()
    assert world.lines.events() == ["alias_missing"]


def test_that_there_is_no_champion_is_an_error_told_once_with_what_to_do(world: World) -> None:
    world.start(is_champion=True)
    world.follower.poll()
    world.follower.poll()
    line = world.lines.only("no_champion")
    assert (line["level"], line["hint"]) == ("error", "no champion of accessories")
    assert world.lines.events() == ["no_champion"]


def test_a_champion_that_loses_its_alias_goes_on_and_is_not_said_to_be_none(world: World) -> None:
    world.start(is_champion=True)
    world.train("1")
    world.follower.poll()
    world.registry.champion = None
    world.follower.poll()
    assert world.lines.only("alias_missing")["still_serving"] == "accessories/1"


def test_what_is_served_is_told_with_the_alias_or_version_that_it_was_followed_by(world: World) -> None:
    world.train("1")
    world.registry.other_aliases["version:1"] = "1"
    for alias in ("champion", "version:1"):
        world.start(alias=alias)
        world.follower.poll()
    told = [(line["event"], line["reference"]) for line in world.lines.all()]
    assert told == [("bundle_served", "alias:champion"), ("bundle_served", "version:1")]


def test_the_last_good_bundle_is_not_fetched_again_when_the_registry_is_up(world: World) -> None:
    world.train("1")
    world.follower.poll()
    world.start()
    world.follower.resume()
    world.follower.poll()
    assert world.labels() == ["accessories/1", "accessories/1"]
    assert world.registry.n_fetches == 1


@pytest.mark.parametrize("name", ["manifest.json", "title_bytes.npy"])
def test_a_byte_flipped_on_disk_starts_the_server_from_the_bundle_before(world: World, name: str) -> None:
    for version in ("1", "2"):
        world.train(version)
        world.follower.poll()
    flip_byte(world.on_disk("2") / name, 30)
    world.registry.fault = registry_down()
    world.start()
    world.follower.resume()
    assert world.labels()[2:] == ["accessories/1"]
    assert world.lines.only("bundle_refused")["version"] == "accessories/2"


def test_a_manifest_edited_on_disk_is_noticed_though_every_array_is_whole(world: World) -> None:
    world.train("1")
    world.follower.poll()
    manifest = world.on_disk("1") / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"categories": 2', '"categories": 3'))
    world.registry.fault = registry_down()
    world.start()
    world.follower.resume()
    assert world.labels() == ["accessories/1"]
    assert "manifest.json differs" in world.lines.only("bundle_refused")["cause"]


def test_a_byte_flipped_on_disk_is_mended_from_the_registry(world: World) -> None:
    world.train("1")
    world.follower.poll()
    flip_byte(world.on_disk("1") / "title_bytes.npy")
    world.start()
    world.follower.resume()
    world.follower.poll()
    assert world.registry.n_fetches == 2
    assert world.labels() == ["accessories/1", "accessories/1"]


def test_a_registry_made_anew_is_noticed_though_its_numbers_begin_again(world: World) -> None:
    world.train("1")
    world.follower.poll()
    other = world.directory / "other"
    world.registry.registered_at_ms = 2
    world.registry.put("1", other, write_shop(other, pairs={"kettle": [("filter", 0.5, "refill")]}))
    world.follower.poll()
    assert len(world.served) == 2
    assert len(world.served[1][1].item_pairs.item) == 1


def test_a_version_without_a_fingerprint_is_checked_against_its_manifest(world: World) -> None:
    world.train("1")
    world.registry.fingerprints["1"] = None
    world.follower.poll()
    world.start()
    world.follower.resume()
    world.follower.poll()
    assert world.labels() == ["accessories/1", "accessories/1"]
    assert world.registry.n_fetches == 1


def test_only_the_last_few_bundles_are_kept(world: World) -> None:
    for version in ("1", "2", "3"):
        world.train(version)
        world.follower.poll()
    assert world.bundles_on_disk() == ["2-1", "3-1"]
    assert len(list(world.root.iterdir())) == 3


def test_a_bundle_cleared_away_while_it_is_mapped_can_still_be_asked(world: World) -> None:
    for version in ("1", "2", "3"):
        world.train(version)
        world.follower.poll()
    first = world.served[0][1]
    assert not world.on_disk("1").exists()
    assert first.index_of("camera") is not None
    assert float(first.item_pairs.probability[0]) == pytest.approx(0.01)


def test_a_harmed_list_of_good_bundles_costs_a_download_no_more(world: World) -> None:
    world.train("1")
    world.follower.poll()
    (harmed,) = world.root.glob("good-*.json")
    harmed.write_text("[{")
    world.start()
    world.follower.resume()
    world.follower.poll()
    assert world.labels() == ["accessories/1", "accessories/1"]


def test_the_thread_outlives_an_error_nobody_thought_of(world: World) -> None:
    world.registry.fault = RuntimeError("surprise")
    stop, served = threading.Event(), threading.Event()
    world.follower._publish = lambda *_: served.set()
    thread = threading.Thread(target=world.follower.run, args=(stop,))
    thread.start()
    until(lambda: "follower_failed" in world.lines.events(), "the error to be met")
    world.train("1")
    world.registry.fault = None
    assert served.wait(10)
    stop.set()
    thread.join(10)
    assert world.lines.events().count("follower_failed") == 1


def test_the_end_of_an_error_nobody_thought_of_is_told_too(world: World) -> None:
    world.train("1")
    world.follower._guarded(world.follower.poll)
    for fault in (RuntimeError("at 1"), RuntimeError("at 2"), None, None):
        world.registry.fault = fault
        world.follower._guarded(world.follower.poll)
    assert world.lines.events() == ["bundle_served", "follower_failed", "follower_goes_on"]
    assert "at 1" in world.lines.only("follower_failed")["traceback"]


def test_an_error_after_the_registry_answered_is_told_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.train("1")
    monkeypatch.setattr(world.follower._store, "add", lambda *_: 1 / 0)
    for fault in (registry_down(), None, None, None):
        world.registry.fault = fault
        world.follower._guarded(world.follower.poll)
    assert world.lines.events() == ["registry_unreachable", "registry_answers_again", "follower_failed"]


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), OSError(30, "Read-only file system")])
def test_a_bundle_that_could_not_be_marked_is_marked_once_that_works(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: OSError
) -> None:
    def fail(*_: object) -> None:
        raise fault

    world.train("1")
    with monkeypatch.context() as disk:
        disk.setattr("service.adapters.store.os.fsync", fail)
        for _ in range(3):
            world.follower.poll()
        assert world.labels() == ["accessories/1"]
        assert [path.name for path in world.root.iterdir()] == ["1-1"]
    world.registry.fault = registry_down()
    world.follower.poll()
    assert world.lines.events() == ["bundle_served", "bundle_not_marked", "bundle_marked", "registry_unreachable"]
    world.start().resume()
    assert world.labels() == ["accessories/1", "accessories/1"]


def test_a_version_without_a_fingerprint_is_told_of_once(world: World) -> None:
    world.train("1")
    world.registry.fingerprints["1"] = None
    for _ in range(3):
        world.follower.poll()
    line = world.lines.only("fingerprint_missing")
    assert (line["level"], line["version"]) == ("warning", "accessories/1")
    assert "no tag bundle_sha256" in line["cause"]


def test_a_version_with_a_fingerprint_is_served_without_a_word_more(world: World) -> None:
    world.train("1")
    world.follower.poll()
    assert world.lines.events() == ["bundle_served"]


def test_a_bundle_whose_hashes_are_right_and_whose_arrays_are_not_is_refused(world: World) -> None:
    world.train("1")
    world.follower.poll()
    trained = world.train("2")
    items = np.load(trained / "item_pair_item.npy")
    np.save(trained / "item_pair_item.npy", items + 1000)
    write_manifest(trained, counts={}, min_probability={}, training={})
    world.registry.fingerprints["2"] = fingerprint(trained)
    world.follower.poll()
    line = world.lines.only("bundle_refused")
    assert "bundle accessories/2 was written wrong: item_pair_item goes from" in line["cause"]
    assert world.labels() == ["accessories/1"]
    assert world.bundles_on_disk() == ["1-1"]
