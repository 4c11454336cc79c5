"""UCI's invoice lines as events."""

from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models.errors import InvalidInputError
from training.ingest import Inputs, ingest

LINES = [
    # customer, basket, item, name, type, quantity, price
    (17850, "536365", "85123A", "HEART HOLDER", "purchase", 6, 2.55),
    (17850, "536365", "85123A", "HEART HOLDER", "purchase", 6, 2.55),
    (17850, "536365", "71053", "LANTERN", "purchase", 6, 3.39),
    (None, "536366", "71053", "WHITE LANTERN", "purchase", 1, 3.41),
    (None, "536367", "71053", "LANTERN", "purchase", 1, 3.41),
    (None, "536367", "71053", "LANTERN", "purchase", 2, 3.41),
    (17850, "C536368", "71053", "LANTERN", "cancellation", -1, 3.39),
    (17850, "536365", "POST", "POSTAGE", "purchase", 1, 18.0),
    (None, "536369", "AMAZONFEE", "AMAZON FEE", "purchase", 1, 1000.0),
    (None, "536370", "71053", "damaged", "purchase", -9, 0.0),
    (None, "536371", "71053", "nan", "purchase", 3, 0.0),
    (None, "A536372", "B1234", "Adjust bad debt", "adjustment", 1, -5.0),
]


def inputs_of(tmp_path: Path, drop: str = "") -> Inputs:
    names = ("customer_id", "basket_id", "item_id", "item_name", "event_type", "quantity", "unit_price")
    columns = dict(zip(names, zip(*LINES, strict=True), strict=True))
    table = pa.table({name: list(values) for name, values in columns.items()})
    table = table.append_column("timestamp", pa.array([datetime(2010, 12, 1, 8, 26)] * len(LINES)))  # noqa: DTZ001
    pq.write_table(table.drop_columns([drop] if drop else []), tmp_path / "lines.parquet")
    path = tmp_path / "lines.parquet"
    return Inputs(path, None, None, None, source="online-retail", assume_consent="public research data")


def test_lines_that_sell_products_become_purchases_and_the_others_are_kept_aside(tmp_path: Path) -> None:
    histories, report = ingest(inputs_of(tmp_path), quarantine=tmp_path / "bad")
    assert report.n_events_used == {"purchase": 6}
    assert report.n_quarantined == {"cancellation": 1, "no price": 1, "not a product": 2, "stock adjustment": 2}
    assert histories.items.ids == ("71053", "85123A")
    assert histories.orders_items.toarray().tolist() == [[1, 1], [1, 0], [1, 0]]
    assert histories.order_shopper.tolist() == [0, 1, 2]
    bad = pq.read_table(tmp_path / "bad/events.parquet")
    assert bad.column_names == [
        *("customer_id", "basket_id", "item_id", "item_name", "event_type", "quantity", "unit_price", "timestamp"),
        "quarantine_reason",
    ]


def test_items_have_their_most_frequent_name_and_median_price(tmp_path: Path) -> None:
    catalogue = ingest(inputs_of(tmp_path), quarantine=tmp_path / "bad")[0].catalogue
    assert list(catalogue.titles) == ["LANTERN", "HEART HOLDER"]
    assert catalogue.prices_minor.tolist() == [341, 255]


def test_a_missing_column_is_named_as_in_the_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError) as caught:
        ingest(inputs_of(tmp_path, drop="basket_id"), quarantine=tmp_path / "bad")
    missing, known = caught.value.faults
    assert (missing.field, known.field) == ("events.basket_id", "events")
    assert "item_name" in known.description
