"""What a version would have published before its test slice: the lists that a later training is compared with."""

import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.bundle.manifest import sha256_of
from models.candidates import Candidates
from models.errors import ShopkeeperError
from models.items import ItemIndex

HOLDOUT = "holdout"
"""Directory of the holdout lists among a run's artifacts."""

HOLDOUT_TAG = "holdout_sha256"
"""Tag of a registered version that holds the fingerprint of its holdout lists."""

FORMAT = "shopkeeper-holdout"
SCHEMA_VERSION = 1
MANIFEST = "manifest.json"

DTYPES: dict[str, type[np.generic]] = {
    "item_id_bytes": np.uint8,
    "item_id_offsets": np.int64,
    "list_indptr": np.int64,
    "list_item": np.int32,
    "list_probability": np.float32,
}
"""Names of the arrays and what each is written as; each is a file NAME.npy, and there is no other."""


class HoldoutError(ShopkeeperError):
    """Holdout lists cannot be compared with: they are missing, not what was written, or of another release."""

    reason = "HOLDOUT_UNREADABLE"


@dataclass(frozen=True, slots=True, eq=False)
class Holdout:
    """Lists that were counted before a moment. Items and lists of items, nothing of any person.

    Attributes:
        items: The items, in the order of the lists.
        lists: What would have been published on each item's page, scored by probability.
        test_s: The moment, seconds since 1970 UTC: nothing that happened then or later is in the lists.
    """

    items: ItemIndex
    lists: Candidates
    test_s: int


def write_holdout(holdout: Holdout, directory: Path) -> str:
    """Write the lists into a new directory: same lists, same bytes, no pickle.

    Returns:
        SHA-256 of the manifest, hexadecimal, and so of all: the manifest holds the hash of every file.
    """
    directory.mkdir(parents=True)
    ids = [item_id.encode() for item_id in holdout.items.ids]
    arrays: dict[str, NDArray[Any]] = {
        "item_id_bytes": np.frombuffer(b"".join(ids), np.uint8),
        "item_id_offsets": np.cumsum([0, *map(len, ids)]),
        "list_indptr": holdout.lists.indptr,
        "list_item": holdout.lists.item,
        "list_probability": holdout.lists.score,
    }
    for name, kind in DTYPES.items():
        np.save(directory / f"{name}.npy", np.ascontiguousarray(arrays[name], kind), allow_pickle=False)
    manifest = {
        "format": FORMAT,
        "schema_version": SCHEMA_VERSION,
        "test_s": holdout.test_s,
        "files": {f"{name}.npy": sha256_of(directory / f"{name}.npy") for name in sorted(DTYPES)},
    }
    (directory / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return sha256_of(directory / MANIFEST)


def read_holdout(directory: Path, *, expected_sha256: str) -> Holdout:
    """The lists, every byte checked.

    Args:
        directory: Where they were written.
        expected_sha256: What write_holdout gave back.

    Raises:
        HoldoutError: They cannot be used; the message says why.
    """
    where = {"holdout": str(directory)}
    try:
        if sha256_of(directory / MANIFEST) != expected_sha256:
            raise HoldoutError(f"{MANIFEST} of the holdout lists is not the registered one", metadata=where)
        manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
        if (manifest["format"], manifest["schema_version"]) != (FORMAT, SCHEMA_VERSION):
            raise HoldoutError("the holdout lists are of another release", metadata=where)
        changed = [name for name in _files() if sha256_of(directory / name) != manifest["files"][name]]
    except OSError as error:
        raise HoldoutError(f"a file of the holdout lists cannot be read: {error}", metadata=where) from error
    if changed:
        raise HoldoutError(f"holdout lists are not what was written: {', '.join(changed)}", metadata=where)
    held = {name: np.load(directory / f"{name}.npy", allow_pickle=False) for name in DTYPES}
    text, offsets = held["item_id_bytes"].tobytes(), held["item_id_offsets"].tolist()
    ids = [text[begin:end].decode() for begin, end in pairwise(offsets)]
    lists = Candidates(held["list_indptr"], held["list_item"], held["list_probability"])
    return Holdout(ItemIndex(ids), lists, int(manifest["test_s"]))


def _files() -> list[str]:
    return [f"{name}.npy" for name in DTYPES]
