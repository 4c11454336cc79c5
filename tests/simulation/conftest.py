"""One simulated shop of a modest size that the tests ask questions."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from simulation.settings import Settings
from simulation.shop import Shop, open_shop
from simulation.simulate import FILES, simulate
from simulation.summary import Summary

PERSONAL = """
CREATE VIEW personal AS SELECT coalesce(e.customer_id, i.customer_id, e.visitor_id) AS person, e.*
    FROM events e LEFT JOIN (SELECT visitor_id, arg_min(customer_id, linked_at) AS customer_id FROM identities
    GROUP BY ALL) i USING (visitor_id);
CREATE VIEW bought AS FROM personal WHERE event_type = 'purchase';
CREATE VIEW looked AS FROM personal WHERE event_type = 'view';
CREATE VIEW training AS FROM consent WHERE purpose = 'model_training';
"""


@dataclass(frozen=True, slots=True)
class SimulatedShop:
    """A simulation's folder, summary and files: tables events, consent, identities, catalogue and truth.

    Views: personal (events with the person behind them), bought, looked and training (consent to it).
    """

    folder: Path
    settings: Settings
    summary: Summary
    database: duckdb.DuckDBPyConnection

    def rows(self, question: str, *parameters: object) -> list[tuple[Any, ...]]:
        return self.database.execute(question, parameters).fetchall()

    def value(self, question: str, *parameters: object) -> Any:
        [(value,)] = self.rows(question, *parameters)
        return value


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedShop]:
    folder = tmp_path_factory.mktemp("shop")
    settings = Settings(shoppers=9_000, items=260)
    summary = simulate(settings, folder)
    with duckdb.connect() as database:
        for name in FILES:
            table = name.removesuffix(".parquet")
            database.execute(f"CREATE VIEW {table} AS FROM '{folder / name}'")
        database.execute("SET TimeZone = 'UTC'")
        database.execute(PERSONAL)
        yield SimulatedShop(folder, settings, summary, database)


@pytest.fixture(scope="session")
def shop(simulated: SimulatedShop) -> Shop:
    return open_shop(simulated.settings)
