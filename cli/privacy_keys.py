"""`shopkeeper privacy keys`: makes, adds, retires and lists the shop's keys, and never shows one."""

import argparse
import json
import secrets

from cli.privacy_options import (
    add_json,
    add_keys,
    add_state_uri,
    keys_path,
    opened_database,
    ring_of,
)
from models.errors import Fault, InvalidInputError, ShopkeeperError
from privacy.keys import KeyRing, new_ring, with_active, with_key_to_come, without_key, write_ring
from privacy.state_directory import OWN_FILE


class KeyNeededError(ShopkeeperError):
    """A key that is to be retired is still the only way to somebody."""

    reason = "KEY_NEEDED"


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the actions."""
    parser = subparsers.add_parser(
        "keys",
        help="make, add, retire and list the shop's keys",
        description="The keys that ids are hashed, links signed and the ledger sealed with. No key is ever shown.",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, act, what in (
        ("new", _new, "make the file with a first key"),
        ("add", _add, "add a key, which is accepted from then on and not used yet"),
        ("activate", _activate, "use a key for what is new, once every server has it; the older ones still count"),
        ("retire", _retire, "take an older key out: its links end, and who is known by it alone is a stranger"),
        ("list", _list, "say which keys there are"),
    ):
        action = actions.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")
        if name in ("activate", "retire"):
            action.add_argument("number", type=int, metavar="N", help="number of the key")
        if name == "retire":
            action.add_argument(
                "--yes", action="store_true", help="also where people are known by this key alone: their no is lost"
            )
            add_state_uri(action)
        add_keys(action)
        add_json(action)
        action.set_defaults(act=act)


def _new(arguments: argparse.Namespace) -> int:
    path = keys_path(arguments)
    ledger = path.parent / OWN_FILE
    if ledger.exists() and not path.exists():
        lost = f"{path} is gone, and with other keys nobody in {ledger} is found again: put it back from its backup"
        raise InvalidInputError("privacy keys", [Fault("--keys", lost)])
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    ring = new_ring(secrets.token_bytes)
    write_ring(ring, path, replace=False)
    return _told(
        arguments, ring, f"{path} is made. Keep a copy away from the database: without it nobody is found again."
    )


def _add(arguments: argparse.Namespace) -> int:
    ring = with_key_to_come(ring_of(arguments), secrets.token_bytes)
    write_ring(ring, keys_path(arguments), replace=True)
    return _told(
        arguments,
        ring,
        f"Key {max(ring.ids)} is added. Give the file to every server and start each again, then "
        f"`shopkeeper privacy keys activate {max(ring.ids)}`.",
    )


def _activate(arguments: argparse.Namespace) -> int:
    ring = with_active(ring_of(arguments), arguments.number)
    write_ring(ring, keys_path(arguments), replace=True)
    return _told(
        arguments,
        ring,
        f"Key {arguments.number} is used for what is new. Give the file to every server and start each again, one "
        "after the other.",
    )


def _retire(arguments: argparse.Namespace) -> int:
    ring = ring_of(arguments)
    rest = without_key(ring, arguments.number)
    n_alone = _moved_on(arguments, ring, rest)
    write_ring(rest, keys_path(arguments), replace=True)
    lost = f" {n_alone:,} of the shop's people, known by it alone, are strangers now." if n_alone else ""
    return _told(arguments, rest, f"Key {arguments.number} is retired: links made with it are refused.{lost}")


def _list(arguments: argparse.Namespace) -> int:
    return _told(arguments, ring_of(arguments), None)


def _moved_on(arguments: argparse.Namespace, ring: KeyRing, rest: KeyRing) -> int:
    """Seal the ledger with a key that stays; how many people the key that goes is the only way to."""
    from sqlalchemy import select, update

    from privacy.chain import seal
    from privacy.keys import KeyUse
    from privacy.store.counts import known_by_key_alone
    from privacy.store.ledger import Ledger
    from privacy.store.schema import LEDGER_HEAD

    with opened_database(arguments, writes=True) as database, database.transaction(takes_long=True) as connection:
        n_alone = known_by_key_alone(connection, arguments.number)
        if n_alone and not arguments.yes:
            raise KeyNeededError(
                f"by key {arguments.number} alone {n_alone:,} of the shop's people are known, and so is their no: "
                "import the shop's consent once more, wait, or retire it all the same with --yes"
            )
        head = Ledger(ring).locked_head(connection)
        if connection.scalar(select(LEDGER_HEAD.c.key_id)) == arguments.number:
            sealing = rest.derived(KeyUse.LEDGER)
            connection.execute(update(LEDGER_HEAD).values(seal=seal(head, sealing.active), key_id=sealing.active_id))
    return n_alone


def _told(arguments: argparse.Namespace, ring: KeyRing, message: str | None) -> int:
    if arguments.json:
        print(
            json.dumps(
                {
                    "file": str(keys_path(arguments)),
                    "active": ring.active_id,
                    "to_come": sorted(ring.to_come),
                    "keys": sorted(ring.ids, reverse=True),
                },
                indent=2,
            )
        )
        return 0
    if message is not None:
        print(message)
    for key_id in sorted(ring.ids, reverse=True):
        state = ", to come" if key_id in ring.to_come else ", active" if key_id == ring.active_id else ""
        print(f"key {key_id}{state}")
    return 0
