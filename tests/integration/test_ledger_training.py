"""A simulated shop trained by its ledger: as by its files, and people erased as people never seen."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from cli.main import main
from models.bundle.manifest import MANIFEST, fingerprint
from simulation.settings import Settings
from simulation.simulate import simulate
from tests.training.ledgers import customer, say, store_in, uri_in, write_keys
from training.ingest import Inputs
from training.pipeline import train
from training.settings import read_settings

ROOT = Path(__file__).resolve().parents[2]
TABLES = ("events", "consent", "identities", "catalogue")
N_ERASED = 40
SETTINGS = "max_candidates: 20\nn_candidates: 40\nn_bootstrap: 100\ngenerators: [pair_counts, log_likelihood]\n"


@dataclass(frozen=True, slots=True)
class Shop:
    """A simulated shop: its files, and its ledger in the same folder."""

    folder: Path

    @property
    def by_files(self) -> Inputs:
        return Inputs(*(self.folder / f"{name}.parquet" for name in TABLES))

    @property
    def by_ledger(self) -> Inputs:
        ledger = replace(self.by_files, consent=None, identities=None)
        return replace(ledger, ledger=uri_in(self.folder), keys=self.folder / "keys")

    def rows(self, table: str) -> list[dict[str, object]]:
        return list(pq.read_table(self.folder / f"{table}.parquet").to_pylist())

    def write_ledger(self) -> None:
        say(self.folder, self.rows("consent"), self.rows("identities"))
        write_keys(self.folder)


def without(path: Path, ids: Mapping[str, Sequence[str]]) -> pa.Table:
    """The table's rows that name none of the ids, by kind."""
    rows = pq.read_table(path)
    for kind, gone in ids.items():
        if f"{kind}_id" in rows.column_names:
            is_named = pc.is_in(rows[f"{kind}_id"], pa.array(gone, pa.string()))
        elif "shopper_id" in rows.column_names:
            of_kind = pc.equal(rows["shopper_kind"], kind)
            is_named = pc.and_(of_kind, pc.is_in(rows["shopper_id"], pa.array(gone, pa.string())))
        else:
            continue
        rows = rows.filter(pc.invert(is_named.combine_chunks().fill_null(False)))
    return rows


def trained(inputs: Inputs, out: Path) -> Path:
    """The bundle."""
    out.mkdir(exist_ok=True)
    (out / "training.yaml").write_text(SETTINGS)
    settings = read_settings(out / "training.yaml")
    return train(inputs, settings, out / "bundle", quarantine=out / "bad", n_threads=2).bundle


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = Shop(tmp_path_factory.mktemp("shop"))
    simulate(Settings(shoppers=1_000, items=60, days=100, seed=1), shop.folder)
    shop.write_ledger()
    return shop


def gone(shop: Shop) -> dict[str, list[str]]:
    """Ids, by kind, of some customers who consent and of their browsers."""
    consenting = {
        row["shopper_id"]
        for row in shop.rows("consent")
        if row["shopper_kind"] == "customer" and (row["purpose"], row["status"]) == ("model_training", "granted")
    }
    customers = sorted(map(str, consenting))[:N_ERASED]
    theirs = {str(row["visitor_id"]) for row in shop.rows("identities") if row["customer_id"] in customers}
    return {"customer": customers, "visitor": sorted(theirs)}


@pytest.fixture(scope="module")
def erased(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The shop after some of its people were erased."""
    erased = Shop(tmp_path_factory.mktemp("erased"))
    for table in ("events", "catalogue"):
        (erased.folder / f"{table}.parquet").symlink_to(shop.folder / f"{table}.parquet")
    say(erased.folder, shop.rows("consent"), shop.rows("identities"))
    write_keys(erased.folder)
    with store_in(erased.folder) as store:
        store.erase([customer(name) for name in gone(shop)["customer"]], datetime(2100, 1, 1, tzinfo=UTC))
    return erased


@pytest.fixture(scope="module")
def of_erased(erased: Shop) -> str:
    """Hash of the manifest that its ledger gives."""
    return fingerprint(trained(erased.by_ledger, erased.folder / "trained"))


def test_people_erased_are_people_never_seen(shop: Shop, of_erased: str, tmp_path: Path) -> None:
    unseen = Shop(tmp_path / "unseen")
    unseen.folder.mkdir()
    for table in TABLES:
        rows = without(shop.folder / f"{table}.parquet", gone(shop))
        pq.write_table(rows, unseen.folder / f"{table}.parquet")
    unseen.write_ledger()
    assert of_erased == fingerprint(trained(unseen.by_ledger, unseen.folder))


def test_an_export_trains_what_its_database_trains(erased: Shop, of_erased: str, tmp_path: Path) -> None:
    export = tmp_path / "ledger"
    words = ["privacy", "export-ledger", str(export), "--state-uri", uri_in(erased.folder)]
    assert main(words, subcommands=["cli.privacy"]) == 0
    by_export = replace(erased.by_ledger, ledger=str(export))
    assert fingerprint(trained(by_export, tmp_path / "trained")) == of_erased


def test_the_command_trains_by_the_ledger_what_the_files_give_and_notes_where_it_ended(
    shop: Shop, tmp_path: Path
) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")} | {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "proto")]),
    }
    (tmp_path / "training.yaml").write_text(SETTINGS)
    inputs = shop.by_ledger
    options = ["--events", inputs.events, "--catalogue", inputs.catalogue, "--ledger", inputs.ledger]
    options += ["--keys", inputs.keys, "--config", "training.yaml", "--bundle", "bundle", "--json"]
    ran = subprocess.run(
        [sys.executable, "-m", "cli", "train", *map(str, options)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    with store_in(shop.folder) as store:
        head = store.head()
    assert (told["ingest"]["ledger_position"], told["ingest"]["ledger_hash"]) == (head.count, head.hash.hex())

    by_files, by_ledger = trained(shop.by_files, tmp_path / "files"), tmp_path / "bundle"
    # The ledger does not know the ids of customers whom no used event names, so these are numbered otherwise, and of
    # the whole bundle one word depends on that: the fingerprint of what was used.
    assert files_of(by_files) == files_of(by_ledger)
    assert without_fingerprint(by_files) == without_fingerprint(by_ledger)


def files_of(bundle: Path) -> dict[str, str]:
    """Hash by name of all files but the manifest."""
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in bundle.iterdir() if path.name != MANIFEST}


def without_fingerprint(bundle: Path) -> dict[str, Any]:
    """The manifest without the fingerprint of what was used."""
    manifest: dict[str, Any] = json.loads((bundle / MANIFEST).read_text())
    del manifest["training"]["used_fingerprint"]
    return manifest
