"""What `shopkeeper privacy` does whatever the action: where it looks, and what it says where nothing is."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.main import main
from privacy.consent import Identity, Purpose, ShopperKind, Status
from privacy.entry import Circumstances
from privacy.kept_event import KeptEvent
from privacy.keys import new_ring, read_ring, write_ring
from privacy.store import kept
from privacy.store.database import Database
from privacy.store.migrating import migrate
from privacy.store.store import PrivacyStore

ANNA, BOB = (Identity(ShopperKind.CUSTOMER, name) for name in ("anna", "bob"))
PHONE, LAPTOP = (Identity(ShopperKind.VISITOR, name) for name in ("phone", "laptop"))
DEFAULT_KEYS, DEFAULT_STATE_URI = ".shopkeeper/keys", "sqlite:///.shopkeeper/state.db"
READING = (
    ["verify"],
    ["sweep", "--dry-run"],
    ["status"],
    ["export", "--customer", "anna", "--out", "copy.jsonl"],
    ["export-ledger", "copy"],
)


def privacy(*words: str) -> int:
    """The exit code of `shopkeeper privacy` with these words."""
    return main(["privacy", *words], subcommands=["cli.privacy"])


def a_shop() -> None:
    """Keys and an empty ledger in the working directory, where the defaults have them."""
    Path(DEFAULT_KEYS).parent.mkdir()
    write_ring(new_ring(lambda n_bytes: bytes(range(n_bytes))), Path(DEFAULT_KEYS), replace=False)
    with opened():
        pass


@contextmanager
def opened() -> Iterator[tuple[Database, PrivacyStore]]:
    """The ledger of the working directory, past the command."""
    database = Database(DEFAULT_STATE_URI)
    migrate(database)
    numbers = iter(range(1, 1_000_000))
    with database.reading() as connection:
        taken = {row.subject for row in connection.exec_driver_sql("SELECT subject FROM shoppers")}
    yield (
        database,
        PrivacyStore(
            database,
            read_ring(Path(DEFAULT_KEYS)),
            new_subject=lambda _: next(number for number in numbers if number not in taken),
            new_receipt=lambda: "receipt",
        ),
    )
    database.close()


def said(*identities: Identity, status: Status = Status.GRANTED, at: datetime | None = None) -> None:
    """Record one answer of somebody to every purpose."""
    circumstances = Circumstances(at or datetime(2026, 3, 1, tzinfo=UTC), "DE", "2026-03", "test")
    with opened() as (_, store):
        store.say(identities, dict.fromkeys(Purpose, status), circumstances)


def kept_event(identity: Identity, event_id: str, *, days_old: int = 1, event_type: str = "view") -> None:
    """Keep something that somebody did."""
    at = datetime.now(UTC) - timedelta(days=days_old)
    with opened() as (database, store):
        event = KeptEvent(event_id, store.subject_of(identity), event_type, "kettle", at)
        with database.transaction() as connection:
            kept.keep(connection, [event])


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
