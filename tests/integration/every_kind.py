"""Tests of models of every kind at once: two arms with a shadow on one placement, a first look on another."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from shopkeeper.v1 import event_service_pb2
from shopkeeper.v1.recommendation_service_pb2 import RecommendResponse

from models.bundle.manifest import fingerprint
from privacy.state_directory import OWN_FILE
from tests.integration.serving import Served
from tests.service.mlflow_registry import SqliteRegistry
from tests.service.shop import write_shop
from tests.service.waiting import until

NAMES = ["look", "ranker"]
FILE = """
experiments:
  - name: ranker
    placements: [product_page]
    layer: pages
    starts: {starts}
    ends: {ends}
    arms:
      - {{name: control, model: champion, weight: 1}}
      - {{name: new, model: challenger, weight: 1}}
      - {{name: later, model: shadow, shadow: true}}
    primary: revenue
    smallest_effect: 5
  - name: look
    placements: [cart]
    layer: carts
    unit: session
    starts: {starts}
    ends: {ends}
    arms:
      - {{name: control, model: champion}}
      - {{name: new, model: challenger}}
    interleave: [control, new]
    primary: click_rate
    smallest_effect: 5
"""
PAIRS = {
    "camera": [("tripod", 0.5, "complement"), ("lens", 0.4, "complement"), ("bag", 0.3, "accessory")],
    "kettle": [("mug", 0.45, "complement"), ("filter", 0.35, "refill")],
}
"""Of the second model."""
MEASURED = {"ranker/control", "ranker/new", "look/+"}
VARIANTS = MEASURED | {f"{variant}~" for variant in MEASURED} | {"ranker/later"}
"""All that answers are counted under: of units, of requests, and of the shadow."""


def every_kind(directory: Path, registry: SqliteRegistry) -> Path:
    """The file; the models that it names are registered.

    Args:
        directory: For the file and the models.
        registry: With a champion.
    """
    second = directory / "second"
    write_shop(second, pairs=PAIRS)
    for alias in ("challenger", "shadow"):
        registry.promote(registry.publish(second, fingerprint=fingerprint(second)), alias)
    today = datetime.now(UTC).date()
    file = directory / "experiments.yaml"
    file.write_text(FILE.format(starts=today - timedelta(days=1), ends=today + timedelta(days=2)))
    return file


def wait_until_live(server: Served) -> None:
    """Return once all of them answer; a shadow may still be without its model."""
    until(lambda: any(line["experiments"] == NAMES for line in server.lines("experiments_live")), "all tests to run")


def counted(state_dir: Path) -> set[str]:
    """Variants under which answers were written down."""
    with closing(sqlite3.connect(state_dir / OWN_FILE)) as connection:
        return {variant for (variant,) in connection.execute("SELECT variant FROM experiment_answers")}


def done_with(
    answer: RecommendResponse, event_id: str, unit_price_minor: int, **fields: Any
) -> Iterator[event_service_pb2.Event]:
    """That the first item of an answer was seen, clicked on, put into the cart and bought, all of it just now.

    Args:
        answer: Not empty.
        event_id: Begins the ids of the events.
        unit_price_minor: Of the item, in hundredths of EUR.
        fields: Of each event, such as its shopper.
    """
    pb, now = event_service_pb2, Timestamp()
    now.GetCurrentTime()
    priced = (pb.EVENT_TYPE_ADD_TO_CART, pb.EVENT_TYPE_PURCHASE)
    for event_type in (pb.EVENT_TYPE_IMPRESSION, pb.EVENT_TYPE_CLICK, *priced):
        event = pb.Event(
            event_id=f"{event_id}-{answer.variant}-{event_type}",
            event_type=event_type,
            item_id=answer.recommendations[0].item_id,
            occurred_at=now,
            attribution_token=answer.attribution_token,
            **fields,
        )
        if event_type in priced:
            event.quantity, event.unit_price_minor, event.currency = 2, unit_price_minor, "EUR"
        yield event
