"""The erasure debt as Prometheus reads it: a file for the textfile collector of its node-exporter."""

from collections.abc import Sequence
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from models.errors import ShopkeeperError
from privacy.debt import VersionDebt
from privacy.rules import Rules
from training.debt import due_at

NAMESPACE = "shopkeeper_erasure_debt"


def write_metrics(debts: Sequence[VersionDebt], rules: Rules, path: Path) -> None:
    """Write what each version owes, in place of what the file held: a reader meanwhile gets one or the other whole.

    A version that owes nothing has no deadline.

    Args:
        debts: Of every version that is served.
        rules: Say within how many days an erasure is to be honoured.
        path: The collector reads those that end in .prom.

    Raises:
        ShopkeeperError: The file cannot be written.
    """
    registry = CollectorRegistry()  # the library's own would add figures of this process
    owed = _gauge(registry, "erasures", "Erasures since the training of a served version, which still holds them.")
    age = _gauge(registry, "oldest_age_seconds", "Age of the oldest of them when this was written; 0 without any.")
    deadline = _gauge(
        registry, "deadline_timestamp_seconds", "When the oldest of them is to be honoured at the latest, in Unix time."
    )
    overdue = _gauge(registry, "overdue", "Whether that was past when this was written: 1 or 0.")
    for debt in debts:
        labels = (debt.version.name, str(debt.version.version))
        owed.labels(*labels).set(debt.n_owed)
        age.labels(*labels).set(debt.oldest_age_s)
        overdue.labels(*labels).set(debt.overdue)
        due = due_at(debt, rules)
        if due is not None:
            deadline.labels(*labels).set(due.timestamp())
    try:
        write_to_textfile(str(path), registry)
    except OSError as error:
        raise ShopkeeperError(f"cannot write to {path}: {error.strerror or error}") from error


def _gauge(registry: CollectorRegistry, name: str, what: str) -> Gauge:
    return Gauge(name, what, ("model", "version"), namespace=NAMESPACE, registry=registry)
