"""`shopkeeper privacy verify`, `sweep` and `status`: what the shop's officer looks after."""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cli.privacy_options import (
    add_json,
    add_keys,
    add_rules,
    add_state_uri,
    opened_database,
    opened_store,
    rules_of,
)
from models.errors import Fault, InvalidInputError
from privacy.verification import Anchor

if TYPE_CHECKING:
    from privacy.store.counts import Counts
    from privacy.verification import Finding

EXIT_UNSOUND = 1

MAX_NAMED = 20
"""People whose state does not follow who are named one by one: a whole table of them is a restored backup."""


def add_parsers(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the actions."""
    verify = subparsers.add_parser(
        "verify",
        help="say whether the ledger is as it was written",
        description=(
            "Reads the whole ledger and says which entries were edited, removed, moved or added, and whose state does "
            "not follow from it. Exits with 1 where it finds something."
        ),
    )
    verify.add_argument(
        "--anchor",
        action="append",
        default=[],
        metavar="POSITION:HASH",
        help="what `status` said on another day: finds a ledger that was written anew or put back since",
    )
    add_state_uri(verify)
    add_keys(verify)
    add_json(verify)
    verify.set_defaults(act=_verify)

    sweep = subparsers.add_parser(
        "sweep",
        help="remove kept events that are past their retention",
        description="Removes kept events that are older than the rules allow for their type. Run it every day.",
    )
    sweep.add_argument("--dry-run", action="store_true", help="count, and remove nothing")
    add_state_uri(sweep)
    add_keys(sweep)
    add_rules(sweep)
    add_json(sweep)
    sweep.set_defaults(act=_sweep)

    status = subparsers.add_parser(
        "status",
        help="say how much is held, in numbers alone",
        description="Where the ledger ends, and how many people, answers, kept events and erasures there are.",
    )
    add_state_uri(status)
    add_json(status)
    status.set_defaults(act=_status)


def _verify(arguments: argparse.Namespace) -> int:
    anchors = anchors_of(arguments.anchor)
    with opened_store(arguments, writes=False) as opened:
        head = opened.store.head()
        findings, unsound = opened.store.verify(anchors)
    is_sound = not findings and not unsound
    if arguments.json:
        told = {
            "sound": is_sound,
            "position": head.count,
            "hash": head.hash.hex(),
            "findings": [
                {"kind": str(one.kind), "first": one.first, "last": one.last, "message": one.message}
                for one in findings
            ],
            "unsound_states": list(unsound),
        }
        print(json.dumps(told, indent=2))
    else:
        for line in _of_findings(findings, unsound):
            print(line)
        sound = "is as it was written" if not findings else "is NOT as it was written"
        print(f"The ledger {sound}: {head.count:,} entries, up to {head.count}:{head.hash.hex()}")
    return 0 if is_sound else EXIT_UNSOUND


def anchors_of(texts: Sequence[str]) -> list[Anchor]:
    """The anchors of an option.

    Raises:
        InvalidInputError: Names every text that is no position and hash.
    """
    anchors, faults = [], []
    for text in texts:
        position, _, digits = text.partition(":")
        try:
            anchor = Anchor(int(position), bytes.fromhex(digits))
        except ValueError:
            anchor = Anchor(-1, b"")
        if anchor.position < 0 or len(anchor.hash) != 32:
            faults.append(Fault("--anchor", f"{text!r} is not a position, a colon and 64 hexadecimal digits"))
        anchors.append(anchor)
    if faults:
        raise InvalidInputError("privacy verify", faults)
    return anchors


def _of_findings(findings: Sequence["Finding"], unsound: Sequence[int]) -> Iterator[str]:
    for one in findings:
        yield f"{one.kind}: {one.message}"
    for subject in unsound[:MAX_NAMED]:
        yield f"state: what stands of number {subject} does not follow from the ledger."
    if len(unsound) > MAX_NAMED:
        yield f"state: and so it is with {len(unsound) - MAX_NAMED:,} more numbers."


def _sweep(arguments: argparse.Namespace) -> int:
    from privacy.retention import cutoffs

    limits = cutoffs(rules_of(arguments).retention_days, datetime.now(UTC))
    if arguments.dry_run:
        from privacy.store.counts import kept_before

        with opened_database(arguments, writes=False) as database, database.reading() as connection:
            swept = kept_before(connection, limits)
    else:
        with opened_store(arguments, writes=True) as opened:
            swept = opened.store.sweep(limits)
    if arguments.json:
        print(json.dumps({"removed": not arguments.dry_run, "events": swept}, indent=2))
        return 0
    _print_counts("Past their retention" if arguments.dry_run else "Removed", swept)
    return 0


def _status(arguments: argparse.Namespace) -> int:
    from privacy.store.counts import counted

    with opened_database(arguments, writes=False) as database, database.reading() as connection:
        counts = counted(connection)
    if arguments.json:
        print(json.dumps(_plain(counts), indent=2))
        return 0
    from rich.console import Console

    from cli.tables import plain_table

    table = plain_table("What is held", "", "", "count")
    sections = [("people", counts.people)]
    sections += [(f"answers: {purpose}", said) for purpose, said in counts.answers.items()]
    sections += [("kept events", counts.events), ("erasures", {"all": counts.erasures})]
    for name, numbers in sections:
        for place, (label, number) in enumerate(numbers.items()):
            table.add_row("" if place else name, label, f"{number:,}", end_section=place == len(numbers) - 1)
    Console().print(table)
    oldest = counts.oldest_event_at
    print(f"Oldest kept event: {'none' if oldest is None else f'{oldest:%Y-%m-%d %H:%M} UTC'}")
    print(f"The ledger ends at {counts.position}:{counts.hash}")
    return 0


def _plain(counts: "Counts") -> dict[str, object]:
    return {
        "position": counts.position,
        "hash": counts.hash,
        "people": counts.people,
        "answers": counts.answers,
        "kept_events": counts.events,
        "oldest_kept_event": None if counts.oldest_event_at is None else counts.oldest_event_at.isoformat(),
        "erasures": counts.erasures,
        "last_erasure": None if counts.last_erasure_at is None else counts.last_erasure_at.isoformat(),
    }


def _print_counts(title: str, counts: Mapping[str, int]) -> None:
    from rich.console import Console

    from cli.tables import plain_table

    table = plain_table(title, "", "events")
    table.min_width = len(title)
    for place, (event_type, number) in enumerate(counts.items(), start=1):
        table.add_row(event_type, f"{number:,}", end_section=place == len(counts))
    table.add_row("all", f"{sum(counts.values()):,}")
    Console().print(table)
