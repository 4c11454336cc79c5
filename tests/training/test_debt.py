"""What the versions that serve owe to who has been erased since."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from mlflow import MlflowClient

from privacy.debt import Erasure
from privacy.rules import Rules
from training.debt import erasure_debt
from training.tracking import connect

NOW = datetime(2026, 6, 1, tzinfo=UTC)
OLD, NEW = Erasure(10, NOW - timedelta(days=40)), Erasure(20, NOW - timedelta(days=2))


@pytest.fixture
def client(tracking_uri: str) -> MlflowClient:
    client = connect(tracking_uri)
    client.create_registered_model("shop")
    return client


def register(client: MlflowClient, tags: Mapping[str, str], *aliases: str) -> int:
    run_id = client.create_run("0").info.run_id
    number = client.create_model_version("shop", "file:///nowhere", run_id, tags=dict(tags)).version
    for alias in aliases:
        client.set_registered_model_alias("shop", alias, str(number))
    return int(number)


def owed(tracking_uri: str, *erasures: Erasure) -> list[tuple[int, tuple[str, ...], int, bool]]:
    debts = erasure_debt(tracking_uri, erasures, now=NOW, rules=Rules(erasure_days=30))
    return [(debt.version.version, debt.version.aliases, debt.n_owed, debt.overdue) for debt in debts]


def test_a_version_owes_the_erasures_that_came_after_its_training(tracking_uri: str, client: MlflowClient) -> None:
    before = register(client, {"ledger_position": "9"}, "champion", "shadow")
    between = register(client, {"ledger_position": "10"}, "challenger")
    assert owed(tracking_uri, OLD, NEW) == [
        (before, ("champion", "shadow"), 2, True),
        (between, ("challenger",), 1, False),
    ]


def test_a_version_that_no_alias_points_at_does_not_serve(tracking_uri: str, client: MlflowClient) -> None:
    register(client, {"ledger_position": "1"})
    assert owed(tracking_uri, OLD) == []


@pytest.mark.parametrize("tags", [{}, {"ledger_position": "some"}])
def test_a_version_whose_training_did_not_note_the_ledger_owes_all(
    tracking_uri: str, client: MlflowClient, tags: dict[str, str]
) -> None:
    number = register(client, tags, "champion")
    assert owed(tracking_uri, OLD, NEW) == [(number, ("champion",), 2, True)]
