"""`shopkeeper privacy erase`: what an operator does for a shopper who wants to be forgotten."""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from cli.nouns import counted
from cli.privacy_options import add_identities, add_json, add_keys, add_state_uri, identities_of, opened_store
from cli.privacy_shopper import PEOPLE, SOURCE
from models.errors import Fault, InvalidInputError
from privacy.consent import Identity

EXIT_NOT_ERASED = 1


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the action."""
    parser = subparsers.add_parser(
        "erase",
        help="erase a shopper",
        description=(
            "Removes what is kept of a shopper and of the visitors linked to them, and prints the receipt. What stays "
            "is that they were erased: hashes of the ids, and the ledger's entries. It says first whether the ids are "
            "known, and asks."
        ),
    )
    parser.add_argument(
        "--yes", action="store_true", help="erase without asking, also of whom nothing is known yet: it may come late"
    )
    add_identities(parser)
    add_state_uri(parser)
    add_keys(parser)
    add_json(parser)
    parser.set_defaults(act=_erase)


def _erase(arguments: argparse.Namespace) -> int:
    identities = identities_of(arguments)
    if not arguments.yes and not _is_meant(arguments, identities):
        print("Nothing is erased.", file=sys.stderr)
        return EXIT_NOT_ERASED
    with opened_store(arguments, writes=True) as opened:
        is_met = bool(opened.store.find(identities).known)
        erasure = opened.store.erase(identities, datetime.now(UTC), SOURCE)
    if arguments.json:
        told = {
            "receipt": erasure.receipt,
            "at": erasure.at.isoformat(),
            "position": erasure.position,
            "people": erasure.n_people,
            "events": erasure.n_events,
            "was_met": is_met,
        }
        print(json.dumps(told, indent=2))
        return 0
    print(f"Receipt: {erasure.receipt}")
    print(
        f"Erased {counted(erasure.n_people, *PEOPLE)} and {counted(erasure.n_events, 'kept event')} "
        f"(ledger at {erasure.position})."
    )
    if is_met:
        print("Models that were trained before still hold the person's share of their statistics: retrain.")
    else:
        print("Nobody of this id was met before. It is recorded all the same; is the id the right one?")
    return 0


def _is_meant(arguments: argparse.Namespace, identities: Sequence[Identity]) -> bool:
    """Whether somebody who was told what would go says yes; nothing is written yet.

    Raises:
        InvalidInputError: Nobody is there to be asked.
    """
    with opened_store(arguments, writes=False) as opened:
        n_met = len(opened.store.find(identities).named)
    if n_met:
        print(
            f"Of {counted(len(identities), 'id')} {n_met:,} {'is' if n_met == 1 else 'are'} known. What is kept of "
            "them and of the browsers linked to them goes, and does not come back.",
            file=sys.stderr,
        )
    else:
        print("Nobody of this id was met before; is the id the right one?", file=sys.stderr)
    if not sys.stdin.isatty():
        raise InvalidInputError("privacy erase", [Fault("--yes", "is needed where nobody can be asked")])
    print("Erase? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
