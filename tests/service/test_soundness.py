"""A bundle that this server has checked is not read through again, unless anything of it has changed."""

import os
import time
from pathlib import Path

import pytest

from models.bundle.manifest import MANIFEST
from models.bundle.reading import Bundle
from models.errors import BundleCorruptError
from service.adapters.soundness import SETTLED_S, Soundness
from tests.service.shop import write_shop

FILE = "item_price_minor.npy"


class Shop:
    """A bundle that was checked a while after it was written.

    Attributes:
        told: Stamps so far.
        n_checks: How often every byte was read.
    """

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.directory, self.told, self.n_checks = directory, list[str](), 0
        self.fingerprint = write_shop(directory)
        # The one that is replaced, as it was: a bound method of the class.
        checked = Bundle.open

        def counted(directory: Path, **given: object) -> Bundle:
            self.n_checks += 1
            return checked(directory, **given)  # type: ignore[arg-type]  # handed on

        monkeypatch.setattr(Bundle, "open", counted)
        self.open()

    def open(self, *, after_s: float = SETTLED_S, fingerprint: str | None = None) -> Bundle:
        """As one does that knows what was told so far, so long after the present."""
        sound = Soundness(tuple(self.told), self.told.append, lambda: time.time() + after_s)
        return sound.opened(self.directory, expected_fingerprint=fingerprint or self.fingerprint)

    def written(self) -> bytes:
        """What the file says."""
        return (self.directory / FILE).read_bytes()

    def write(self, content: bytes) -> None:
        """In place, with the time of writing as it was."""
        path = self.directory / FILE
        before = path.stat()
        # Two changes within one step of the kernel's clock have one time; the first was long ago in a shop.
        while time.time_ns() - before.st_ctime_ns < SETTLED_S * 1e9 / 10:
            os.sched_yield()
        path.write_bytes(content)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    return Shop(tmp_path / "bundle", monkeypatch)


def test_what_was_checked_is_told_once_and_not_checked_again(shop: Shop) -> None:
    assert (len(shop.told), shop.n_checks) == (1, 1)
    assert shop.open().n_items > 0
    assert (len(shop.told), shop.n_checks) == (1, 1)


def test_under_another_name_it_is_the_same(shop: Shop) -> None:
    shop.directory = shop.directory.rename(shop.directory.with_name("served"))
    shop.open()
    assert shop.n_checks == 1


def test_a_byte_changed_since_is_found_whatever_time_of_writing_the_file_is_given(shop: Shop) -> None:
    content = shop.written()
    shop.write(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(BundleCorruptError, match=FILE):
        shop.open()


def test_a_file_that_was_written_anew_is_checked_again(shop: Shop) -> None:
    shop.write(shop.written())
    shop.open()
    assert (len(shop.told), shop.n_checks) == (2, 2)


def test_a_file_that_another_took_the_place_of_is_checked_again(shop: Shop) -> None:
    other = shop.directory / "other"
    other.write_bytes(shop.written())
    other.replace(shop.directory / FILE)
    shop.open()
    assert shop.n_checks == 2


def test_what_has_just_changed_is_checked_and_not_told(tmp_path: Path) -> None:
    told: list[str] = []
    fingerprint = write_shop(tmp_path / "bundle")
    Soundness((), told.append).opened(tmp_path / "bundle", expected_fingerprint=fingerprint)
    assert told == []


def test_another_manifest_than_is_expected_is_refused_as_ever(shop: Shop) -> None:
    with pytest.raises(BundleCorruptError, match=f"{MANIFEST} differs from the registered one"):
        shop.open(fingerprint="0" * 64)
