"""A bundle is written and read through its files alone."""

import json
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.bundle.contents import BASES, BundleContents, RankedPairs
from models.bundle.manifest import ARRAYS, MANIFEST, fingerprint, read_manifest, sha256_of, verify
from models.bundle.reading import Bundle
from models.bundle.writing import item_hash, write_bundle
from models.errors import BundleCorruptError, BundleError, BundleSchemaError
from models.items import Catalogue, ItemIndex


def pairs(indptr: list[int], items: list[int]) -> RankedPairs:
    n = len(items)
    return RankedPairs(
        np.array(indptr, np.int64),
        np.array(items, np.int32),
        np.linspace(0.9, 0.1, n, dtype=np.float32),
        np.ones(n, np.uint8),
        np.full(n, 9, np.uint32),
        np.arange(1, n + 1, dtype=np.uint8) % 4,
    )


def contents(item_ids: tuple[str, ...] = ("body", "case", "Kessel-Ü")) -> BundleContents:
    n = len(item_ids)
    catalogue = Catalogue(
        tuple(f"Title of {i}" for i in range(n)),
        tuple("abc"[i % 3] for i in range(n)),
        np.arange(n, dtype=np.int64) * 100 - 1,
        np.arange(n) % 2 == 0,
    )
    names, _ = catalogue.category_codes()
    return BundleContents(
        ItemIndex(item_ids),
        catalogue,
        pairs([0, 1] + [1] * (n - 1), [min(1, n - 1)]),
        names,
        pairs([0] * len(names) + [1], [0]),
        {"seed": 0},
        {"cart": 0.125},
        np.arange(n, dtype=np.float32) * 14,
    )


@pytest.fixture
def written(tmp_path: Path) -> Path:
    write_bundle(contents(), tmp_path / "bundle")
    return tmp_path / "bundle"


def test_what_was_written_is_read(written: Path) -> None:
    bundle = Bundle.open(written)
    held = contents()
    assert [bundle.item_id(index) for index in range(3)] == list(held.items.ids)
    assert [bundle.title(index) for index in range(3)] == list(held.catalogue.titles)
    assert bundle.prices_minor.tolist() == held.catalogue.prices_minor.tolist()
    assert bundle.available.tolist() == held.catalogue.available.tolist()
    assert bundle.refill_interval_days.tolist() == [0, 14, 28]
    assert bundle.min_probability == {"cart": 0.125}
    assert [bundle.category(int(code)) for code in bundle.item_category] == list(held.catalogue.categories)
    for part in ("indptr", "item", "probability", "relation", "n_shoppers", "basis"):
        assert np.array_equal(getattr(bundle.item_pairs, part), getattr(held.item_pairs, part))
        assert np.array_equal(getattr(bundle.category_pairs, part), getattr(held.category_pairs, part))


def test_what_is_written_over_it_is_of_one_reader_and_not_of_the_file(written: Path) -> None:
    bundle, before = Bundle.open(written), contents().catalogue
    bundle.available[:] = ~before.available
    bundle.prices_minor[0] = 7
    assert (bundle.available.tolist(), bundle.prices_minor[0]) == ((~before.available).tolist(), 7)
    assert bundle.trained_available.tolist() == before.available.tolist()
    assert bundle.trained_prices_minor.tolist() == before.prices_minor.tolist()
    other = Bundle.open(written)
    assert other.available.tolist() == before.available.tolist()
    assert other.prices_minor.tolist() == before.prices_minor.tolist()


def test_an_item_is_found_by_its_id(written: Path) -> None:
    bundle = Bundle.open(written)
    assert [bundle.index_of(item_id) for item_id in ItemIndex(("body", "case", "Kessel-Ü")).ids] == [0, 1, 2]


def test_who_asks_for_many_ids_leaves_those_of_pages_at_hand(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.bundle.reading.MAX_IDS_AT_HAND", 1)
    n_searches = 0

    def counted(item_id: bytes) -> int:
        nonlocal n_searches
        n_searches += 1
        return item_hash(item_id)

    monkeypatch.setattr("models.bundle.reading.item_hash", counted)
    bundle = Bundle.open(written)
    assert [bundle.index_of("body"), bundle.find_index("case"), bundle.find_index("tent")] == [1, 2, None]
    n_before = n_searches
    assert bundle.index_of("body") == 1
    assert n_searches == n_before


def test_an_unknown_item_is_none(written: Path) -> None:
    assert Bundle.open(written).index_of("tent") is None


def test_ids_whose_hashes_collide_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.bundle.writing.item_hash", lambda _: 7)
    monkeypatch.setattr("models.bundle.reading.item_hash", lambda _: 7)
    write_bundle(contents(), tmp_path / "bundle")
    bundle = Bundle.open(tmp_path / "bundle")
    assert [bundle.item_id(bundle.index_of(item_id) or 0) for item_id in ("body", "case")] == ["body", "case"]
    assert bundle.index_of("tent") is None


@pytest.mark.parametrize("crowded", [0, 2**64 - 1_000], ids=["at the low end", "at the high end"])
def test_ids_whose_hashes_lie_far_from_where_even_ones_would_be_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, crowded: int
) -> None:
    def hash_of(item_id: bytes) -> int:
        return crowded + int(item_id)

    monkeypatch.setattr("models.bundle.writing.item_hash", hash_of)
    monkeypatch.setattr("models.bundle.reading.item_hash", hash_of)
    item_ids = tuple(f"{number:03}" for number in range(1, 1_000, 2))
    write_bundle(contents(item_ids), tmp_path / "bundle")
    bundle = Bundle.open(tmp_path / "bundle")
    found = [bundle.index_of(item_id) for item_id in item_ids]
    assert [None if index is None else bundle.item_id(index) for index in found] == [*item_ids]
    assert [item_id for item_id in ("000", "500", "998") if bundle.index_of(item_id) is not None] == []


