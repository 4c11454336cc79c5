"""Fingerprints change with what they cover and with nothing else."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from models.histories import Histories
from models.items import Catalogue, ItemIndex
from training.fingerprint import fingerprint_files, fingerprint_histories

HISTORIES = Histories(
    items=ItemIndex(["a", "b"]),
    catalogue=Catalogue.unknown(2),
    orders_items=csr_array(np.array([[1, 0]], np.float32)),
    order_time_s=np.array([7], np.int64),
    order_shopper=np.array([0], np.int32),
    sessions_items=csr_array(np.array([[0, 1]], np.float32)),
    favourites_items=csr_array(np.array([[0, 1]], np.float32)),
    session_time_s=np.array([5], np.int64),
    session_end_s=np.array([6], np.int64),
    session_shopper=np.array([0], np.int32),
)


def test_a_file_is_known_by_its_content_alone(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("left", "right", "copy")]
    for path, text in zip(paths, ("abc", "def", "abc"), strict=True):
        path.write_text(text)
    left, right, copy = paths
    assert fingerprint_files([left]) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert fingerprint_files([left, right]) == fingerprint_files([right, copy])
    assert fingerprint_files([left, right]) != fingerprint_files([left])


def test_equal_histories_have_equal_fingerprints_whatever_the_index_type() -> None:
    wide = csr_array(HISTORIES.orders_items)
    wide.indptr, wide.indices = wide.indptr.astype(np.int64), wide.indices.astype(np.int64)
    assert fingerprint_histories(replace(HISTORIES, orders_items=wide)) == fingerprint_histories(HISTORIES)


@pytest.mark.parametrize(
    "change",
    [
        {"items": ItemIndex(["a", "c"])},
        {"catalogue": replace(HISTORIES.catalogue, titles=("", "B"))},
        {"catalogue": replace(HISTORIES.catalogue, prices_minor=np.array([-1, 5], np.int64))},
        {"orders_items": csr_array(np.array([[0, 1]], np.float32))},
        {"order_time_s": np.array([8], np.int64)},
        {"session_shopper": np.array([1], np.int32)},
        {"sessions_items": csr_array(np.array([[0, 2]], np.float32))},
        {"favourites_items": csr_array((1, 2), dtype=np.float32)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_any_change_of_the_histories_changes_their_fingerprint(change: dict[str, object]) -> None:
    assert fingerprint_histories(replace(HISTORIES, **change)) != fingerprint_histories(HISTORIES)  # type: ignore[arg-type]
