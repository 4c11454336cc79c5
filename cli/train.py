"""`shopkeeper train`: from a shop's events to a registered version."""

import argparse
import os

from cli.inputs import DEFAULT_MODEL, add_inputs, read_inputs
from cli.training_run import add_options, faults_of, prepare, train_and_register


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
    add_inputs(parser)
    parser.add_argument("--model", default=DEFAULT_MODEL, help="name of the registered model (default: %(default)s)")
    add_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Train, register and print.

    Raises:
        InvalidInputError: With every fault of the options, the settings or the data.
        ShopkeeperError: MLflow cannot be used.
    """
    prepare(os.environ)
    inputs, settings = read_inputs(arguments, faults_of(arguments, arguments.model), command="train")
    train_and_register(arguments, inputs, settings, model=arguments.model, tags={})
    return 0
