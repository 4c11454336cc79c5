"""What a report is counted from: events as the server's database has them."""

from argparse import Namespace
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cli.experiment_counts import measured_of
from experiments.analysis.counting import BEFORE_DAYS
from experiments.analysis.measured import SCHEMA
from privacy.store.measured import COLUMNS
from tests.cli.experiment import act
from tests.cli.shop import ANNA, a_shop, said
from tests.experiments.analysis.measured_rows import DAY, INSTANT, START, a_test


def test_what_the_database_gives_is_what_files_take_column_by_column() -> None:
    # In the one a moment's unit is in its name, in the other in its type.
    assert [name.removesuffix("_us") for name in COLUMNS] == SCHEMA.names


def test_what_was_bought_before_is_read_for_as_long_as_it_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    a_shop()
    since = START - timedelta(days=BEFORE_DAYS)
    said(ANNA, at=since - DAY)
    act(ANNA, "e0", "impression", "kettle", START, "control")
    act(ANNA, "e1", "purchase", "lamp", since)
    act(ANNA, "e2", "purchase", "bulb", since - INSTANT)
    from_database = Namespace(events=None, state_uri=None, privacy_rules=None)
    with measured_of(from_database, a_test(), START + DAY, None) as measured:
        rows = pq.read_table(measured.directory)

    assert sorted(rows["item_id"].to_pylist()) == ["kettle", "lamp"]
