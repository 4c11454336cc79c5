"""Small shops as plain values, written to files for ingest."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from training.ingest import Inputs

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)

Row = dict[str, Any]

_TEXT, _TIME = pa.string(), pa.timestamp("us", "UTC")
_SCHEMAS = {
    "events": pa.schema(
        {
            "event_id": _TEXT,
            "event_type": _TEXT,
            "occurred_at": _TIME,
            "customer_id": _TEXT,
            "visitor_id": _TEXT,
            "session_id": _TEXT,
            "order_id": _TEXT,
            "item_id": _TEXT,
            "quantity": pa.int64(),
            "unit_price": pa.float64(),
        }
    ),
    "consent": pa.schema(
        {
            "shopper_kind": _TEXT,
            "shopper_id": _TEXT,
            "purpose": _TEXT,
            "status": _TEXT,
            "occurred_at": _TIME,
            "jurisdiction": _TEXT,
            "policy_version": _TEXT,
        }
    ),
    "identities": pa.schema({"visitor_id": _TEXT, "customer_id": _TEXT, "linked_at": _TIME}),
    "catalogue": pa.schema(
        {"item_id": _TEXT, "title": _TEXT, "category": _TEXT, "price": pa.float64(), "available": pa.bool_()}
    ),
}


def minute(minutes: float) -> datetime:
    """A moment that many minutes after the world's first midnight."""
    return MIDNIGHT + timedelta(minutes=minutes)


def event(event_id: str, minutes: float, item_id: str = "lamp", event_type: str = "view", **others: Any) -> Row:
    """An event; customer_id, visitor_id and the like by name."""
    return {
        "event_id": event_id,
        "event_type": event_type,
        "occurred_at": minute(minutes),
        "item_id": item_id,
        **others,
    }


def answer(
    kind: str, shopper_id: str, status: str, minutes: float = 0, purpose: str = "model_training", **others: Any
) -> Row:
    """A consent record; jurisdiction and policy_version by name."""
    return {
        "shopper_kind": kind,
        "shopper_id": shopper_id,
        "purpose": purpose,
        "status": status,
        "occurred_at": minute(minutes),
        **others,
    }


def link(visitor_id: str, customer_id: str, minutes: float = 0) -> Row:
    """An identity link."""
    return {"visitor_id": visitor_id, "customer_id": customer_id, "linked_at": minute(minutes)}


@dataclass(frozen=True, slots=True)
class World:
    """A shop's tables; None where it gives no such file."""

    events: Sequence[Row]
    consent: Sequence[Row] | None = None
    identities: Sequence[Row] | None = None
    catalogue: Sequence[Row] | None = None
    schemas: dict[str, pa.Schema] = field(default_factory=lambda: dict(_SCHEMAS))

    def write(self, directory: Path, *, assume_consent: str | None = None) -> Inputs:
        """Parquet files of the tables."""
        directory.mkdir(parents=True, exist_ok=True)
        paths: dict[str, Path | None] = {}
        for name, schema in self.schemas.items():
            rows = getattr(self, name)
            paths[name] = None if rows is None else directory / f"{name}.parquet"
            if rows is not None:
                pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), directory / f"{name}.parquet")
        return Inputs(
            events=directory / "events.parquet",
            consent=paths["consent"],
            identities=paths["identities"],
            catalogue=paths["catalogue"],
            assume_consent=assume_consent,
        )


def write_csv(path: Path, rows: Iterable[Row]) -> Path:
    """The rows as CSV with the columns of the first."""
    rows = list(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path
