"""`shopkeeper privacy export-ledger`: what a training needs of the ledger, for where its database is not reached."""

import argparse
import json
from pathlib import Path

from cli.privacy_options import add_json, add_state_uri, opened_database, state_uri
from models.errors import ShopkeeperError


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the action."""
    parser = subparsers.add_parser(
        "export-ledger",
        help="write the ledger for trainings that do not reach its database",
        description=(
            "Writes a folder that `shopkeeper train --ledger` reads as it reads the database: answers about model "
            "training, links, erasures, and topics that people muted or asked for, all of this moment. It holds "
            "pseudonyms and no ids, nothing of what people did, and none of the keys, without which nobody can tell "
            "whose they are. Whoever is erased later is not erased in it: make it anew before each training."
        ),
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="a new or empty folder")
    add_state_uri(parser)
    add_json(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the folder, and say up to where it goes.

    Raises:
        InvalidInputError: The folder holds something, or the address is none.
        ShopkeeperError: The ledger cannot be read or the folder not be written.
    """
    from training.ledger.export import write_ledger_export
    from training.ledger.loading import head_of_export

    out = arguments.out
    with opened_database(arguments, writes=False):
        pass
    try:
        write_ledger_export(state_uri(arguments), out)
    except OSError as error:
        raise ShopkeeperError(f"cannot write to {out}: {error.strerror or error}") from error
    head = head_of_export(str(out))
    if arguments.json:
        print(json.dumps({"out": str(out), "position": head.count, "hash": head.hash.hex()}, indent=2))
    else:
        print(f"{out}: the ledger up to {head.count}:{head.hash.hex()}")
        print(f"Train with it: shopkeeper train --ledger {out} --keys FILE ...")
    return 0
