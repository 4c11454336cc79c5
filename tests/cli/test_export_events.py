"""`shopkeeper export-events`: what it writes, says and refuses."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from cli.main import main
from privacy.consent import Identity, Purpose, Status
from privacy.entry import Circumstances
from privacy.kept_event import Attribution, KeptEvent
from privacy.keys import read_ring
from privacy.pseudonyms import Pseudonymiser
from privacy.store import kept
from tests.cli.shop import ANNA, BOB, DEFAULT_KEYS, PHONE, a_shop, opened, said

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAYS = ("2026-03-02", "2026-03-03", "2026-03-05")


def export(*words: str) -> int:
    """The exit code of `shopkeeper export-events --out kept` with these words."""
    return main(["export-events", "--out", "kept", *words], subcommands=["cli.export_events"])


def act(
    identity: Identity,
    event_id: str,
    days: int,
    other: Identity | None = None,
    attribution: Attribution | None = None,
    **price: Any,
) -> None:
    """Keep something that somebody bought so many days after the first."""
    with opened() as (database, store):
        named = [identity] if other is None else [identity, other]
        numbers = store.numbers(named)
        event = KeptEvent(
            event_id,
            numbers[identity],
            "purchase",
            "kettle",
            NOON + timedelta(days=days),
            "visit",
            "order",
            None if other is None else numbers[other],
            attribution,
            **price,
        )
        with database.transaction() as connection:
            kept.keep(connection, [event])


def days() -> list[str]:
    """The days in the folder."""
    return sorted(path.parent.name.removeprefix("date=") for path in Path("kept").rglob("*.parquet"))


def contents() -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in Path("kept").rglob("*") if path.is_file()}


@pytest.fixture(autouse=True)
def _shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shop whose server kept three days of two people who said yes."""
    monkeypatch.chdir(tmp_path)
    a_shop()
    said(ANNA, BOB, PHONE)
    act(ANNA, "e0", 0, PHONE)
    act(BOB, "e1", 1)
    act(ANNA, "e3", 3)


def test_each_day_is_a_file_of_what_is_kept_of_it() -> None:
    assert export() == 0
    assert days() == [*DAYS]
    with opened() as (_, store):
        numbers = store.numbers([ANNA, PHONE])
    [row] = pq.read_table("kept/date=2026-03-02/events.parquet", partitioning=None).to_pylist()
    assert row == {
        "event_id": "e0",
        "event_type": "purchase",
        "occurred_at": NOON,
        "ledger_customer": numbers[ANNA],
        "ledger_visitor": numbers[PHONE],
        "session_id": "visit",
        "order_id": "order",
        "item_id": "kettle",
        **dict.fromkeys(("placement", "model_version", "variant", "position", "exposure", "tier")),
        "quantity": 1,
        "unit_price": None,
        "currency": None,
    }


def test_what_something_cost_is_written_in_the_currency_that_it_was_bought_in() -> None:
    act(BOB, "dear", 9, quantity=3, unit_price_minor=10**14 - 1, currency="EUR")
    act(BOB, "free", 9, unit_price_minor=0, currency="CHF")
    assert export() == 0
    rows = pq.read_table("kept/date=2026-03-11/events.parquet", partitioning=None).to_pylist()
    assert [(row["quantity"], row["unit_price"], row["currency"]) for row in rows] == [
        (3, 999_999_999_999.99, "EUR"),
        (1, 0.0, "CHF"),
    ]


@pytest.mark.parametrize(("lapsed", "placements"), [(False, ["cart"]), (True, [None])])
def test_what_was_shown_is_written_while_the_yes_counts_by_the_rules(
    lapsed: bool, placements: list[str | None]
) -> None:
    act(BOB, "shown", 9, attribution=Attribution(b"exposure", "cart", "accessories/1", "", 1, "history"))
    version = "{version: '2026-04', effective_from: 2026-04-01, older_lapse: " + str(lapsed).lower() + "}"
    Path("privacy.yaml").write_text(f"policy_versions: [{version}]")
    assert export("--privacy-rules", "privacy.yaml") == 0
    rows = pq.read_table("kept/date=2026-03-11/events.parquet", partitioning=None).to_pylist()
    assert [row["placement"] for row in rows] == placements


def test_rules_that_cannot_be_read_write_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    Path("privacy.yaml").write_text("policies: []")
    assert export("--privacy-rules", "privacy.yaml") == 2
    assert "policies" in capsys.readouterr().err
    assert not Path("kept").exists()


@pytest.mark.parametrize("first_new", ["placement", "quantity"])
def test_a_folder_of_an_earlier_release_is_replaced(first_new: str) -> None:
    export()
    for path in Path("kept").rglob("*.parquet"):
        table = pq.read_table(path, partitioning=None)
        pq.write_table(table.select(range(table.schema.get_field_index(first_new))), path)
    assert export() == 0
    assert first_new in pq.read_schema("kept/date=2026-03-02/events.parquet").names


def test_it_holds_no_id_no_pseudonym_and_no_key_and_is_for_its_owner_alone() -> None:
    ring = read_ring(Path(DEFAULT_KEYS))
    pseudonyms = [Pseudonymiser(ring).of(one) for one in (ANNA, BOB, PHONE)]
    secret = [b"anna", b"bob", b"phone", *pseudonyms, *(one.hex().encode() for one in pseudonyms), bytes(range(32))]
    Path(DEFAULT_KEYS).unlink()  # it is not even asked for
    assert export() == 0
    assert len(contents()) == len(DAYS)
    assert [word for content in contents().values() for word in secret if word in content] == []
    assert {path.stat().st_mode & 0o077 for path in [Path("kept"), *Path("kept").rglob("*")]} == {0}


