"""`shopkeeper privacy verify`, `sweep` and `status`."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from privacy.consent import Status
from tests.cli.shop import ANNA, BOB, PHONE, a_shop, kept_event, opened, privacy, said


@pytest.fixture(autouse=True)
def _shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    a_shop()


def tampered(statement: str) -> None:
    with opened() as (database, _), database.transaction() as connection:
        connection.exec_driver_sql(statement)


def test_a_ledger_left_alone_is_sound(capsys: pytest.CaptureFixture[str]) -> None:
    said(ANNA)
    assert privacy("verify") == 0
    assert "The ledger is as it was written: 4 entries, up to 4:" in capsys.readouterr().out


def test_a_changed_entry_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    said(ANNA, status=Status.DENIED)
    tampered("UPDATE ledger SET status = 'granted' WHERE position = 2")
    assert privacy("verify") == 1
    printed = capsys.readouterr().out
    assert "edited: Entry 2 does not follow from what is before" in printed
    assert "The ledger is NOT as it was written" in printed


def test_findings_are_told_to_machines(capsys: pytest.CaptureFixture[str]) -> None:
    said(ANNA)
    tampered("DELETE FROM ledger WHERE position = 3")
    assert privacy("verify", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["sound"] is False
    assert [(one["kind"], one["first"], one["last"]) for one in told["findings"]] == [("missing", 3, 3)]


def test_a_state_that_does_not_follow_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    said(ANNA, status=Status.DENIED)
    tampered("UPDATE shoppers SET state = '{}' WHERE subject = 1")
    assert privacy("verify") == 1
    assert "state: what stands of number 1 does not follow from the ledger." in capsys.readouterr().out


def test_many_such_states_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    said(*(type(ANNA)(ANNA.kind, f"anna-{number}") for number in range(25)))
    tampered("UPDATE shoppers SET state = '{}'")
    assert privacy("verify") == 1
    assert "and so it is with 5 more numbers." in capsys.readouterr().out


def test_an_older_ledger_put_back_is_found_by_an_anchor(capsys: pytest.CaptureFixture[str]) -> None:
    said(ANNA)
    Path("backup.db").write_bytes(Path(".shopkeeper/state.db").read_bytes())
    said(BOB)
    privacy("status", "--json")
    status = json.loads(capsys.readouterr().out)
    anchor = f"{status['position']}:{status['hash']}"
    assert privacy("verify", "--anchor", anchor) == 0
    for name in ("state.db", "state.db-wal", "state.db-shm"):
        Path(".shopkeeper", name).unlink(missing_ok=True)
    Path(".shopkeeper/state.db").write_bytes(Path("backup.db").read_bytes())
    assert privacy("verify") == 0
    assert privacy("verify", "--anchor", anchor) == 1
    assert "Entry 8 was noted, and 4 is the last" in capsys.readouterr().out


@pytest.mark.parametrize("anchor", ["4", "4:abc", "x:" + "0" * 64, "-1:" + "0" * 64])
def test_an_anchor_that_is_none_is_told(anchor: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert privacy("verify", f"--anchor={anchor}") == 2
    assert "is not a position, a colon and 64 hexadecimal digits" in capsys.readouterr().err


def test_a_sweep_removes_what_is_past_its_retention_and_counts_by_type(capsys: pytest.CaptureFixture[str]) -> None:
    kept_event(ANNA, "old", days_old=91)
    kept_event(ANNA, "new", days_old=89)
    kept_event(ANNA, "bought", days_old=91, event_type="purchase")
    assert privacy("sweep", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["removed"] is True
    assert {name: n for name, n in told["events"].items() if n} == {"view": 1}
    with opened() as (_, store):
        assert [event.event_id for event in store.holdings([ANNA]).events] == ["bought", "new"]


def test_a_dry_run_counts_the_same_and_removes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    kept_event(ANNA, "old", days_old=91)
    assert privacy("sweep", "--dry-run", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["removed"], told["events"]["view"]) == (False, 1)
    with opened() as (_, store):
        assert len(list(store.holdings([ANNA]).events)) == 1


def test_a_sweep_goes_by_the_shops_rules(capsys: pytest.CaptureFixture[str]) -> None:
    kept_event(ANNA, "old", days_old=10)
    Path("privacy.yaml").write_text("retention_days: {view: 7}\n")
    assert privacy("sweep", "--privacy-rules", "privacy.yaml") == 0
    with opened() as (_, store):
        assert list(store.holdings([ANNA]).events) == []


def test_a_faulty_rules_file_is_told_before_anything_is_removed(capsys: pytest.CaptureFixture[str]) -> None:
    kept_event(ANNA, "old", days_old=1_000)
    Path("privacy.yaml").write_text("retention_days: {view: 0}\n")
    assert privacy("sweep", "--privacy-rules", "privacy.yaml") == 2
    assert "retention_days.view: must be a whole number from 1 to 3650" in capsys.readouterr().err
    with opened() as (_, store):
        assert len(list(store.holdings([ANNA]).events)) == 1


def test_status_counts_and_names_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    said(ANNA, status=Status.DENIED)
    said(PHONE)
    kept_event(PHONE, "e1", days_old=3)
    with opened() as (_, store):
        store.erase([BOB], datetime(2026, 4, 1, tzinfo=UTC))
        head = store.head()
    assert privacy("status", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["position"], told["hash"]) == (9, head.hash.hex())
    assert told["people"] == {"customer": 2, "visitor": 1}
    assert told["answers"]["personalisation"] == {"denied": 1, "granted": 1}
    assert told["kept_events"] == {"view": 1}
    assert told["oldest_kept_event"] is not None
    assert (told["erasures"], told["last_erasure"]) == (1, "2026-04-01T00:00:00+00:00")


def test_status_is_a_table_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    said(ANNA)
    assert privacy("status") == 0
    printed = capsys.readouterr().out
    assert "answers: contact" in printed
    assert "Oldest kept event: none" in printed
    assert "The ledger ends at 4:" in printed
