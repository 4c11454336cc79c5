"""What the commands of a trainer import, `pip install 'shopkeeper[trainer]'` brings by declaration."""

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from privacy.store.database import Database

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def trainer() -> dict[str, set[str]]:
    """The extra's libraries with the extras of theirs that it wants."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = map(Requirement, pyproject["project"]["optional-dependencies"]["trainer"])
    return {requirement.name: requirement.extras for requirement in declared}


def test_a_ledger_in_postgresql_finds_its_driver(trainer: dict[str, set[str]]) -> None:
    database = Database("postgresql://trainer@127.0.0.1:9/shop")
    driver = database.url.get_driver_name()
    database.close()
    # psycopg alone wants a libpq of the machine's, which an image does not have.
    assert trainer.get(driver) == {"binary"}


def test_the_metrics_of_the_debt_find_their_library(trainer: dict[str, set[str]]) -> None:
    assert "prometheus-client" in trainer
