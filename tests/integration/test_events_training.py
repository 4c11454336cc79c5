"""Trainings on what the server kept, by the server's own ledger and rules."""

import os
import subprocess
import sys
from pathlib import Path

from tests.training.ledgers import write_with_ledger
from tests.training.worlds import World, answer, event

ROOT = Path(__file__).resolve().parents[2]


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
