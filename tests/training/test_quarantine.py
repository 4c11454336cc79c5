"""Bad rows as they are told."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from training.quarantine import Sample, samples_in

SEEN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def write(folder: Path, table: str, **columns: list[object]) -> None:
    pq.write_table(pa.table(columns), folder / f"{table}.parquet")


def test_a_row_is_told_with_its_reason_and_without_who_it_is_of(tmp_path: Path) -> None:
    write(
        tmp_path,
        "events",
        event_id=["e-1"],
        occurred_at=[SEEN],
        customer_id=["anna"],
        quantity=[-1],
        email=["anna@shop.example"],
        quarantine_reason=["quantity is not a whole number above 0"],
    )
    row = "event_id=e-1, occurred_at=2026-03-01 12:00:00+00:00, quantity=-1"
    assert samples_in(tmp_path, n=3) == [Sample("events", "quantity is not a whole number above 0", row)]


def test_of_each_reason_one_row_is_told_the_most_frequent_first_and_no_more_than_asked_for(tmp_path: Path) -> None:
    write(tmp_path, "events", event_id=["a", "b", "c"], quarantine_reason=["rare", "often", "often"])
    write(tmp_path, "catalogue", item_id=["k", "l"], quarantine_reason=["one", "two"])
    assert [(one.reason, one.row) for one in samples_in(tmp_path, n=3)] == [
        ("often", "event_id=b"),
        ("rare", "event_id=a"),
        ("one", "item_id=k"),
    ]


def test_of_a_line_that_does_not_split_the_number_of_fields_is_told(tmp_path: Path) -> None:
    write(tmp_path, "events", event_id=[None], csv_line=['1,"anna, b",view'], quarantine_reason=["broken"])
    assert [one.row for one in samples_in(tmp_path, n=1)] == ["a line of 3 fields"]


def test_a_folder_without_bad_rows_has_no_samples(tmp_path: Path) -> None:
    assert samples_in(tmp_path, n=3) == []


def test_a_value_cannot_steer_the_terminal_that_it_is_printed_on(tmp_path: Path) -> None:
    write(tmp_path, "catalogue", item_id=["\x1b[2Jk"], quarantine_reason=["item_id has control characters"])
    assert [one.row for one in samples_in(tmp_path, n=1)] == ["item_id=\\x1b[2Jk"]
