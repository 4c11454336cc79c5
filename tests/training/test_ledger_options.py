"""What `shopkeeper train` makes of the options of consent."""

import argparse
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.inputs import add_inputs, dated, read_inputs
from models.errors import InvalidInputError
from tests.training.kept import exported, keep
from tests.training.ledgers import say, write_with_ledger
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


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The rules that the server reads."""
    path = tmp_path / "privacy.yaml"
    path.write_text("sensitive_topics: [health]")
    monkeypatch.setenv("SHOPKEEPER_PRIVACY_RULES", str(path))
    return path


def options_of(inputs: Inputs) -> tuple[str, ...]:
    return ("--events", str(inputs.events), "--ledger", str(inputs.ledger), "--keys", str(inputs.keys))


@pytest.mark.parametrize("nothing", [(), ("--privacy-rules", "")], ids=["left out", "as an MLproject passes it"])
def test_by_a_ledger_the_rules_are_the_servers_unless_told(
    written: Inputs, rules: Path, nothing: tuple[str, ...]
) -> None:
    assert inputs_of(*options_of(written), *nothing).privacy_rules == rules
    others = rules.with_name("others.yaml")
    others.write_text("sensitive_topics: [toys]")
    assert inputs_of(*options_of(written), "--privacy-rules", str(others)).privacy_rules == others


def test_without_a_ledger_the_servers_rules_are_none_of_the_trainings(written: Inputs, rules: Path) -> None:
    assert inputs_of("--events", str(written.events), "--assume-consent", "public").privacy_rules is None


def test_the_servers_rules_are_told_by_their_variable_where_they_are_none(written: Inputs, rules: Path) -> None:
    rules.write_text("sensitive_topics: 1")
    assert faults_of(*options_of(written)) == ["$SHOPKEEPER_PRIVACY_RULES"]


def test_a_version_trained_by_rules_is_trained_again_by_the_same(written: Inputs, rules: Path, tmp_path: Path) -> None:
    recorded = replace(written, privacy_rules=tmp_path / "recorded.yaml")
    assert dated(recorded, None).privacy_rules == recorded.privacy_rules
    assert dated(written, None).privacy_rules == rules


def test_an_export_of_kept_events_wants_the_ledger(written: Inputs, tmp_path: Path) -> None:
    say(tmp_path, [answer("visitor", "phone", "granted")], [])
    keep(tmp_path, [event("1", 10, visitor_id="phone")])
    exported(tmp_path, tmp_path / "kept")
    events = ("--events", str(tmp_path / "kept"))
    assert faults_of(*events, "--assume-consent", "public") == ["--events"]
    assert inputs_of(*events, *options_of(written)[2:]).events == tmp_path / "kept"
    of_a_version = Inputs(tmp_path / "kept", None, None, None, assume_consent="public")
    with pytest.raises(InvalidInputError, match="give --ledger and --keys"):
        dated(of_a_version, None)
