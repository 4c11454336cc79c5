"""Trainings on what the server kept, by the server's own ledger and rules."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cli.main import main
from models.bundle.manifest import fingerprint
from models.bundle.reading import Bundle
from privacy.consent import Identity, Purpose, ShopperKind, Status
from privacy.entry import Circumstances
from privacy.pseudonyms import Pseudonymiser
from privacy.store.database import Database
from tests.training.kept import files_in, keep
from tests.training.lamps import shop_world
from tests.training.ledgers import RING, customer, store_in, uri_in, visitor, write_keys, write_with_ledger
from tests.training.worlds import Row, World, answer, event, minute
from training.ingest import Inputs
from training.pipeline import train
from training.settings import TrainingSettings

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = replace(TrainingSettings(), n_bootstrap=100)
LATER = datetime(2100, 1, 1, tzinfo=UTC)


def met(directory: Path, *ids: str, purpose: Purpose = Purpose.MODEL_TRAINING) -> None:
    """Customers say yes to one purpose."""
    with store_in(directory) as store:
        for name in ids:
            store.say([customer(name)], {purpose: Status.GRANTED}, Circumstances(minute(0), "DE", "1", "banner"))


def orders_of(customer_id: str, prefix: str, item_ids: tuple[str, str], visitor_id: str | None = None) -> list[Row]:
    """A hundred orders of two items."""
    who = {"customer_id": customer_id, "visitor_id": visitor_id}
    return [
        event(
            f"{prefix}{number}-{item_id}", 20 + 700 * number, item_id, "purchase", order_id=f"{prefix}{number}", **who
        )
        for number in range(100)
        for item_id in item_ids
    ]


def exported(directory: Path) -> Path:
    """The folder that the command wrote of a directory's database."""
    out = directory / "kept"
    words = ["export-events", "--out", str(out), "--state-uri", uri_in(directory)]
    assert main(words, subcommands=["cli.export_events"]) == 0
    return out


def trained(directory: Path, events: Path) -> Path:
    """The bundle of the events by a directory's ledger."""
    inputs = Inputs(events, None, None, None, ledger=uri_in(directory), keys=write_keys(directory), as_of=LATER)
    return train(inputs, SETTINGS, directory / "bundle", quarantine=directory / "bad", n_threads=2).bundle


@pytest.fixture(scope="module")
def unseen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A server's database that never saw Anna."""
    directory = tmp_path_factory.mktemp("unseen")
    world = shop_world()
    people = dict.fromkeys(row["customer_id"] for row in world.events)
    met(directory, *people)
    met(directory, *people, purpose=Purpose.MEASUREMENT)
    keep(directory, world.events)
    return directory


