"""`shopkeeper token`: makes tokens for callers, and checks the file that a server knows them by."""

import argparse
import secrets
from datetime import UTC, datetime, timedelta
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
        description="Make a token: prints it, for its caller, and the entry for the file that `serve --tokens` names.",
    )
    new.add_argument("name", metavar="NAME", help="whose it is; no two entries of a file have the same")
    scopes = [str(scope) for scope in Scope]
    new.add_argument(
        "--scope", action="append", required=True, choices=scopes, metavar="SCOPE", help=f"what it is for: {scopes}"
    )
    new.add_argument("--days", type=int, metavar="N", help="after which it does not count; without it, it always does")
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
    from service.adapters.tokens_file import NAME_RULE, is_name
    from service.core.callers import hash_of, new_token

    faults = []
    if not is_name(arguments.name):
        faults.append(Fault("NAME", NAME_RULE))
    if arguments.days is not None and not 1 <= arguments.days <= MAX_DAYS:
        faults.append(Fault("--days", f"must be a whole number from 1 to {MAX_DAYS}"))
    if faults:
        raise InvalidInputError("the token", faults)
    token = new_token(secrets.token_urlsafe)
    print(f"{token}\n")
    print("The token, for its caller; it is not shown again. For the file of tokens, under `tokens:`\n")
    print(f"- name: '{arguments.name}'")
    print(f"  sha256: {hash_of(token)}")
    print(f"  scopes: [{', '.join(dict.fromkeys(arguments.scope))}]")
    if arguments.days is not None:
        print(f"  expires: {datetime.now(UTC) + timedelta(days=arguments.days):%Y-%m-%dT%H:%M:%SZ}")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from service.adapters.tokens_file import read_tokens

    callers = read_tokens(arguments.file).values()
    now_s = datetime.now(UTC).timestamp()
    for caller in callers:
        end = "has expired" if caller.expires_at_s <= now_s else "counts"
        print(f"{caller.name}: {', '.join(sorted(caller.scopes))}; {end}{_until(caller.expires_at_s)}")
    print(f"{len(callers)} token{'s' * (len(callers) != 1)}, no faults")
    return 0


def _until(expires_at_s: float) -> str:
    try:
        return f" on {datetime.fromtimestamp(expires_at_s, UTC):%Y-%m-%d}"
    except OverflowError:
        return ""
