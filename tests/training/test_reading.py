"""Files of every form become the same typed rows."""

import gzip
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models.errors import Fault
from training.reading import CSV_LINE, ORIGINAL, OpenTable, faults_of_columns, open_table, typed, workspace
from training.schema import CATALOGUE, EVENTS, IDENTITIES


def rows_of(path: Path, columns: Sequence[str]) -> list[tuple[object, ...]]:
    """The typed values of events, by row."""
    with workspace(threads=1, memory_limit=None) as backend:
        table = open_table(backend, path, EVENTS)
        assert isinstance(table, OpenTable)
        assert faults_of_columns(table, EVENTS) == []
        found = typed(table, EVENTS).order_by("event_id").select(*columns).to_pyarrow()
    return list(zip(*(found[name].to_pylist() for name in columns), strict=True))


def parquet(path: Path, **columns: object) -> Path:
    path.parent.mkdir(exist_ok=True)
    base = {"event_id": ["1"], "event_type": ["view"], "item_id": ["lamp"], "occurred_at": [datetime(2026, 1, 1)]}  # noqa: DTZ001
    pq.write_table(pa.table(base | columns), path)
    return path


NOON = datetime(2026, 3, 1, 12)  # noqa: DTZ001 - typed times are naive UTC


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T12:00:00Z",
        "2026-03-01 12:00:00",
        "2026-03-01T12:00:00.000000+00:00",
        "2026-03-01T14:00:00+02:00",
        "2026-03-01T07:00:00-05:00",
    ],
)
def test_text_times_are_utc_unless_they_say_otherwise(tmp_path: Path, text: str) -> None:
    path = tmp_path / "events.csv"
    path.write_text(f"event_id,event_type,occurred_at,item_id\n1,view,{text},lamp\n")
    assert rows_of(path, ["occurred_at"]) == [(NOON,)]


def test_parquet_times_are_utc_with_or_without_zone_in_any_unit(tmp_path: Path) -> None:
    for number, unit in enumerate((pa.timestamp("ns", "America/New_York"), pa.timestamp("ms"), pa.timestamp("s"))):
        times = pa.array([NOON.replace(tzinfo=UTC)], pa.timestamp("us", "UTC")).cast(pa.timestamp("us")).cast(unit)
        if unit.tz:
            times = pa.array([NOON.replace(tzinfo=UTC)], unit)
        assert rows_of(parquet(tmp_path / f"{number}.parquet", occurred_at=times), ["occurred_at"]) == [(NOON,)]


def test_integer_ids_become_strings_and_empty_strings_nothing(tmp_path: Path) -> None:
    path = parquet(tmp_path / "events.parquet", item_id=pa.array([10], pa.uint64()), customer_id=[""])
    assert rows_of(path, ["item_id", "customer_id", "visitor_id"]) == [("10", None, None)]


def test_a_directory_of_parquet_files_is_one_table(tmp_path: Path) -> None:
    parquet(tmp_path / "parts/b.parquet", event_id=["2"])
    parquet(tmp_path / "parts/a.parquet", event_id=["1"])
    assert rows_of(tmp_path / "parts", ["event_id"]) == [("1",), ("2",)]


def test_csv_may_be_compressed_quoted_and_start_with_a_byte_order_mark(tmp_path: Path) -> None:
    text = '\ufeffevent_id,event_type,occurred_at,item_id,quantity\r\n1,view,2026-03-01,"lamp, ""big""",2\r\n'
    (tmp_path / "events.csv.gz").write_bytes(gzip.compress(text.encode()))
    assert rows_of(tmp_path / "events.csv.gz", ["item_id", "quantity"]) == [('lamp, "big"', 2.0)]


def test_a_csv_line_that_does_not_split_into_the_columns_is_kept_as_text(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("event_id,event_type,occurred_at,item_id\n1,view,2026-03-01,lamp\n2,view\n3,view,2026-03-01,a,b\n")
    found = rows_of(path, ["event_id", ORIGINAL + CSV_LINE])
    assert sorted(found, key=str) == [("1", None), (None, "2,view"), (None, "3,view,2026-03-01,a,b")]


def test_a_csv_with_a_header_alone_is_an_empty_table(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("event_id,event_type,occurred_at,item_id\n")
    assert rows_of(path, ["event_id"]) == []


def test_every_missing_column_and_wrong_type_is_named(tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    columns = {"occurred_at": ["2026-03-01"], "event_type": ["view"], "customer_id": [12345.0], "quantity": ["2"]}
    pq.write_table(pa.table(columns), path)
    with workspace(threads=1, memory_limit=None) as backend:
        table = open_table(backend, path, EVENTS)
        assert isinstance(table, OpenTable)
        faults = faults_of_columns(table, EVENTS)
    names = "missing; the file has: occurred_at, event_type, customer_id, quantity"
    assert faults == [
        Fault("events.event_id", names),
        Fault("events.occurred_at", "wanted timestamp or date, found string"),
        Fault("events.customer_id", "wanted string or integer, found float64"),
        Fault("events.item_id", names),
        Fault("events.quantity", "wanted integer or whole number, found string"),
        Fault(
            "events",
            "columns that are read (? may be missing): event_id, event_type, occurred_at, customer_id?, visitor_id?, "
            "session_id?, order_id?, item_id, quantity?, unit_price?, currency?",
        ),
    ]


def test_an_optional_column_of_nulls_alone_has_no_wrong_type(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.parquet"
    pq.write_table(pa.table({"item_id": ["lamp"], **dict.fromkeys(("title", "price", "available"), pa.nulls(1))}), path)
    with workspace(threads=1, memory_limit=None) as backend:
        table = open_table(backend, path, CATALOGUE)
        assert isinstance(table, OpenTable)
        assert faults_of_columns(table, CATALOGUE) == []


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.parquet", None, "no such file"),
        ("links.xlsx", b"PK", "is neither .parquet, .csv nor .csv.gz: links.xlsx"),
        ("links.parquet", b"visitor_id,customer_id", "cannot be read"),
    ],
)
def test_a_file_that_is_no_table_is_a_fault(tmp_path: Path, name: str, content: bytes | None, words: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with workspace(threads=1, memory_limit=None) as backend:
        fault = open_table(backend, tmp_path / name, IDENTITIES)
    assert isinstance(fault, Fault)
    assert fault.field == "identities"
    assert words in fault.description
