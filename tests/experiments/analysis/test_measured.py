from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments.analysis import measured
from experiments.analysis.measured import FILE, SCHEMA, write_measured
from tests.experiments.analysis.measured_rows import START, impression, purchase


def test_rows_are_written_in_the_schema_with_moments_in_either_form(tmp_path: Path) -> None:
    shown, bought = impression(1, START), list(purchase(2, START))
    bought[SCHEMA.get_field_index("at")] = 1_767_225_600_000_000

    assert write_measured([[shown], [], [bought]], tmp_path) == 2
    table = pq.read_table(tmp_path / FILE)
    assert table.schema == SCHEMA
    assert table["at"].to_pylist() == [START, datetime(2026, 1, 1, tzinfo=UTC)]
    assert table["exposure"].to_pylist() == [b"page", None]


def test_only_the_owner_can_read_them(tmp_path: Path) -> None:
    write_measured([[impression(1, START)]], tmp_path)

    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_rows_go_to_disk_a_group_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured, "ROW_GROUP", 2)
    told: list[int] = []

    write_measured(([impression(person, START)] for person in range(5)), tmp_path, progress=told.append)

    assert told == [2, 4, 5]
    assert pq.ParquetFile(tmp_path / FILE).num_row_groups == 3


def test_a_row_that_is_too_short_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="zip"):
        write_measured([[impression(1, START)[:-1]]], tmp_path)


def test_no_rows_are_an_empty_file(tmp_path: Path) -> None:
    assert write_measured([], tmp_path) == 0
    assert pq.read_table(tmp_path / FILE) == pa.Table.from_batches([], SCHEMA)
