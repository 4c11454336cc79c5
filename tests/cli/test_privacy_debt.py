"""`shopkeeper privacy debt`: what it asks, says and exits with."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from mlflow import MlflowClient
from prometheus_client.parser import text_fd_to_metric_families

from cli.main import main
from tests.cli.shop import ANNA, BOB, a_shop, opened
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


def metrics(registry: Registry, *words: str) -> tuple[int, dict[str, float]]:
    """The exit code, and the figures of version 1 by name, as Prometheus' own parser reads them."""
    code = debt(registry, "--metrics", "shopkeeper.prom", *words)
    with Path("shopkeeper.prom").open(encoding="utf-8") as file:
        families = list(text_fd_to_metric_families(file))
    assert {(family.type, bool(family.documentation)) for family in families} == {("gauge", True)}
    samples = [sample for family in families for sample in family.samples]
    assert [sample.labels for sample in samples] == [{"model": registry.model, "version": "1"}] * len(samples)
    return code, {sample.name.removeprefix("shopkeeper_erasure_debt_"): sample.value for sample in samples}


def test_the_metrics_say_what_a_version_owes_and_when_it_is_due(
    registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    served(registry, 0)
    erased(10)
    erased(2)
    before = datetime.now(UTC)
    code, told = metrics(registry)
    age = told.pop("oldest_age_seconds")
    due = (NOW + timedelta(days=20)).timestamp()
    assert (code, told) == (0, {"erasures": 2, "deadline_timestamp_seconds": due, "overdue": 0})
    assert (before - NOW).total_seconds() <= age - 10 * 86_400 <= (datetime.now(UTC) - NOW).total_seconds()
    assert "champion" in capsys.readouterr().out, "the table is printed all the same"


def test_an_overdue_debt_is_1_in_the_metrics_by_the_shops_deadline(registry: Registry) -> None:
    served(registry, 0)
    erased(10)
    Path("privacy.yaml").write_text("erasure_days: 7\n")
    code, told = metrics(registry, "--privacy-rules", "privacy.yaml")
    assert (code, told["overdue"]) == (1, 1)
    assert told["deadline_timestamp_seconds"] == (NOW - timedelta(days=3)).timestamp()


def test_a_version_that_owes_nothing_has_no_deadline_in_the_metrics(registry: Registry) -> None:
    served(registry, erased(40))
    assert metrics(registry) == (0, {"erasures": 0, "oldest_age_seconds": 0, "overdue": 0})


def test_the_metrics_take_the_place_of_the_older_ones_in_one_step(registry: Registry) -> None:
    served(registry, 0)
    metrics(registry)
    with Path("shopkeeper.prom").open(encoding="utf-8") as older:
        erased(10)
        _, told = metrics(registry)
        assert told["erasures"] == 1
        [owed] = [line for line in older if line.startswith("shopkeeper_erasure_debt_erasures{")]
        assert owed.endswith(" 0.0\n")
    assert [path.name for path in Path().iterdir() if "prom" in path.name] == ["shopkeeper.prom"]


def test_metrics_that_cannot_be_written_are_told(registry: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    served(registry, 0)
    assert debt(registry, "--metrics", "nowhere/shopkeeper.prom") == 1
    assert "cannot write to nowhere/shopkeeper.prom: No such file" in capsys.readouterr().err


def test_the_alerts_of_the_paper_ask_for_metrics_that_are_written(registry: Registry) -> None:
    served(registry, 0)
    erased(10)
    _, told = metrics(registry)
    paper = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text(encoding="utf-8")
    block = re.search(r"<!-- alert rules.*?```yaml\n(.*?)```", paper, re.DOTALL)
    assert block is not None
    asked = [name for group in yaml.safe_load(block[1])["groups"] for rule in group["rules"] for name in named(rule)]
    assert asked
    assert set(asked) <= told.keys()


def named(rule: dict[str, str]) -> list[str]:
    """Metrics of ours that an alert asks for."""
    return re.findall(r"shopkeeper_erasure_debt_(\w+)", rule["expr"])