@pytest.fixture(scope="module")
def seen(unseen: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with Anna, who said yes, and Paul, who said yes to pages alone."""
    directory = tmp_path_factory.mktemp("seen")
    shutil.copy(unseen / "state.db", directory)
    met(directory, "anna")
    with store_in(directory) as store:
        store.link("annas-phone", "anna", Circumstances(minute(1), source="sign-in"))
    met(directory, "paul", purpose=Purpose.PERSONALISATION)
    keep(directory, orders_of("anna", "a", ("tent", "candle"), "annas-phone"))
    keep(directory, orders_of("paul", "p", ("lamp", "peg")))
    return directory


@pytest.fixture(scope="module")
def of_unseen(unseen: Path) -> Path:
    """The bundle of who never saw Anna."""
    return trained(unseen, exported(unseen))


@pytest.fixture(scope="module")
def kept(seen: Path) -> Path:
    """What was exported while Anna's yes stood."""
    return exported(seen)


def with_old_export(seen: Path, kept: Path, directory: Path, *, refuses: bool) -> str:
    """Hash of the manifest that the export gives once Anna has refused, or was erased."""
    shutil.copy(seen / "state.db", directory)
    with store_in(directory) as store:
        if refuses:
            said = Circumstances(datetime(2099, 1, 1, tzinfo=UTC), "DE", "1", "account")
            store.opt_out([customer("anna")], [Purpose.MODEL_TRAINING], said)
        else:
            store.erase([customer("anna")], datetime(2099, 1, 1, tzinfo=UTC))
    return fingerprint(trained(directory, kept))


def partners(bundle: Path, anchor: str) -> list[str]:
    """What goes with an item, best first."""
    opened = Bundle.open(bundle)
    index = opened.index_of(anchor)
    assert index is not None
    first, last = opened.item_pairs.indptr[index : index + 2]
    return [opened.item_id(int(item)) for item in opened.item_pairs.item[first:last]]


def test_what_the_server_kept_gives_the_pairs_that_are_bought_together(of_unseen: Path) -> None:
    assert partners(of_unseen, "lamp")[0] == "bulb"
    assert partners(of_unseen, "tent")[0] == "peg"


def test_who_said_yes_is_learnt_from(seen: Path, kept: Path, of_unseen: Path) -> None:
    assert fingerprint(trained(seen, kept)) != fingerprint(of_unseen)


@pytest.mark.parametrize("refuses", [True, False], ids=["refused", "erased"])
def test_who_is_gone_since_an_export_is_never_seen_by_a_training_on_it(
    seen: Path, kept: Path, of_unseen: Path, tmp_path: Path, refuses: bool
) -> None:
    assert with_old_export(seen, kept, tmp_path, refuses=refuses) == fingerprint(of_unseen)


def test_an_export_made_anew_is_that_of_a_shop_that_never_saw_who_refused(
    seen: Path, kept: Path, unseen: Path, tmp_path: Path
) -> None:
    shutil.copy(seen / "state.db", tmp_path)
    shutil.copytree(kept, tmp_path / "kept")
    with store_in(tmp_path) as store:
        store.opt_out([visitor("annas-phone")], [Purpose.MODEL_TRAINING], Circumstances(LATER, "DE", "1", "link"))
    assert files_in(exported(tmp_path)) == files_in(exported(unseen)) != files_in(kept)


def test_what_was_shown_before_changes_nothing_of_a_training(unseen: Path, of_unseen: Path, tmp_path: Path) -> None:
    shutil.copy(unseen / "state.db", tmp_path)
    with store_in(tmp_path) as store:
        numbers = set(store.numbers([customer("customer-7")]).values())
    database = Database(uri_in(tmp_path))
    with database.transaction() as connection:
        connection.exec_driver_sql(
            "UPDATE kept_events SET exposure = x'00', placement = 'cart', model_version = 'accessories/1', "
            "variant = 'challenger', position = 1, tier = 'history'"
        )
        connection.exec_driver_sql(
            "INSERT INTO kept_events (event_id, subject, event_type, item_id, at, exposure) "
            "VALUES ('silence', ?, 'impression', '', 0, x'00')",
            tuple(numbers),
        )
    database.close()
    folder = exported(tmp_path)
    assert files_in(folder) != files_in(exported(unseen))
    assert fingerprint(trained(tmp_path, folder)) == fingerprint(of_unseen)


def test_an_export_names_nobody(kept: Path) -> None:
    names = [("customer", "anna"), ("customer", "paul"), ("visitor", "annas-phone"), ("customer", "customer-7")]
    hashes = [Pseudonymiser(RING).of(Identity(ShopperKind(kind), name)) for kind, name in names]
    secret = [b"anna", b"paul", b"customer-", *hashes, *(one.hex().encode() for one in hashes)]
    uncompressed = kept.parent / "uncompressed.parquet"
    for path in kept.rglob("*.parquet"):
        pq.write_table(pq.read_table(path, partitioning=None), uncompressed, compression="none", use_dictionary=False)
        content = path.read_bytes() + uncompressed.read_bytes()
        assert [word for word in secret if word in content] == []


def test_an_mlflow_run_goes_by_the_servers_rules(tmp_path: Path) -> None:
    inputs = write_with_ledger(World([event("1", 10)], [answer("customer", "anna", "granted")]), tmp_path)
    rules = tmp_path / "privacy.yaml"
    rules.write_text("sensitive_topics: 1")
    given = {"events": inputs.events, "ledger": inputs.ledger, "keys": inputs.keys}
    words = [word for name, value in given.items() for word in ("-P", f"{name}={value}")]
    ran = subprocess.run(
        [sys.executable, "-m", "mlflow", "run", str(ROOT), "-e", "train", "--env-manager", "local", *words],
        cwd=tmp_path,
        env=os.environ
        | {
            "MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path / 'mlflow.db'}",
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "SHOPKEEPER_PRIVACY_RULES": str(rules),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode != 0
    assert "$SHOPKEEPER_PRIVACY_RULES: sensitive_topics" in ran.stderr