@settings(deadline=None, max_examples=30)
@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=20, unique=True))
def test_any_ids_survive(item_ids: list[str]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        write_bundle(contents(tuple(item_ids)), Path(directory) / "bundle")
        bundle = Bundle.open(Path(directory) / "bundle")
        for item_id in item_ids:
            index = bundle.index_of(item_id)
            assert index is not None
            assert bundle.item_id(index) == item_id


def test_the_same_contents_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = (write_bundle(contents(), tmp_path / name) for name in ("one", "two"))
    assert first == second
    for name in sorted(path.name for path in (tmp_path / "one").iterdir()):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_directory_in_use_is_refused(written: Path) -> None:
    with pytest.raises(FileExistsError, match="not empty"):
        write_bundle(contents(), written)


@pytest.mark.parametrize("name", sorted(ARRAYS))
def test_a_flipped_byte_in_any_file_is_found(written: Path, name: str) -> None:
    path = written / f"{name}.npy"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(BundleCorruptError, match=f"{name}.npy differs"):
        Bundle.open(written)


def test_every_damaged_file_is_named_at_once(written: Path) -> None:
    (written / "item_hash.npy").unlink()
    with (written / "title_bytes.npy").open("ab") as file:
        file.write(b"x")
    with pytest.raises(BundleCorruptError, match=r"item_hash.npy is missing.*title_bytes.npy has \d+ bytes"):
        Bundle.open(written)


def test_several_threads_check_several_files_at_once(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    both, numbers = Barrier(2), count()

    def met(path: Path) -> str:
        if next(numbers) < both.parties:
            # Where one waited for the other to end, neither would.
            both.wait(30)
        return sha256_of(path)

    monkeypatch.setattr("models.bundle.manifest.sha256_of", met)
    verify(written, n_threads=2)


def test_a_manifest_that_is_not_the_registered_one_is_found(written: Path) -> None:
    known = fingerprint(written)
    text = (written / MANIFEST).read_text()
    (written / MANIFEST).write_text(text.replace('"seed": 0', '"seed": 1'))
    with pytest.raises(BundleCorruptError, match="differs from the registered"):
        Bundle.open(written, expected_fingerprint=known)


def change(written: Path, edit: Callable[[dict[str, object]], object]) -> None:
    manifest = json.loads((written / MANIFEST).read_text())
    edit(manifest)
    (written / MANIFEST).write_text(json.dumps(manifest))


def test_another_schema_version_is_refused_with_both_versions(written: Path) -> None:
    change(written, lambda manifest: manifest.update(schema_version=99))
    with pytest.raises(BundleSchemaError, match="schema version 99, this release reads 2"):
        Bundle.open(written)


def test_a_manifest_that_leaves_out_a_file_is_corrupt(written: Path) -> None:
    change(written, lambda manifest: manifest["files"].pop("item_hash.npy"))  # type: ignore[attr-defined]
    with pytest.raises(BundleCorruptError, match="does not give size and SHA-256 of every file"):
        Bundle.open(written)


@pytest.mark.parametrize("bars", [None, [0.5], {"cart": "0.5"}, {"cart": 1.5}, {"cart": True}])
def test_a_manifest_whose_bars_are_no_probabilities_is_corrupt(written: Path, bars: object) -> None:
    change(written, lambda manifest: manifest.update(min_probability=bars))
    with pytest.raises(BundleCorruptError, match="does not give min_probability"):
        Bundle.open(written)


def test_what_is_not_given_is_purchases_and_no_interval(tmp_path: Path) -> None:
    given = contents()
    held = given.item_pairs
    pairs = RankedPairs(held.indptr, held.item, held.probability, held.relation, held.n_shoppers)
    less = BundleContents(given.items, given.catalogue, pairs, given.categories, given.category_pairs, {})
    write_bundle(less, tmp_path / "bundle")
    bundle = Bundle.open(tmp_path / "bundle")
    assert [BASES[code] for code in bundle.item_pairs.basis] == ["purchases"]
    assert bundle.refill_interval_days.tolist() == [0, 0, 0]
    assert bundle.min_probability == {}


def test_a_directory_without_a_manifest_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="is no bundle"):
        Bundle.open(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "other"}'])
def test_a_manifest_that_is_something_else_is_corrupt(written: Path, text: str) -> None:
    (written / MANIFEST).write_text(text)
    with pytest.raises(BundleCorruptError):
        read_manifest(written)


def test_a_bundle_is_the_files_of_its_manifest_and_nothing_of_a_person(written: Path) -> None:
    names = {path.name for path in written.iterdir()}
    assert names == {f"{name}.npy" for name in ARRAYS} | {MANIFEST}
    assert not [name for name in names if "shopper" in name.replace("n_shoppers", "")]
