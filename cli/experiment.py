"""`shopkeeper experiment`: tests of models, from their definition on."""

import argparse

from cli import experiment_assign, experiment_list, experiment_report, experiment_validate


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand with its own."""
    parser = subparsers.add_parser(
        "experiment",
        help="tests of models: check their file, list them, say which arm somebody is given, and what they found",
        description="Tests of models against each other, as experiments.yaml defines them.",
    )
    parser.set_defaults(run=run)
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    experiment_validate.add_parser(actions)
    experiment_list.add_parser(actions)
    experiment_assign.add_parser(actions)
    experiment_report.add_parser(actions)


def run(arguments: argparse.Namespace) -> int:
    """Do what the action says.

    Raises:
        ShopkeeperError: See each action.
    """
    code: int = arguments.act(arguments)
    return code
