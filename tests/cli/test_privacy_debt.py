"""`shopkeeper privacy debt`: what it asks, says and exits with."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from mlflow import MlflowClient

from cli.main import main
from tests.cli.test_privacy import ANNA, BOB, a_shop, opened
from training.record import LEDGER_POSITION

NOW = datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Registry:
    """One of MLflow's, with a model of its own for each test."""

    uri: str
    model: str


@pytest.fixture(scope="module")
def uri(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow') / 'mlflow.db'}"


@pytest.fixture
def registry(uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    monkeypatch.chdir(tmp_path)
    a_shop()
    return Registry(uri, tmp_path.name)


def debt(registry: Registry, *words: str) -> int:
    where = ("--tracking-uri", registry.uri, "--model", registry.model)
    return main(["privacy", "debt", *where, *words], subcommands=["cli.privacy"])


def served(registry: Registry, version_of: int | None, alias: str | None = "champion") -> None:
    """Register a version whose training read the ledger up to there."""
    client = MlflowClient(registry.uri, registry.uri)
    client.create_registered_model(registry.model)
    tags = {} if version_of is None else {LEDGER_POSITION: str(version_of)}
    version = client.create_model_version(registry.model, "file:///nowhere", tags=tags)
    if alias is not None:
        client.set_registered_model_alias(registry.model, alias, str(version.version))


def erased(days_ago: float) -> int:
    """Position of an erasure asked for so long ago."""
    with opened() as (database, store):
        store.erase([ANNA if days_ago > 30 else BOB], NOW - timedelta(days=days_ago))
        with database.transaction() as connection:
            connection.exec_driver_sql("UPDATE erasures SET receipt = 'receipt-' || position")
        return store.head().count


def test_a_version_trained_after_every_erasure_owes_nothing(
    registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    served(registry, erased(40))
    assert debt(registry, "--json") == 0
    [told] = json.loads(capsys.readouterr().out)
    assert (told["erasures"], told["due"], told["overdue"]) == (0, None, False)


def test_a_debt_in_its_time_is_told_with_its_due_date(registry: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    served(registry, 0)
    erased(10)
    assert debt(registry, "--json") == 0
    [told] = json.loads(capsys.readouterr().out)
    assert (told["version"], told["aliases"], told["erasures"], told["overdue"]) == (1, ["champion"], 1, False)
    assert told["due"] == (NOW + timedelta(days=20)).isoformat()


def test_an_overdue_debt_exits_with_1(registry: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    served(registry, 0)
    erased(31)
    assert debt(registry) == 1
    assert "YES" in capsys.readouterr().out


def test_the_shops_deadline_counts(registry: Registry) -> None:
    served(registry, 0)
    erased(10)
    Path("privacy.yaml").write_text("erasure_days: 7\n")
    assert debt(registry, "--privacy-rules", "privacy.yaml") == 1


def test_a_version_trained_without_the_ledger_owes_every_erasure(
    registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    served(registry, None)
    erased(40)
    erased(2)
    assert debt(registry) == 1
    printed = capsys.readouterr().out
    assert "Trained without the ledger, so every erasure counts: version 1" in printed


def test_a_version_that_no_alias_points_at_is_not_served(registry, capsys: pytest.CaptureFixture[str]) -> None:
    served(registry, 0, alias=None)
    erased(40)
    assert debt(registry) == 0
    assert f"{registry.model}: no alias points at a version, so none is served" in capsys.readouterr().out
