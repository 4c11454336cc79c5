"""`shopkeeper privacy keys`: rotation loses nobody and shows no key."""

import json
import stat
from pathlib import Path

import pytest

from privacy.consent import Purpose, Status
from privacy.keys import read_ring
from tests.cli.shop import ANNA, BOB, a_shop, opened, privacy, said

KEYS = Path(".shopkeeper/keys")


@pytest.fixture(autouse=True)
def _in_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_new_file_is_its_owners_alone_and_holds_one_key() -> None:
    assert privacy("keys", "new") == 0
    assert stat.S_IMODE(KEYS.stat().st_mode) == 0o600
    assert read_ring(KEYS).ids == (1,)


def test_keys_that_are_there_are_not_made_anew(capsys: pytest.CaptureFixture[str]) -> None:
    privacy("keys", "new")
    before = KEYS.read_bytes()
    assert privacy("keys", "new") == 2
    assert "is there already" in capsys.readouterr().err
    assert KEYS.read_bytes() == before


def test_keys_that_were_lost_are_not_replaced_by_others(capsys: pytest.CaptureFixture[str]) -> None:
    a_shop()
    KEYS.unlink()
    assert privacy("keys", "new") == 2
    assert "put it back from its backup" in capsys.readouterr().err
    assert not KEYS.exists()


def test_no_action_prints_a_key(capsys: pytest.CaptureFixture[str]) -> None:
    privacy("keys", "new")
    privacy("keys", "add")
    privacy("keys", "activate", "2")
    shown = [key.hex() for _, key in read_ring(KEYS).keys]
    privacy("keys", "list")
    privacy("keys", "list", "--json")
    privacy("keys", "retire", "1")
    printed = capsys.readouterr()
    assert [key for key in shown if key in printed.out + printed.err] == []


def test_the_keys_are_listed_and_the_active_one_named(capsys: pytest.CaptureFixture[str]) -> None:
    privacy("keys", "new")
    privacy("keys", "add")
    privacy("keys", "activate", "2")
    capsys.readouterr()
    assert privacy("keys", "list", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "file": ".shopkeeper/keys",
        "active": 2,
        "to_come": [],
        "keys": [2, 1],
    }


def test_a_key_that_people_are_known_by_alone_is_not_retired(capsys: pytest.CaptureFixture[str]) -> None:
    a_shop()
    said(ANNA, BOB, status=Status.DENIED)
    privacy("keys", "add")
    privacy("keys", "activate", "2")
    said(ANNA, status=Status.GRANTED)
    assert privacy("keys", "retire", "1") == 1
    assert "by key 1 alone 1 of the shop's people are known" in capsys.readouterr().err
    assert read_ring(KEYS).ids == (2, 1)


def test_such_a_key_can_be_retired_all_the_same() -> None:
    a_shop()
    said(ANNA)
    privacy("keys", "add")
    privacy("keys", "activate", "2")
    assert privacy("keys", "retire", "1", "--yes") == 0
    with opened() as (_, store):
        assert store.find([ANNA]).known == ()


def test_a_ledger_sealed_with_the_key_that_goes_is_sealed_anew() -> None:
    a_shop()
    said(ANNA)
    privacy("keys", "add")
    privacy("keys", "activate", "2")
    assert privacy("keys", "retire", "1", "--yes") == 0
    assert privacy("verify") == 0
    said(BOB)
    with opened() as (_, store):
        assert store.head().count == 2 * len(Purpose)


def test_a_ledger_that_was_tampered_with_is_not_sealed_anew(capsys: pytest.CaptureFixture[str]) -> None:
    a_shop()
    said(ANNA)
    with opened() as (database, _), database.transaction() as connection:
        connection.exec_driver_sql("UPDATE ledger_head SET n_entries = 1")
    privacy("keys", "add")
    privacy("keys", "activate", "2")
    assert privacy("keys", "retire", "1", "--yes") == 1
    assert "the head of the ledger is not as it was left" in capsys.readouterr().err
    assert read_ring(KEYS).ids == (2, 1)


def test_the_active_key_is_not_retired(capsys: pytest.CaptureFixture[str]) -> None:
    privacy("keys", "new")
    assert privacy("keys", "retire", "1") == 2
    assert "is the active key: add a new one first" in capsys.readouterr().err


def test_a_key_is_accepted_before_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    privacy("keys", "new")
    assert privacy("keys", "add") == 0
    assert "keys activate 2" in capsys.readouterr().out
    ring = read_ring(KEYS)
    assert (ring.active_id, ring.ids, ring.to_come) == (1, (1, 2), frozenset({2}))
    assert privacy("keys", "activate", "3") == 2
    assert privacy("keys", "activate", "2") == 0
    assert (read_ring(KEYS).active_id, read_ring(KEYS).to_come) == (2, frozenset())
