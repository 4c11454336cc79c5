"""`shopkeeper privacy opt-out`, `export` and `link-token`: what an operator does for one shopper."""

import argparse
import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cli.nouns import counted
from cli.privacy_options import (
    add_identities,
    add_json,
    add_keys,
    add_purposes,
    add_rules,
    add_state_uri,
    identities_of,
    opened_store,
    purposes_of,
    rules_of,
)
from models.errors import Fault, InvalidInputError, ShopkeeperError
from privacy.consent import Purpose
from privacy.preferences import Channel

if TYPE_CHECKING:
    from privacy.tokens import OptOutScope

SOURCE = "operator"
"""What a word came through that an operator entered."""

PEOPLE = ("account or browser", "accounts and browsers")
"""What a number of the ledger is, one and several."""

DAY_S = 86_400


def add_parsers(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the actions."""
    opt_out = subparsers.add_parser(
        "opt-out",
        help="record a shopper's no",
        description="Records the no of a shopper, which the next request obeys. No to all forgets what was kept.",
    )
    add_purposes(opt_out)

    export = subparsers.add_parser(
        "export",
        help="write all that is held of a shopper",
        description="Writes all that is held of a shopper and of the visitors that are theirs alone, as lines of JSON.",
    )
    export.add_argument("--out", required=True, type=Path, metavar="FILE", help="a new file")

    token = subparsers.add_parser(
        "link-token",
        help="make the token of a shopper's link",
        description="Prints a signed token: the link with it says no, or opens the preferences, without a login.",
    )
    token.add_argument("--use", choices=("opt_out", "preferences"), default="opt_out", help="(default: %(default)s)")
    add_purposes(token)
    token.add_argument("--channel", choices=[str(channel) for channel in Channel], help="only this channel of contact")
    token.add_argument("--topic", metavar="PATH", help="only this category path")
    token.add_argument("--days", type=int, metavar="N", help="how long it works (default: one_click_days of the rules)")
    add_rules(token)

    for parser, act in ((opt_out, _opt_out), (export, _export), (token, _link_token)):
        add_identities(parser)
        add_state_uri(parser)
        add_keys(parser)
        add_json(parser)
        parser.set_defaults(act=act)


def _opt_out(arguments: argparse.Namespace) -> int:
    from privacy.entry import Circumstances

    identities, purposes = identities_of(arguments), purposes_of(arguments)
    with opened_store(arguments, writes=True) as opened:
        is_met = bool(opened.store.find(identities).known)
        circumstances = Circumstances(datetime.now(UTC), source=SOURCE, is_live=True)
        position = opened.store.opt_out(identities, purposes, circumstances)
    names = sorted(map(str, purposes))
    if arguments.json:
        print(json.dumps({"denied": names, "position": position, "was_met": is_met}, indent=2))
    else:
        print(f"No to {', '.join(names)} is recorded, and obeyed from the next request on (ledger at {position}).")
        if not is_met:
            print("Nobody of this id was met before. It is recorded all the same; is the id the right one?")
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from privacy.copying import lines_of

    identities, path = identities_of(arguments), arguments.out
    with opened_store(arguments, writes=False) as opened:
        held = opened.store.holdings(identities)
        n_people, n_entries = len(held.person.known), len(held.entries)
        summary = _write(lines_of(held), path)
    n_events = summary["event"]
    if arguments.json:
        told = {"people": n_people, "entries": n_entries, "events": n_events, "shared": held.n_shared}
        print(json.dumps({"out": str(path), **told}, indent=2))
        return 0
    parts = (counted(n_people, *PEOPLE), counted(n_entries, "entry", "entries"), counted(n_events, "event"))
    print(f"{path}: {', '.join(parts)}")
    if not n_people:
        print("Nobody of this id was met before, so the copy is empty; is the id the right one?")
    if held.n_shared:
        print(f"Left out: {counted(held.n_shared, 'visitor')} linked to somebody else too, whose data it may be.")
    return 0


def _write(lines: Iterable[str], path: Path) -> dict[str, int]:
    """A new file that only its owner reads, whole or not at all; what its last line sums up."""
    line = ""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                for line in lines:
                    file.write(f"{line}\n")
        except BaseException:
            path.unlink()
            raise
    except FileExistsError:
        raise InvalidInputError("privacy export", [Fault("--out", f"{path} is there already: name another")]) from None
    except OSError as error:
        raise ShopkeeperError(f"cannot write to {path}: {error.strerror or error}") from error
    summary: dict[str, int] = json.loads(line)
    return summary


def _link_token(arguments: argparse.Namespace) -> int:
    from privacy.tokens import Tokens, TokenUse

    [identity] = identities_of(arguments, most=1)
    use, scope = TokenUse(arguments.use), _scope(arguments)
    days = rules_of(arguments).one_click_days if arguments.days is None else arguments.days
    with opened_store(arguments, writes=True) as opened:
        subject = opened.store.subject_of(identity)
        token = Tokens(opened.ring).issue(use, subject, now=datetime.now(UTC), lifetime_s=days * DAY_S, scope=scope)
    print(json.dumps({"token": token, "use": str(use), "days": days}, indent=2) if arguments.json else token)
    return 0


def _scope(arguments: argparse.Namespace) -> "OptOutScope | None":
    """What the link says no to; None for one that opens the preferences.

    Raises:
        InvalidInputError: With every limit that the link cannot have.
    """
    from privacy.tokens import OptOutScope

    faults = []
    limits = {"--purpose": arguments.purpose, "--channel": arguments.channel, "--topic": arguments.topic}
    if arguments.use == "preferences":
        unwanted = "is what an opt-out is limited to; preferences are opened whole"
        faults = [Fault(name, unwanted) for name, value in limits.items() if value]
    elif arguments.channel and not {*arguments.purpose} <= {str(Purpose.CONTACT)}:
        faults.append(Fault("--purpose", "can only be contact where --channel says by what"))
    elif arguments.topic and not arguments.channel:
        faults.append(Fault("--topic", "needs --channel: a link limits by what, and then on what, one is written to"))
    if faults:
        raise InvalidInputError("privacy link-token", faults)
    if arguments.use == "preferences":
        return None
    if arguments.channel is None:
        return OptOutScope(purposes_of(arguments))
    return OptOutScope(frozenset({Purpose.CONTACT}), Channel(arguments.channel), arguments.topic)
