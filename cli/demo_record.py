"""What a finished demo left in its folder, so that the next one need not make it again."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from models.bundle.manifest import SCHEMA_VERSION

RECORD = "demo.json"


@dataclass(frozen=True, slots=True)
class DemoRecord:
    """A shop that was simulated and trained on, and what was told of it.

    Attributes:
        n_shoppers: People of the shop.
        n_items: Items that were asked for.
        shop: Sentence on the shop.
        training: Sentences on what came of the training.
        schema_version: Of the bundle: a server of another refuses it.
    """

    n_shoppers: int
    n_items: int
    shop: str
    training: tuple[str, ...]
    schema_version: int = SCHEMA_VERSION

    def write(self, folder: Path) -> None:
        """Leave the record in the folder, once all that it tells of is there."""
        (folder / RECORD).write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")


def forget(folder: Path) -> None:
    """Take the record away, before what it tells of is made anew."""
    (folder / RECORD).unlink(missing_ok=True)


def finished(folder: Path, *, n_shoppers: int, n_items: int) -> DemoRecord | None:
    """The record of a demo of that size which this release can serve; None where there is none.

    Args:
        folder: The demo's.
        n_shoppers: As asked for.
        n_items: As asked for.
    """
    try:
        told = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        record = DemoRecord(**{**told, "training": tuple(told["training"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
    is_asked_for = (record.n_shoppers, record.n_items, record.schema_version) == (n_shoppers, n_items, SCHEMA_VERSION)
    is_there = all((folder / name).exists() for name in ("mlflow.db", "shop/truth.parquet"))
    return record if is_asked_for and is_there else None
