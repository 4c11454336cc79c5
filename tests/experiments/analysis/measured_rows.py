"""Measured events by hand: what is not said is usual."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from experiments.analysis.counting import count
from experiments.analysis.measured import SCHEMA, write_measured
from experiments.analysis.sums import Counts
from experiments.definition import Arm, Experiment, Metric, Unit

START = datetime(2026, 3, 1, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
INSTANT = timedelta(microseconds=1)
WINDOW_DAYS = 14
CHALLENGER = {"variant": "s1/challenger"}
"""Of the other arm."""

Row = tuple[object, ...]


def a_test(unit: Unit = Unit.SHOPPER, **changes: object) -> Experiment:
    """A test of two arms."""
    values: dict[str, object] = {
        "name": "ranker",
        "salt": "s1",
        "placements": ("product_page",),
        "arms": (Arm("control", 1, "alias:champion"), Arm("challenger", 1, "alias:challenger")),
        "control": "control",
        "unit": unit,
        "layer": "ranking",
        "first_bucket": 0,
        "end_bucket": 1_000,
        "starts_at": START,
        "ends_at": START + 28 * DAY,
        "primary": Metric.CLICK_RATE,
        "smallest_effect": 0.05,
        "window_days": WINDOW_DAYS,
    }
    return Experiment(**{**values, **changes})  # type: ignore[arg-type]


def event(person: int, event_type: str, at: datetime, item_id: str = "lamp", **values: object) -> Row:
    """One event; with an exposure it is of the control unless said otherwise."""
    shown = {"placement": "product_page", "variant": "s1/control", "position": 1, "tier": "history"}
    told = {"quantity": 1, **(shown if "exposure" in values else {}), **values}
    row = {"person": person, "event_type": event_type, "at": at, "item_id": item_id, **told}
    if isinstance(row.get("exposure"), str):
        row["exposure"] = str(row["exposure"]).encode()
    return tuple(row.get(name) for name in SCHEMA.names)


def impression(person: int, at: datetime, item_id: str = "lamp", exposure: str = "page", **values: object) -> Row:
    """An item seen, of the control unless said otherwise."""
    return event(person, "impression", at, item_id, exposure=exposure, **values)


def quiet(person: int, at: datetime, exposure: str = "empty", **values: object) -> Row:
    """A place seen that stayed empty."""
    told: dict[str, object] = {"exposure": exposure, "position": None, **values}
    return event(person, "impression", at, "", **told)


def purchase(person: int, at: datetime, minor: int = 100, order: str | None = None, **values: object) -> Row:
    """Something bought."""
    told: dict[str, object] = {"order_id": order, "unit_price_minor": minor, "currency": "EUR", **values}
    return event(person, "purchase", at, "lamp", **told)


def counted(
    directory: Path, rows: Sequence[Row], experiment: Experiment | None = None, as_of: datetime | None = None
) -> Counts:
    """What is counted of them."""
    write_measured([rows], directory)
    return count(experiment or a_test(), directory, as_of=as_of, n_threads=1)
