"""`shopkeeper privacy debt`: served versions that were trained on people who have been erased since."""

import argparse
import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cli.inputs import DEFAULT_MODEL
from cli.privacy_options import add_json, add_keys, add_rules, add_state_uri, opened_store, rules_of
from cli.training_run import add_tracking_uri, prepare, tracking_uri_of

if TYPE_CHECKING:
    from privacy.debt import VersionDebt
    from privacy.rules import Rules

EXIT_OVERDUE = 1


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the action."""
    parser = subparsers.add_parser(
        "debt",
        help="say which served versions still hold what was erased",
        description=(
            "Compares the ledger's place that each version's training read up to with the erasures since. A version "
            "serves while an alias points at it. Exits with 1 where an erasure is overdue: retrain and promote."
        ),
    )
    parser.add_argument("--model", default=DEFAULT_MODEL, metavar="NAME", help="(default: %(default)s)")
    add_tracking_uri(parser)
    add_state_uri(parser)
    add_keys(parser)
    add_rules(parser)
    parser.add_argument(
        "--metrics",
        type=Path,
        metavar="FILE",
        help="write it for Prometheus as well: a .prom file in the folder of node-exporter's textfile collector",
    )
    add_json(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what each version owes.

    Raises:
        InvalidInputError: With every fault of the rules or the keys.
        ShopkeeperError: The ledger or MLflow cannot be used, or the metrics cannot be written.
    """
    prepare(os.environ)
    rules = rules_of(arguments)
    with opened_store(arguments, writes=False) as opened:
        erasures = opened.store.erasures()
    from training.debt import erasure_debt

    now = datetime.now(UTC)
    debts = erasure_debt(tracking_uri_of(arguments), erasures, now=now, rules=rules, models=[arguments.model])
    if arguments.metrics is not None:
        from cli.privacy_metrics import write_metrics

        write_metrics(debts, rules, arguments.metrics)
    if arguments.json:
        print(json.dumps([_plain(debt, rules) for debt in debts], indent=2))
    else:
        _print(arguments.model, debts, rules, len(erasures))
    return EXIT_OVERDUE if any(debt.overdue for debt in debts) else 0


def _plain(debt: "VersionDebt", rules: "Rules") -> dict[str, object]:
    from training.debt import due_at

    due = due_at(debt, rules)
    return {
        "model": debt.version.name,
        "version": debt.version.version,
        "aliases": list(debt.version.aliases),
        "ledger_position": debt.version.position,
        "erasures": debt.n_owed,
        "oldest": None if debt.oldest_at is None else debt.oldest_at.isoformat(),
        "oldest_age_s": debt.oldest_age_s,
        "due": None if due is None else due.isoformat(),
        "overdue": debt.overdue,
    }


def _print(model: str, debts: Sequence["VersionDebt"], rules: "Rules", n_erasures: int) -> None:
    from rich.console import Console

    from cli.tables import plain_table
    from training.debt import due_at

    if not debts:
        print(f"{model}: no alias points at a version, so none is served")
        return
    title = f"{model}: erasures that came after the training"
    table = plain_table(title, "version", "", "erasures", "oldest, days", "due", "overdue")
    table.min_width = len(title)
    for debt in debts:
        due = due_at(debt, rules)
        table.add_row(
            str(debt.version.version),
            ", ".join(debt.version.aliases),
            f"{debt.n_owed:,}",
            "" if due is None else f"{debt.oldest_age_s / 86_400:.1f}",
            "" if due is None else f"{due:%Y-%m-%d}",
            "YES" if debt.overdue else "no",
        )
    Console().print(table)
    unknown = [str(debt.version.version) for debt in debts if debt.version.position is None and n_erasures]
    if unknown:
        print(f"Trained without the ledger, so every erasure counts: version {', '.join(unknown)}")
