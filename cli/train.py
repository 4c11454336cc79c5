"""`shopkeeper train`: from a shop's events to a registered version."""

import argparse
import os
from pathlib import Path

from cli.training_run import add_options, faults_of, path_if_given, prepare, text_if_given, train_and_register
from models.errors import Fault, InvalidInputError

DEFAULT_MODEL = "accessories"
SOURCES = ("native", "online-retail")
"""As in training.sources.registry, which takes seconds to import."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "train",
        help="train a model and register it",
        description=(
            "Learns what goes with what from the events that consent allows, measures it on the latest orders, and "
            "registers the model in MLflow. The same data, settings and seed give the same model, byte for byte."
        ),
    )
    parser.add_argument(
        "--events", required=True, type=Path, metavar="PATH", help="Parquet, CSV or a folder of Parquet files"
    )
    parser.add_argument("--consent", type=path_if_given, metavar="PATH", help="what shoppers answered")
    parser.add_argument("--identities", type=path_if_given, metavar="PATH", help="which visitor is which customer")
    parser.add_argument("--catalogue", type=path_if_given, metavar="PATH", help="what the shop says of its items")
    parser.add_argument("--source", choices=SOURCES, default="native", help="form of the events (default: %(default)s)")
    parser.add_argument(
        "--assume-consent",
        type=text_if_given,
        metavar="REASON",
        help="train without consent records, for instance on public data; the reason is kept with the run",
    )
    parser.add_argument(
        "--config", type=path_if_given, metavar="FILE", help="training.yaml: settings that differ from the defaults"
    )
    parser.add_argument("--model", default=DEFAULT_MODEL, help="name of the registered model (default: %(default)s)")
    parser.add_argument(
        "--min-shoppers", type=int, metavar="K", help="fewest shoppers under a published pair (default: 5)"
    )
    parser.add_argument("--seed", type=int, help="seed of everything random (default: 0)")
    add_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Train, register and print.

    Raises:
        InvalidInputError: With every fault of the options, the settings or the data.
        ShopkeeperError: MLflow cannot be used.
    """
    prepare(os.environ)
    from training.ingest import Inputs
    from training.settings import read_settings

    faults = faults_of(arguments, arguments.model)
    for name in ("events", "consent", "identities", "catalogue"):
        path = getattr(arguments, name)
        if path is not None and not path.exists():
            faults.append(Fault(f"--{name}", f"{path} is not there"))
    if arguments.consent is None and arguments.assume_consent is None:
        faults.append(
            Fault("--consent", "is needed; for data without consent records, --assume-consent REASON says why")
        )
    if arguments.assume_consent is not None and not arguments.assume_consent.strip():
        faults.append(Fault("--assume-consent", "must say why consent may be assumed"))
    try:
        settings = read_settings(arguments.config, {"min_shoppers": arguments.min_shoppers, "seed": arguments.seed})
    except InvalidInputError as error:
        faults += error.faults
    if faults:
        raise InvalidInputError("train", faults)
    inputs = Inputs(
        events=arguments.events,
        consent=arguments.consent,
        identities=arguments.identities,
        catalogue=arguments.catalogue,
        source=arguments.source,
        assume_consent=arguments.assume_consent,
    )
    train_and_register(arguments, inputs, settings, model=arguments.model, tags={})
    return 0
