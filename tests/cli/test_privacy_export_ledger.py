"""`shopkeeper privacy export-ledger`: what it writes, says and refuses."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.main import main
from privacy.store.schema import LEDGER
from tests.cli.shop import ANNA, BOB, DEFAULT_KEYS, DEFAULT_STATE_URI, PHONE, a_shop, opened, privacy, said
from training.ledger.address import faults_of_address


@pytest.fixture(autouse=True)
def _shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    a_shop()
    said(ANNA, PHONE)
    with opened() as (_, store):
        store.erase([BOB], datetime(2026, 4, 1, tzinfo=UTC))


def test_it_is_what_train_takes_for_a_ledger(capsys: pytest.CaptureFixture[str]) -> None:
    assert privacy("export-ledger", "out/ledger") == 0
    assert faults_of_address("out/ledger") == []
    assert "shopkeeper train --ledger out/ledger --keys FILE" in capsys.readouterr().out


def test_a_database_that_is_named_as_a_folder_would_be_is_told_its_address() -> None:
    [fault] = faults_of_address(".shopkeeper/state.db")
    assert fault.description == f".shopkeeper/state.db is a file; one of SQLite is named {DEFAULT_STATE_URI}"
    assert faults_of_address(DEFAULT_STATE_URI) == []


def test_it_says_up_to_where_it_goes(capsys: pytest.CaptureFixture[str]) -> None:
    assert privacy("export-ledger", "ledger", "--json") == 0
    with opened() as (_, store):
        head = store.head()
    told = json.loads(capsys.readouterr().out)
    assert told == {"out": "ledger", "position": head.count, "hash": head.hash.hex()}


def test_it_holds_no_id_and_no_key_and_is_for_its_owner_alone() -> None:
    keys = Path(DEFAULT_KEYS).read_bytes()
    Path(DEFAULT_KEYS).unlink()  # it is not even asked for
    assert privacy("export-ledger", "ledger") == 0
    assert Path("ledger").stat().st_mode & 0o077 == 0
    for path in Path("ledger").iterdir():
        content = path.read_bytes()
        assert [word for word in (b"anna", b"bob", b"phone", keys.strip(), bytes(range(32))) if word in content] == []


def test_a_folder_that_holds_something_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    Path("ledger").mkdir()
    Path("ledger/notes").touch()
    assert privacy("export-ledger", "ledger") == 2
    assert "ledger must be a new or empty folder" in capsys.readouterr().err
    assert [path.name for path in Path("ledger").iterdir()] == ["notes"]


@pytest.mark.parametrize("is_there", [False, True])
def test_of_one_that_fails_nothing_is_left(is_there: bool, capsys: pytest.CaptureFixture[str]) -> None:
    if is_there:
        Path("ledger").mkdir()
    with opened() as (database, _), database.transaction() as connection:
        connection.execute(LEDGER.delete().where(LEDGER.c.position == 1))
    assert privacy("export-ledger", "ledger") == 1
    assert "`shopkeeper privacy verify` says which" in capsys.readouterr().err
    assert list(Path().glob("ledger/*")) == []
    assert Path("ledger").exists() == is_there


def test_a_place_that_cannot_be_written_to_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    Path("file").touch()
    assert privacy("export-ledger", "file/ledger") == 1
    assert "cannot write to file/ledger: Not a directory" in capsys.readouterr().err


def test_its_help_says_that_it_holds_pseudonyms_and_no_ids(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["privacy", "export-ledger", "--help"], subcommands=["cli.privacy"])
    assert "pseudonyms and no ids" in " ".join(capsys.readouterr().out.split())


def test_it_is_read_from_the_address_that_is_given() -> None:
    Path(".shopkeeper").rename("elsewhere")
    uri = DEFAULT_STATE_URI.replace(".shopkeeper", "elsewhere")
    assert privacy("export-ledger", "ledger", "--state-uri", uri) == 0
