import random
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import InvalidInputError
from privacy.keys import (
    KeyRing,
    KeyUse,
    expand,
    new_ring,
    read_ring,
    with_active,
    with_key_to_come,
    without_key,
    write_ring,
)
from tests.privacy.rings import with_new_key

randomness = random.Random(20261103).randbytes  # noqa: S311 - keys of tests, the same each time
rings = st.dictionaries(st.integers(1, 2**31 - 1), st.binary(min_size=32, max_size=32), min_size=1, max_size=5).map(
    lambda keys: KeyRing(tuple(keys.items()))
)


def ring_of(n_keys: int) -> KeyRing:
    ring = new_ring(randomness)
    for _ in range(n_keys - 1):
        ring = with_new_key(ring, randomness)
    return ring


# The ring


def test_the_newest_key_is_the_active_one_and_the_older_stay() -> None:
    old = new_ring(randomness)
    ring = with_new_key(old, randomness)
    assert ring.ids == (2, 1)
    assert ring.active == ring.key(2) != old.active
    assert ring.key(1) == old.active


def test_a_key_to_come_is_accepted_and_not_used() -> None:
    ring = with_key_to_come(ring_of(2), randomness)
    assert (ring.active_id, ring.ids, ring.to_come) == (2, (2, 3, 1), frozenset({3}))
    assert ring.derived(KeyUse.LEDGER).active_id == 2
    assert with_active(ring, 3).ids == (3, 2, 1)


def test_a_ring_whose_keys_are_all_to_come_is_none() -> None:
    with pytest.raises(InvalidInputError, match="not still to come"):
        KeyRing(((1, bytes(32)),), frozenset({1}))


def test_only_a_key_to_come_can_be_made_active() -> None:
    with pytest.raises(InvalidInputError, match="is not to come: none; add one first"):
        with_active(ring_of(2), 1)


def test_a_retired_key_is_gone() -> None:
    ring = without_key(ring_of(3), 2)
    assert ring.ids == (3, 1)
    assert ring.key(2) is None


def test_the_active_key_cannot_be_retired_so_that_its_number_is_not_given_again() -> None:
    with pytest.raises(InvalidInputError, match="add a new one first"):
        without_key(ring_of(2), 2)


def test_a_key_that_is_not_there_cannot_be_retired() -> None:
    with pytest.raises(InvalidInputError, match="2, 1 are"):
        without_key(ring_of(2), 7)


def test_all_that_is_wrong_with_a_ring_is_told_at_once() -> None:
    with pytest.raises(InvalidInputError) as raised:
        KeyRing(((0, bytes(32)), (3, bytes(31)), (4, bytes(32)), (4, bytes(32))))
    assert len(raised.value.faults) == 3


def test_a_ring_has_a_key() -> None:
    with pytest.raises(InvalidInputError, match="hold no key"):
        KeyRing(())


def test_a_random_source_that_gives_too_little_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="16 bytes instead of 32"):
        new_ring(lambda _: bytes(16))


@given(rings)
def test_what_is_printed_of_a_ring_shows_no_key(ring: KeyRing) -> None:
    assert repr(ring) == str(ring) == f"KeyRing(ids={ring.ids})"


# Derived keys


def test_expand_gives_the_first_block_of_the_published_example() -> None:
    # RFC 5869, appendix A.1.
    key = bytes.fromhex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5")
    info = bytes.fromhex("f0f1f2f3f4f5f6f7f8f9")
    assert expand(key, info).hex() == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"


def test_each_use_has_other_keys_under_the_same_numbers() -> None:
    ring = ring_of(2)
    derived = [ring.derived(use) for use in KeyUse]
    assert {other.ids for other in derived} == {ring.ids}
    assert len({key for other in [ring, *derived] for _, key in other.keys}) == 2 * (1 + len(KeyUse))


def test_a_derived_key_stays_what_it_was() -> None:
    ring = KeyRing(((1, bytes(range(32))),))
    assert ring.derived(KeyUse.TOKEN).active == expand(bytes(range(32)), b"shopkeeper.v1.token")


# The file


@given(rings)
def test_a_ring_comes_back_from_its_file(tmp_path_factory: pytest.TempPathFactory, ring: KeyRing) -> None:
    path = tmp_path_factory.mktemp("keys") / "keys"
    write_ring(ring, path, replace=False)
    assert read_ring(path) == ring
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_is_there_is_replaced_only_when_asked(tmp_path: Path) -> None:
    old, new = ring_of(1), ring_of(2)
    write_ring(old, tmp_path / "keys", replace=False)
    with pytest.raises(InvalidInputError, match="is there already"):
        write_ring(new, tmp_path / "keys", replace=False)
    assert read_ring(tmp_path / "keys") == old
    write_ring(new, tmp_path / "keys", replace=True)
    assert read_ring(tmp_path / "keys") == new


def test_writing_leaves_no_other_file(tmp_path: Path) -> None:
    write_ring(ring_of(1), tmp_path / "keys", replace=False)
    with pytest.raises(InvalidInputError):
        write_ring(ring_of(1), tmp_path / "keys", replace=False)
    write_ring(ring_of(1), tmp_path / "keys", replace=True)
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]


def test_a_file_in_no_folder_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="cannot be written: No such file"):
        write_ring(ring_of(1), tmp_path / "none" / "keys", replace=False)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644])
def test_a_file_that_others_may_use_is_refused_and_the_remedy_told(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "keys"
    write_ring(ring_of(1), path, replace=False)
    path.chmod(mode)
    with pytest.raises(InvalidInputError, match=f"chmod 600 {path}"):
        read_ring(path)


def test_every_fault_of_a_file_is_told_at_once_and_none_shows_what_the_file_holds(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    secret = "5ec2e7" * 10 + "abcd"
    lines = ["# keys", "", f"1 {secret}", f"1 {secret}", f"0 {secret}", f"2 {secret}f", f"9999999999 {secret}", secret]
    path.write_text("\n".join(lines))
    path.chmod(0o640)
    with pytest.raises(InvalidInputError) as raised:
        read_ring(path)
    assert [fault.field for fault in raised.value.faults] == ["file", "line 4", "line 5", "line 6", "line 7", "line 8"]
    assert "5ec2e7" not in str(raised.value)


@pytest.mark.parametrize("data", [b"", b"# nothing\n\n", b"\xff\xfe\x00", bytes(70_000)])
def test_what_is_no_key_file_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "keys"
    path.write_bytes(data)
    path.chmod(0o600)
    with pytest.raises(InvalidInputError):
        read_ring(path)


def test_a_file_that_is_not_there_or_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="cannot be read: No such file"):
        read_ring(tmp_path / "keys")
    with pytest.raises(InvalidInputError, match="cannot be read: Is a directory"):
        read_ring(tmp_path)


def test_spaces_tabs_and_capitals_in_a_line_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_bytes(b"  7\t" + b"AB" * 32 + b" \r\n")
    path.chmod(0o600)
    assert read_ring(path).keys == ((7, b"\xab" * 32),)
