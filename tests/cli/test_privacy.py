"""What `shopkeeper privacy` does whatever the action: where it looks, and what it says where nothing is."""

import subprocess
import sys
from pathlib import Path

import pytest

from privacy.consent import Purpose
from tests.cli.shop import DEFAULT_KEYS, a_shop, opened, privacy

READING = (
    ["verify"],
    ["sweep", "--dry-run"],
    ["status"],
    ["export", "--customer", "anna", "--out", "copy.jsonl"],
    ["export-ledger", "copy"],
)


@pytest.fixture(autouse=True)
def _in_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("words", READING, ids=lambda words: words[0])
def test_what_reads_says_what_to_do_where_there_is_no_ledger_and_makes_none(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    privacy("keys", "new")
    assert privacy(*words) == 1
    assert "start the server or run `shopkeeper privacy import` first" in capsys.readouterr().err
    assert sorted(Path().rglob("*")) == [Path(".shopkeeper"), Path(DEFAULT_KEYS)]


def test_what_reads_does_not_make_the_tables_of_an_empty_database(capsys: pytest.CaptureFixture[str]) -> None:
    Path(".shopkeeper").mkdir()
    Path(".shopkeeper/state.db").touch()
    assert privacy("status") == 1
    assert "there is no ledger at sqlite:///.shopkeeper/state.db yet" in capsys.readouterr().err


def test_what_writes_makes_the_tables() -> None:
    privacy("keys", "new")
    assert privacy("opt-out", "--customer", "anna") == 0
    with opened() as (_, store):
        assert store.head().count == len(Purpose)


def test_without_keys_nothing_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    assert privacy("opt-out", "--customer", "anna") == 2
    assert "--keys: .shopkeeper/keys is not there: put it back from its backup" in capsys.readouterr().err
    assert not Path(".shopkeeper").exists()


def test_the_environment_says_where_things_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPKEEPER_KEYS", "elsewhere/keys")
    monkeypatch.setenv("SHOPKEEPER_STATE_URI", "sqlite:///elsewhere/state.db")
    privacy("keys", "new")
    assert privacy("opt-out", "--customer", "anna") == 0
    assert sorted(path.name for path in Path("elsewhere").iterdir())[:2] == ["keys", "state.db"]


def test_the_servers_own_state_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPKEEPER_STATE_DIR", "state")
    monkeypatch.setenv("SHOPKEEPER_STATE_URI", "sqlite")
    privacy("keys", "new")
    assert privacy("opt-out", "--customer", "anna") == 0
    assert {"keys", "state.db"} <= {path.name for path in Path("state").iterdir()}


def test_where_the_server_keeps_nobody_there_is_no_ledger(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHOPKEEPER_STATE_URI", "none")
    assert privacy("status") == 2
    assert "--state-uri: is none: there is no ledger" in capsys.readouterr().err


def test_an_option_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPKEEPER_KEYS", "elsewhere/keys")
    privacy("keys", "new", "--keys", "here")
    assert Path("here").exists()
    assert not Path("elsewhere").exists()


def test_an_address_of_no_database_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert privacy("status", "--state-uri", "state.db") == 2
    assert "state_uri: is no address of a database" in capsys.readouterr().err


def test_the_password_of_a_database_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert privacy("status", "--state-uri", "postgresql://shop:secret@127.0.0.1:9/shop") == 1
    assert "secret" not in capsys.readouterr().err


@pytest.mark.parametrize("action", ["opt-out", "erase", "export", "link-token"])
def test_somebody_must_be_named(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--out", "copy.jsonl"] if action == "export" else []
    assert privacy(action, *words) == 2
    assert "--customer: or --visitor is needed" in capsys.readouterr().err


def test_none_but_import_export_ledger_and_debt_need_the_trainers_libraries() -> None:
    a_shop()
    heavy = {"duckdb", "ibis", "mlflow", "pandas", "pyarrow", "scipy", "sklearn"}
    calls = [
        ["opt-out", "--customer", "anna"],
        ["link-token", "--customer", "anna"],
        ["export", "--customer", "anna", "--out", "copy.jsonl"],
        ["erase", "--customer", "anna", "--yes"],
        ["sweep"],
        ["status"],
        ["verify"],
        ["keys", "list"],
    ]
    program = (
        "import sys, cli.main\n"
        f"codes = [cli.main.main(['privacy', *words]) for words in {calls!r}]\n"
        f"print(codes, sorted({heavy!r} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines()[-1] == f"{[0] * len(calls)} []"