def test_the_same_events_give_the_same_bytes() -> None:
    export()
    before = contents()
    export()
    assert contents() == before


def test_days_that_are_asked_for_are_replaced_whole_and_others_left() -> None:
    export()
    act(BOB, "e3 too", 3)
    act(BOB, "e0 too", 0)
    before = contents()
    assert export("--from", "2026-03-03", "--to", "2026-03-05") == 0
    changed = [path for path, content in contents().items() if before[path] != content]
    assert changed == ["kept/date=2026-03-05/events.parquet"]


def test_what_is_not_kept_any_more_goes_with_the_next_export(capsys: pytest.CaptureFixture[str]) -> None:
    export()
    with opened() as (_, store):
        store.erase([ANNA], NOON + timedelta(days=9))
    assert days() == [*DAYS]
    assert export("--from", "2026-03-05") == 0
    assert days() == ["2026-03-02", "2026-03-03"]
    assert export() == 0
    assert days() == ["2026-03-03"]
    assert "Removed: 1 day of which nothing is kept any more" in capsys.readouterr().out


def test_who_may_not_be_learnt_from_any_more_is_left_out_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    circumstances = Circumstances(NOON + timedelta(days=9), "DE", "2026-03", "test")
    with opened() as (_, store):
        store.say([BOB], {Purpose.MODEL_TRAINING: Status.DENIED}, circumstances)
    assert export("--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "out": "kept",
        "events": 2,
        "days": {"2026-03-02": 1, "2026-03-05": 1},
        "removed_days": [],
        "left_out": 1,
        "empty_answers": 0,
    }


def saw_nothing(identity: Identity, event_id: str, days: int) -> None:
    """Keep that somebody saw an empty answer so many days after the first."""
    shown = Attribution(event_id.encode(), "cart", "accessories/1", "test/holdout", None, "none")
    with opened() as (database, store):
        at = NOON + timedelta(days=days)
        event = KeptEvent(event_id, store.subject_of(identity), "impression", "", at, attribution=shown)
        with database.transaction() as connection:
            kept.keep(connection, [event])


def test_empty_answers_of_the_days_are_counted_and_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(3):
        saw_nothing(ANNA, f"empty {number}", number)
    assert export("--json", "--from", "2026-03-03", "--to", "2026-03-04") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["events"], found["left_out"], found["empty_answers"]) == (1, 0, 2)


def test_it_says_who_counts_the_empty_answers(capsys: pytest.CaptureFixture[str]) -> None:
    saw_nothing(ANNA, "empty", 9)
    assert export("--from", "2026-03-10") == 0
    assert capsys.readouterr().out.splitlines() == [
        "kept: no events, for what is kept are empty answers alone",
        "Left out: 1 empty answer that was seen, of which nothing is learnt: `experiment report` counts them in the "
        "database",
    ]
    assert export() == 0
    assert "1 empty answer that was seen" in capsys.readouterr().out


def test_one_is_not_told_of_as_several(capsys: pytest.CaptureFixture[str]) -> None:
    assert export("--to", "2026-03-02") == 0
    assert "kept: 1 event of 1 day, 2026-03-02 to 2026-03-02" in capsys.readouterr().out


def test_it_says_what_to_do_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert export() == 0
    out = capsys.readouterr().out
    assert "kept: 3 events of 3 days, 2026-03-02 to 2026-03-05" in out
    assert "shopkeeper train --events kept --ledger URI --keys FILE" in out


def test_where_nothing_is_kept_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert export("--from", "2026-03-06") == 0
    assert "kept: no events, for none are kept of these days" in capsys.readouterr().out
    with opened() as (database, _), database.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM kept_events")
    assert export() == 0
    assert "kept: no events, for none are kept yet" in capsys.readouterr().out
    assert not Path("kept").exists()


def test_all_faults_of_the_options_are_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    Path("kept").touch()
    assert export("--from", "march", "--to", "2026-13-01") == 2
    told = capsys.readouterr().err
    for words in ("--from: must be a day", "--to: must be a day", "--out: kept is not a folder"):
        assert words in told
    assert export("--from", "2026-03-02", "--to", "2026-03-01") == 2
    assert "--to: is before --from" in capsys.readouterr().err


def test_a_folder_that_holds_something_else_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    Path("kept").mkdir()
    Path("kept/notes").touch()
    assert export() == 2
    assert "kept holds what no export wrote (notes): name an empty folder" in capsys.readouterr().err
    assert [path.name for path in Path("kept").iterdir()] == ["notes"]


def test_a_place_that_cannot_be_written_to_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    Path("file").touch()
    assert main(["export-events", "--out", "file/kept"], subcommands=["cli.export_events"]) == 1
    assert "cannot write to file/kept: Not a directory" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "told"), [(None, "there is no ledger at"), (b"no database" * 100, "cannot be used (DatabaseError)")]
)
def test_a_database_that_cannot_be_read_is_told_and_nothing_is_made(
    content: bytes | None, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        Path("other.db").write_bytes(content)
    assert export("--state-uri", "sqlite:///other.db") == 1
    assert told in capsys.readouterr().err
    assert not Path("kept").exists()


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    directory.mkdir()
    held = os.open(directory, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    yield
    os.close(held)


def test_two_exports_do_not_write_one_folder(capsys: pytest.CaptureFixture[str]) -> None:
    with locked(Path("kept")):
        assert export() == 1
    assert "another export into kept is under way" in capsys.readouterr().err
    assert export() == 0
