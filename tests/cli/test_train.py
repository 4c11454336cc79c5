"""What `shopkeeper train` tells of files that cannot be used, and when."""

from pathlib import Path

import pytest

from cli.main import main


def train(events: Path) -> int:
    return main(["train", "--events", str(events), "--assume-consent", "a test"], subcommands=["cli.train"])


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cli.train.prepare", lambda _: None)


def test_a_wrong_column_is_told_with_those_that_are_read_before_the_registry_is_opened(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def opened(_: str) -> None:
        raise AssertionError("the registry was opened")

    monkeypatch.setattr("training.tracking.connect", opened)
    events = tmp_path / "events.csv"
    events.write_text("event_id,event_type,occurred_at,sku\n1,view,2026-03-01T12:00:00Z,lamp\n")

    assert train(events) == 2
    told = capsys.readouterr().err
    assert "events.item_id: missing; the file has: event_id, event_type, occurred_at, sku" in told
    assert "columns that are read (? may be missing): event_id, event_type, occurred_at, customer_id?" in told


def test_bad_rows_of_a_file_that_is_refused_are_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("training.tracking.connect", lambda _: None)
    monkeypatch.setattr("training.fetching.fetch_champion", lambda *_, **__: None)
    events = tmp_path / "events.csv"
    events.write_text("event_id,event_type,occurred_at,item_id\n1,seen,2026-03-01T12:00:00Z,lamp\n")

    assert train(events) == 2
    told = capsys.readouterr().err
    assert "1 of 1 rows are bad" in told
    assert "Bad rows, readable by you alone: .shopkeeper/quarantine/" in told
    assert "event_id=1, event_type=seen, occurred_at=2026-03-01T12:00:00Z, item_id=lamp" in " ".join(told.split())
