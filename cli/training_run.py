"""What the commands that train do alike: options, environment, train, register, print."""

import argparse
import os
import sys
from collections.abc import Mapping, MutableMapping
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import Fault, InvalidInputError
from training.mlflow_environment import DEFAULT_TRACKING_URI, QUIET
from training.names import faults_of_names

if TYPE_CHECKING:
    from training.ingest import Inputs
    from training.publish import Published
    from training.result import TrainingResult
    from training.settings import TrainingSettings

DEFAULT_ALIAS = "challenger"
MAX_REASON = 500
"""Longest reason, in characters: MLflow before 3 takes tags of 5,000, and a reason is a sentence."""

DEFAULT_QUARANTINE = Path(".shopkeeper", "quarantine")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of where things go and how they are told."""
    parser.add_argument(
        "--alias",
        default=DEFAULT_ALIAS,
        type=text_if_given,
        help="alias for the new version, '' for none (default: %(default)s)",
    )
    add_force(parser)
    add_tracking_uri(parser)
    parser.add_argument("--bundle", type=Path, metavar="DIR", help="keep the bundle in this new or empty folder too")
    parser.add_argument(
        "--quarantine",
        type=Path,
        metavar="DIR",
        help=f"folder for bad rows (default: a new one in {DEFAULT_QUARANTINE})",
    )
    parser.add_argument("--threads", type=int, metavar="N", help="threads to use (default: all cores)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")


def add_force(parser: argparse.ArgumentParser) -> None:
    """Add the options of passing the gate by force."""
    parser.add_argument(
        "--force", action="store_true", help="move the champion's alias though the gate says no; wants --reason"
    )
    parser.add_argument(
        "--reason", type=text_if_given, metavar="WHY", help="why it is forced: recorded with the version and its run"
    )


def faults_of_force(arguments: argparse.Namespace) -> list[Fault]:
    """What is wrong with the options of add_force."""
    reason = (arguments.reason or "").strip()
    if arguments.force and not reason:
        return [Fault("--reason", "must say why the gate is passed by force; it is recorded with the version")]
    if arguments.reason is not None and not arguments.force:
        return [Fault("--reason", "is of no use without --force")]
    if len(reason) > MAX_REASON:
        return [Fault("--reason", f"must be {MAX_REASON} characters or fewer, has {len(reason)}")]
    return []


def forced_by(arguments: argparse.Namespace) -> str | None:
    """The reason for passing the gate by force; None where it is not."""
    return arguments.reason.strip() if arguments.force else None


def path_if_given(text: str) -> Path | None:
    """The path, or None for the empty text that an MLproject passes for what is not given."""
    return Path(text) if text else None


def text_if_given(text: str) -> str | None:
    """The text, or None for the empty one."""
    return text or None


def add_tracking_uri(parser: argparse.ArgumentParser) -> None:
    """Add the option of where MLflow is."""
    parser.add_argument(
        "--tracking-uri",
        metavar="URI",
        help=f"MLflow's store (default: MLFLOW_TRACKING_URI, else {DEFAULT_TRACKING_URI})",
    )


def tracking_uri_of(arguments: argparse.Namespace) -> str:
    """The option, else the environment, else a file in the working directory."""
    return arguments.tracking_uri or os.environ.get("MLFLOW_TRACKING_URI") or DEFAULT_TRACKING_URI


def prepare(environ: MutableMapping[str, str]) -> None:
    """Set what libraries read from the environment when they are imported; what is set already stays."""
    for name, value in {"OPENBLAS_NUM_THREADS": "1", **QUIET}.items():
        environ.setdefault(name, value)


def faults_of(arguments: argparse.Namespace, model: str) -> list[Fault]:
    """What is wrong with the common options and the names to register."""
    faults = [Fault(f"--{fault.field}", fault.description) for fault in faults_of_names(model, arguments.alias)]
    faults += faults_of_force(arguments)
    bundle = arguments.bundle
    if bundle is not None and bundle.exists() and (not bundle.is_dir() or any(bundle.iterdir())):
        faults.append(Fault("--bundle", f"{bundle} is there and not an empty folder"))
    if arguments.threads is not None and arguments.threads < 1:
        faults.append(Fault("--threads", f"must be 1 or more, is {arguments.threads}"))
    return faults


def train_and_register(
    arguments: argparse.Namespace,
    inputs: "Inputs",
    settings: "TrainingSettings",
    *,
    model: str,
    tags: Mapping[str, str],
) -> None:
    """Train, publish and print.

    Raises:
        InvalidInputError: The names or the data cannot be used.
        RegistryError: MLflow cannot be used; told before the training begins, and after faults of the files' columns.
    """
    import tempfile

    from rich.console import Console

    from cli.training_intake import bad_rows
    from cli.training_output import print_readiness, print_registered, print_result, print_verdict, told_steps

    tracking_uri = tracking_uri_of(arguments)
    quarantine = arguments.quarantine or DEFAULT_QUARANTINE / f"{datetime.now(UTC):%Y%m%dT%H%M%S}"
    with ExitStack() as stack:
        begin = stack.enter_context(told_steps(Console(stderr=True)))
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="shopkeeper-"))
        begin("checking the files' columns")
        from training.ingest import check_columns

        check_columns(inputs)
        begin("opening the registry")
        from training.champion import champion_lists
        from training.fetching import fetch_champion
        from training.publish import publish
        from training.tracking import connect

        connect(tracking_uri)
        begin("fetching the champion, if there is one")
        champion = fetch_champion(model, Path(directory, "champion"), tracking_uri=tracking_uri)
        begin("loading what trains")
        from training.pipeline import train

        try:
            result = train(
                inputs,
                settings,
                arguments.bundle or Path(directory, "bundle"),
                quarantine=quarantine,
                n_threads=arguments.threads or n_cores(),
                progress=begin,
                champion=None if champion is None else partial(champion_lists, champion),
            )
        except InvalidInputError:
            for line in bad_rows(quarantine):
                print(line, file=sys.stderr)
            raise
        begin("registering the version")
        published = publish(
            result,
            inputs,
            model=model,
            alias=arguments.alias,
            tracking_uri=tracking_uri,
            run_id=os.environ.get("MLFLOW_RUN_ID"),  # set by `mlflow run`, whose run this then is
            tags=tags,
            champion=champion,
            forced=forced_by(arguments),
        )
    with_bad_rows = quarantine if quarantine.is_dir() else None
    if arguments.json:
        print(_json(result, published, with_bad_rows))
    else:
        console = Console()
        print_readiness(console, published)
        print_result(console, result)
        print_verdict(console, published.verdict)
        print_registered(console, published, quarantine=with_bad_rows)


def n_cores() -> int:
    """Cores this process may use, which in a container are not those of the machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _json(result: "TrainingResult", published: "Published", bad_rows: Path | None) -> str:
    import json
    from dataclasses import asdict

    return json.dumps(
        {
            **asdict(published),
            "verdict": None if published.verdict is None else published.verdict.as_dict(),
            "bundle_sha256": result.fingerprint,
            "counts": result.counts,
            "ingest": result.ingest.as_dict(),
            "evaluation": None if result.evaluation is None else result.evaluation.as_dict(),
            "settings": result.settings.as_dict(),
            "seconds": result.seconds,
            "quarantine": None if bad_rows is None else str(bad_rows),
        },
        ensure_ascii=False,
        indent=2,
    )
