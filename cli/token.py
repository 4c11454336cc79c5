"""`shopkeeper token`: makes tokens for callers, and checks the file that a server knows them by."""

import argparse
import secrets
from datetime import UTC, datetime, timedelta
from math import isinf
from pathlib import Path

from models.errors import Fault, InvalidInputError

MAX_DAYS = 3_650


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    from service.core.callers import Scope

    parser = subparsers.add_parser(
        "token",
        help="make tokens for those who call a server, and check its file of them",
        description="Tokens of those who call a server. It knows their hashes; a token is shown once and kept nowhere.",
    )
    parser.set_defaults(run=run)
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    new = actions.add_parser(
        "new",
        help="make a token",
        description=(
            "Make a token: prints it, for its caller, and the entry for the file that `serve --tokens` names, or puts "
            "the entry into that file."
        ),
    )
    new.add_argument("name", metavar="NAME", help="whose it is; no two entries of a file have the same")
    scopes = [str(scope) for scope in Scope]
    new.add_argument(
        "--scope", action="append", required=True, choices=scopes, metavar="SCOPE", help=f"what it is for: {scopes}"
    )
    new.add_argument("--days", type=int, metavar="N", help="for which it is valid; without it, for ever")
    new.add_argument("--file", type=Path, metavar="FILE", help="put the entry at the end of this file, which is made")
    new.set_defaults(act=_new)
    check = actions.add_parser("check", help="check a file of tokens", description="Check a file of tokens.")
    check.add_argument("file", type=Path, metavar="FILE")
    check.set_defaults(act=_check)


def run(arguments: argparse.Namespace) -> int:
    """Do what the action says.

    Raises:
        InvalidInputError: Names every fault of the options or the file.
    """
    code: int = arguments.act(arguments)
    return code


def _new(arguments: argparse.Namespace) -> int:
    from cli.token_entry import add_entry, entry_of
    from service.adapters.tokens_file import NAME_RULE, is_name
    from service.core.callers import hash_of, new_token

    faults = []
    if not is_name(arguments.name):
        faults.append(Fault("NAME", NAME_RULE))
    if arguments.days is not None and not 1 <= arguments.days <= MAX_DAYS:
        faults.append(Fault("--days", f"must be a whole number from 1 to {MAX_DAYS}"))
    if faults:
        raise InvalidInputError("the token", faults)
    token, scopes = new_token(secrets.token_urlsafe), list(dict.fromkeys(arguments.scope))
    expires_at = None if arguments.days is None else datetime.now(UTC) + timedelta(days=arguments.days)
    entry = entry_of(arguments.name, hash_of(token), scopes, expires_at)
    if arguments.file is not None:
        add_entry(arguments.file, arguments.name, entry)
    print(f"{token}\n")
    print("The token, for its caller; it is not shown again.", end=" ")
    if arguments.file is not None:
        print(f"Its entry is in {arguments.file}: a server with `--tokens {arguments.file}` knows it.")
    else:
        print(f"For the file of tokens, under `tokens:`\n\n{entry}", end="")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from service.adapters.tokens_file import read_tokens

    callers = read_tokens(arguments.file).values()
    now_s = datetime.now(UTC).timestamp()
    for caller in callers:
        print(f"{caller.name}: {', '.join(sorted(caller.scopes))}; {_validity(caller.expires_at_s, now_s)}")
    print(f"{len(callers)} token{'s' * (len(callers) != 1)}, no faults")
    return 0


def _validity(expires_at_s: float, now_s: float) -> str:
    if isinf(expires_at_s):
        return "valid, without an end"
    day = f"{datetime.fromtimestamp(expires_at_s, UTC):%Y-%m-%d}"
    return f"expired on {day}" if expires_at_s <= now_s else f"valid until {day}"
