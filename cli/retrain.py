"""`shopkeeper retrain`: a registered version's training again, on newer data."""

import argparse
import os
import re
import sys

from cli.inputs import add_ledger, dated, faults_of_ledger
from cli.training_run import add_options, faults_of, path_if_given, prepare, tracking_uri_of, train_and_register
from models.errors import Fault, InvalidInputError

NEWER = {
    "events": "newer events",
    "consent": "newer consent",
    "identities": "newer identities",
    "catalogue": "newer catalogue",
}


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "retrain",
        help="repeat a version's training on newer data",
        description=(
            "Trains with the settings that a version was trained with, on the files it was trained on or newer ones, "
            "and registers the next version. Files and the ledger that are not given are read again where they were; "
            "newer events want consent as it stands now, and rules are applied as of now."
        ),
    )
    parser.add_argument(
        "model", metavar="NAME", help="NAME/VERSION, NAME@alias, or NAME: its champion, else its newest version"
    )
    for name, what in NEWER.items():
        parser.add_argument(
            f"--{name}", type=path_if_given, metavar="PATH", help=f"{what} (default: the recorded path)"
        )
    add_ledger(parser)
    add_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Train again, register and print.

    Raises:
        InvalidInputError: With every fault of the options or every missing file.
        ShopkeeperError: There is no such version, or MLflow cannot be used.
    """
    prepare(os.environ)
    faults = [*faults_of(arguments, re.split("[/@]", arguments.model)[0]), *faults_of_ledger(arguments)]
    if arguments.ledger is not None:
        others = ("consent", "identities")
        given = [name for name in others if getattr(arguments, name) is not None]
        faults += [Fault(f"--{name}", "is of no use with --ledger: give one of the two") for name in given]
    if faults:
        raise InvalidInputError("retrain", faults)
    from training.retrain import RETRAINED_FROM, read_recipe

    recipe = read_recipe(
        arguments.model,
        tracking_uri=tracking_uri_of(arguments),
        newer={name: getattr(arguments, name) for name in (*NEWER, "keys", "privacy_rules")},
        ledger=arguments.ledger,
    )
    if recipe.inputs.assume_consent is not None:
        print(f"Consent is assumed again, as for {recipe.origin}: {recipe.inputs.assume_consent}", file=sys.stderr)
    tags = {RETRAINED_FROM: recipe.origin}
    inputs = dated(recipe.inputs, arguments.as_of)
    train_and_register(arguments, inputs, recipe.settings, model=recipe.model, tags=tags)
    return 0
