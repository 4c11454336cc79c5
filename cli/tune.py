"""`shopkeeper tune`: searches the ranker's settings on a shop's own events, and writes them for `train`."""

import argparse
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from cli.inputs import DEFAULT_MODEL, add_inputs, read_inputs
from cli.training_run import add_tracking_uri, n_cores, prepare, tracking_uri_of
from models.errors import Fault, InvalidInputError
from training.names import faults_of_names

if TYPE_CHECKING:
    from training.ingest import Inputs
    from training.settings import TrainingSettings
    from training.tuning import Trial, Tuned

DEFAULT_OUT = Path("training.yaml")
DEFAULT_TIME_BUDGET_S = 600.0


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "tune",
        help="search the ranker's settings for a shop",
        description=(
            "Tries settings of the ranker on slices of time before the test slice, which it never looks at, and writes "
            "the best for `train --config`, or the ones it began with where none is better beyond chance. Each trial "
            "is a run in MLflow. Ctrl-C ends the search and keeps what it found."
        ),
    )
    add_inputs(parser)
    parser.add_argument("--model", default=DEFAULT_MODEL, help="name of the experiment (default: %(default)s)")
    parser.add_argument(
        "--time-budget",
        type=_number_if_given,
        metavar="SECONDS",
        help=f"when to end, reading included (default: {DEFAULT_TIME_BUDGET_S:.0f}, with --trials none)",
    )
    parser.add_argument(
        "--trials",
        type=_whole_if_given,
        metavar="N",
        help="trials; with the same data, seed and number the search is the same",
    )
    parser.add_argument(
        "--out", type=Path, default=DEFAULT_OUT, metavar="FILE", help="file for the settings (default: %(default)s)"
    )
    add_tracking_uri(parser)
    parser.add_argument("--threads", type=int, metavar="N", help="threads to use (default: all cores)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Search, record, write and print; 130 where the search was interrupted and what it found is kept.

    Raises:
        InvalidInputError: With every fault of the options, the settings or the data.
        ShopkeeperError: MLflow cannot be used.
    """
    from cli.main import EXIT_INTERRUPTED

    prepare(os.environ)
    inputs, settings = read_inputs(arguments, _faults(arguments), command="tune")
    tuned, run_id = _search(arguments, inputs, settings)
    from training.tuning_record import write_tuned

    write_tuned(settings, tuned, arguments.out)
    if arguments.json:
        told = {"run_id": run_id, "out": str(arguments.out), "k": settings.k, **tuned.as_dict()}
        print(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        from cli.tuning_output import print_tuned

        print_tuned(tuned, k=settings.k, out=arguments.out, events=arguments.events)
    return EXIT_INTERRUPTED if tuned.interrupted else 0


def _faults(arguments: argparse.Namespace) -> list[Fault]:
    faults = [Fault(f"--{fault.field}", fault.description) for fault in faults_of_names(arguments.model, None)]
    if arguments.time_budget is not None and not arguments.time_budget > 0:
        faults.append(Fault("--time-budget", f"must be over 0, is {arguments.time_budget:g}"))
    for name in ("trials", "threads"):
        number = getattr(arguments, name)
        if number is not None and number < 1:
            faults.append(Fault(f"--{name}", f"must be 1 or more, is {number}"))
    if arguments.out.exists():
        faults.append(Fault("--out", f"{arguments.out} is there already: name another file"))
    elif not arguments.out.absolute().parent.is_dir():
        faults.append(Fault("--out", f"{arguments.out.absolute().parent} is no folder"))
    return faults


def _search(arguments: argparse.Namespace, inputs: "Inputs", settings: "TrainingSettings") -> "tuple[Tuned, str]":
    """What the search found, and the run it is recorded in."""
    import tempfile
    import time

    from rich.console import Console

    from cli.training_output import told_steps
    from cli.tuning_output import told_trials

    start = time.perf_counter()
    console = Console(stderr=True)
    n_threads = arguments.threads or n_cores()
    with told_steps(console) as begin, tempfile.TemporaryDirectory(prefix="shopkeeper-") as directory:
        begin("opening MLflow")
        from training.tracking import connect

        client = connect(tracking_uri_of(arguments))
        begin("loading what tunes")
        from training.folds import folds_before_test
        from training.ingest import ingest
        from training.steps import Steps
        from training.tuning import Limits, tune
        from training.tuning_record import TuningRun

        begin("reading events and consent")
        histories, _ = ingest(inputs, quarantine=Path(directory, "quarantine"), threads=n_threads, progress=begin)
        folds = folds_before_test(histories, settings, n_threads=n_threads, steps=Steps(begin))
    if not folds:
        fault = Fault("--events", "hold too few orders of two items or more, before the test slice, to tune on")
        raise InvalidInputError("tune", [fault])
    budget_s = arguments.time_budget
    if budget_s is None and arguments.trials is None:
        budget_s = DEFAULT_TIME_BUDGET_S
    left_s = None if budget_s is None else max(0.0, budget_s - (time.perf_counter() - start))
    limits = Limits(time_budget_s=left_s, n_trials=arguments.trials)
    # MLFLOW_RUN_ID is set by `mlflow run`, whose run this then is.
    recorded = TuningRun(client, arguments.model, inputs, settings, run_id=os.environ.get("MLFLOW_RUN_ID"))
    try:
        with told_trials(console, limits, k=settings.k) as tell:

            def told(trial: "Trial") -> None:
                recorded.add(trial)
                tell(trial)

            tuned = tune(folds, settings, limits, n_threads=n_threads, told=told)
        recorded.finish(tuned)
    except BaseException:
        recorded.fail()
        raise
    return tuned, recorded.run_id


def _number_if_given(text: str) -> float | None:
    return float(text) if text else None


def _whole_if_given(text: str) -> int | None:
    return int(text) if text else None
