"""What `shopkeeper train` makes of the options of consent."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.inputs import add_inputs, dated, read_inputs
from models.errors import InvalidInputError
from tests.training.ledgers import write_with_ledger
from tests.training.worlds import World, answer, event
from training.ingest import Inputs


def inputs_of(*options: str) -> Inputs:
    parser = argparse.ArgumentParser()
    add_inputs(parser)
    return read_inputs(parser.parse_args(options), [], command="train")[0]


def faults_of(*options: str) -> list[str]:
    with pytest.raises(InvalidInputError) as raised:
        inputs_of(*options)
    return [fault.field for fault in raised.value.faults]


@pytest.fixture
def written(tmp_path: Path) -> Inputs:
    world = World([event("1", 10, customer_id="anna")], [answer("customer", "anna", "granted")])
    return write_with_ledger(world, tmp_path)


def test_the_ledger_takes_the_place_of_the_files(written: Inputs) -> None:
    options = ("--events", str(written.events), "--ledger", str(written.ledger), "--keys", str(written.keys))
    read = inputs_of(*options, "--as-of", "2026-03-01T12:00")
    assert (read.ledger, read.keys, read.consent) == (written.ledger, written.keys, None)
    assert read.as_of == datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_rules_and_ledger_are_applied_as_of_now_unless_told(written: Inputs) -> None:
    now = datetime(2026, 5, 1, tzinfo=UTC)
    assert dated(written, None, lambda: now).as_of == now
    assert dated(written, "2026-03-01", lambda: now).as_of == datetime(2026, 3, 1, tzinfo=UTC)


def test_files_without_rules_have_no_moment(tmp_path: Path) -> None:
    files = Inputs(tmp_path, tmp_path, None, None)
    assert dated(files, None) == files


def test_all_faults_are_told_at_once(written: Inputs, tmp_path: Path) -> None:
    rules, keys = tmp_path / "privacy.yaml", tmp_path / "no keys"
    rules.write_text("erasure_days: 31")
    keys.write_text("none")
    found = faults_of(
        *("--events", str(tmp_path / "none"), "--consent", str(written.events), "--identities", str(written.events)),
        *("--ledger", "mysql://host/state", "--keys", str(keys), "--privacy-rules", str(rules)),
        *("--assume-consent", "public", "--as-of", "soon"),
    )
    assert set(found) == {
        "--events",
        "--ledger",
        "--keys",
        "--privacy-rules",
        "--as-of",
        "--identities",
        "--assume-consent",
    }


def test_the_ledger_wants_the_keys_and_the_keys_the_ledger(written: Inputs) -> None:
    events = ("--events", str(written.events))
    assert faults_of(*events, "--ledger", str(written.ledger)) == ["--keys"]
    assert faults_of(*events, "--assume-consent", "public", "--keys", str(written.keys)) == ["--keys"]


def test_without_any_consent_nothing_is_trained(written: Inputs) -> None:
    assert faults_of("--events", str(written.events)) == ["--consent"]
