"""`shopkeeper privacy`: the ledger of consent, its keys, and what a shopper may ask of the shop."""

import argparse

from cli import (
    privacy_debt,
    privacy_erase,
    privacy_export_ledger,
    privacy_import,
    privacy_keys,
    privacy_ledger,
    privacy_shopper,
)


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand with its own."""
    parser = subparsers.add_parser(
        "privacy",
        help="consent, erasure, keys and the ledger that proves them",
        description="Looks after what shoppers said: the ledger, its keys, and what one shopper may ask of the shop.",
    )
    parser.set_defaults(run=run)
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    privacy_keys.add_parser(actions)
    privacy_import.add_parser(actions)
    privacy_ledger.add_parsers(actions)
    privacy_shopper.add_parsers(actions)
    privacy_erase.add_parser(actions)
    privacy_export_ledger.add_parser(actions)
    privacy_debt.add_parser(actions)


def run(arguments: argparse.Namespace) -> int:
    """Do what the action says.

    Raises:
        ShopkeeperError: See each action.
    """
    code: int = arguments.act(arguments)
    return code
