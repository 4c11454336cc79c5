"""When a demo that is there is shown again."""

from dataclasses import replace
from pathlib import Path

import pytest

from cli.demo_record import RECORD, DemoRecord, finished, forget

MADE = DemoRecord(4_000, 120, "A year of a shop.", ("Much was learnt.", "Registered as accessories version 1."))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    for name in ("mlflow.db", "shop/truth.parquet"):
        (tmp_path / name).touch()
    MADE.write(tmp_path)
    return tmp_path


def asked(folder: Path, n_shoppers: int = 4_000, n_items: int = 120) -> DemoRecord | None:
    return finished(folder, n_shoppers=n_shoppers, n_items=n_items)


def test_what_was_written_is_read_again(folder: Path) -> None:
    assert asked(folder) == MADE


def test_a_demo_of_another_size_is_none(folder: Path) -> None:
    assert asked(folder, n_shoppers=5_000) is None
    assert asked(folder, n_items=60) is None


def test_a_bundle_that_this_release_cannot_read_is_none(folder: Path) -> None:
    replace(MADE, schema_version=MADE.schema_version + 1).write(folder)
    assert asked(folder) is None


@pytest.mark.parametrize("gone", ["mlflow.db", "shop/truth.parquet", RECORD])
def test_a_demo_a_part_of_which_is_gone_is_none(folder: Path, gone: str) -> None:
    (folder / gone).unlink()
    assert asked(folder) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"training": 1}', '{"training": [], "who": 1}'])
def test_a_record_that_cannot_be_read_is_none(folder: Path, text: str) -> None:
    (folder / RECORD).write_text(text)
    assert asked(folder) is None


def test_what_is_made_anew_is_forgotten_first(folder: Path) -> None:
    forget(folder)
    forget(folder)
    assert asked(folder) is None
