"""The manifest: what a bundle says of itself, and how it proves it."""

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from models.errors import BundleCorruptError, BundleError, BundleSchemaError

FORMAT = "shopkeeper-bundle"
SCHEMA_VERSION = 2
MANIFEST = "manifest.json"

ARTIFACT = "bundle"
"""Name of a bundle's directory among a registered version's artifacts: where the publisher puts it and the server
looks."""

FINGERPRINT_TAG = "bundle_sha256"
"""Tag of a registered version that holds its bundle's fingerprint."""

LEDGER_POSITION_TAG = "ledger_position"
"""Tag of a registered version: entries of the ledger of consent at its training. Not in the bundle, whose bytes know
nothing of who is not in it."""

ARRAYS = frozenset(
    """item_id_bytes item_id_offsets item_hash item_hash_index item_category item_price_minor item_available
    item_refill_interval_days
    title_bytes title_offsets category_bytes category_offsets
    item_pair_indptr item_pair_item item_pair_probability item_pair_relation item_pair_n_shoppers item_pair_basis
    category_pair_indptr category_pair_item category_pair_probability category_pair_relation
    category_pair_n_shoppers category_pair_basis""".split()
)
"""Names of the arrays; each is a file NAME.npy."""


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(
    directory: Path, *, counts: dict[str, int], min_probability: Mapping[str, float], training: dict[str, object]
) -> None:
    """Describe the .npy files that are in the directory."""
    files = {
        path.name: {"bytes": path.stat().st_size, "sha256": sha256_of(path)} for path in sorted(directory.glob("*.npy"))
    }
    manifest = {
        "format": FORMAT,
        "schema_version": SCHEMA_VERSION,
        "counts": counts,
        "min_probability": dict(min_probability),
        "training": training,
        "files": files,
    }
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    (directory / MANIFEST).write_text(text, encoding="utf-8")


def fingerprint(directory: Path) -> str:
    """SHA-256 of the manifest, and so of the whole bundle: the manifest holds the hash of every file."""
    return sha256_of(directory / MANIFEST)


def read_manifest(directory: Path) -> dict[str, Any]:
    """The manifest, checked for form and schema version.

    Raises:
        BundleError: There is none.
        BundleCorruptError: It is not what was written.
        BundleSchemaError: Another release's schema.
    """
    where = {"bundle": str(directory)}
    try:
        manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BundleError(f"{directory} is no bundle: it has no {MANIFEST}", metadata=where) from None
    except (ValueError, OSError) as error:
        raise BundleCorruptError(f"{directory / MANIFEST} cannot be read: {error}", metadata=where) from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise BundleCorruptError(f"{directory / MANIFEST} is not the manifest of a {FORMAT}", metadata=where)
    if manifest.get("schema_version") != SCHEMA_VERSION:
        raise BundleSchemaError(
            f"{directory} has schema version {manifest.get('schema_version')}, this release reads {SCHEMA_VERSION}: "
            "train again with this release, or serve it with the one that wrote it",
            metadata=where,
        )
    if not _names_every_file(manifest.get("files")):
        raise BundleCorruptError(
            f"{directory / MANIFEST} does not give size and SHA-256 of every file of a bundle", metadata=where
        )
    if not _are_bars(manifest.get("min_probability")):
        raise BundleCorruptError(
            f"{directory / MANIFEST} does not give min_probability as a probability, 0 to 1, of each placement",
            metadata=where,
        )
    return manifest


def _are_bars(bars: object) -> bool:
    return isinstance(bars, dict) and all(type(bar) in (int, float) and 0 <= bar <= 1 for bar in bars.values())


def _names_every_file(files: object) -> bool:
    """Whether this is exactly the files of a bundle, so that no entry leads out of its directory."""
    return (
        isinstance(files, dict)
        and set(files) == {f"{name}.npy" for name in ARRAYS}
        and all(isinstance(entry, dict) and {"bytes", "sha256"} <= set(entry) for entry in files.values())
    )


def verify(directory: Path, *, expected_fingerprint: str | None = None, n_threads: int = 1) -> None:
    """Check every byte against the manifest, and the manifest against its known fingerprint where one is given.

    Args:
        directory: The bundle's.
        expected_fingerprint: As registered.
        n_threads: That hash at once, each on a core of its own where there are so many.

    Raises:
        BundleCorruptError: Names every file that is missing or differs.
    """
    manifest = read_manifest(directory)
    faults = []
    if expected_fingerprint is not None and fingerprint(directory) != expected_fingerprint:
        faults.append(f"{MANIFEST} differs from the registered one")
    files: Mapping[str, Mapping[str, Any]] = manifest["files"]
    # The largest first: none of them is begun when the others are done.
    in_turn = sorted(files, key=lambda name: -_size_of(directory / name))
    with ThreadPoolExecutor(n_threads) as pool:
        found = dict(
            zip(in_turn, pool.map(lambda name: _fault_of(directory / name, files[name]), in_turn), strict=True)
        )
    faults += [fault for name in files if (fault := found[name])]
    if faults:
        raise BundleCorruptError(
            f"bundle {directory} is corrupt: {'; '.join(faults)}; fetch it again or train again",
            metadata={"bundle": str(directory)},
        )


def _fault_of(path: Path, entry: Mapping[str, Any]) -> str:
    """What is wrong with a file; nothing where it is as the manifest says."""
    if not path.is_file():
        return f"{path.name} is missing"
    size = _size_of(path)
    if size != entry["bytes"]:
        return f"{path.name} has {size} bytes instead of {entry['bytes']}"
    return "" if sha256_of(path) == entry["sha256"] else f"{path.name} differs from its SHA-256"


def _size_of(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
