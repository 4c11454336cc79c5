"""Where the privacy commands find the ledger, the keys and the rules, and whom they are about."""

import argparse
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import Fault, InvalidInputError, ShopkeeperError
from privacy.consent import Identity, Purpose, ShopperKind
from privacy.keys import KeyRing, read_ring
from privacy.state_directory import DEFAULT_STATE_DIR, KEY_FILE, NO_STATE, OWN_FILE, OWN_STATE

if TYPE_CHECKING:
    from privacy.rules import Rules
    from privacy.store.database import Database
    from privacy.store.store import PrivacyStore

STDIN = "-"
"""An id that is read from standard input: those on the command line are seen by everybody on the machine."""


class NoLedgerError(ShopkeeperError):
    """There is nothing to read yet."""

    reason = "NO_LEDGER"


@dataclass(frozen=True, slots=True)
class Opened:
    """The shop's ledger, ready to use."""

    database: "Database"
    ring: KeyRing
    store: "PrivacyStore"


def add_state_uri(parser: argparse.ArgumentParser) -> None:
    """Add the option of where the ledger is."""
    parser.add_argument(
        "--state-uri",
        metavar="URI",
        help=f"database of the ledger (default: $SHOPKEEPER_STATE_URI, else {DEFAULT_STATE_DIR}/{OWN_FILE})",
    )


def add_keys(parser: argparse.ArgumentParser) -> None:
    """Add the option of where the keys are."""
    parser.add_argument(
        "--keys",
        metavar="FILE",
        help=f"the shop's keys (default: $SHOPKEEPER_KEYS, else {DEFAULT_STATE_DIR}/{KEY_FILE})",
    )


def add_rules(parser: argparse.ArgumentParser) -> None:
    """Add the option of the shop's rules."""
    parser.add_argument(
        "--privacy-rules",
        metavar="FILE",
        help="privacy.yaml (default: $SHOPKEEPER_PRIVACY_RULES, else the built-in rules)",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add the option of output for machines."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def add_identities(parser: argparse.ArgumentParser) -> None:
    """Add the options of whom it is about."""
    for kind, what in (("customer", "an account"), ("visitor", "a browser or device")):
        parser.add_argument(
            f"--{kind}", action="append", default=[], metavar="ID", help=f"{what}; {STDIN} reads it from standard input"
        )


def add_purposes(parser: argparse.ArgumentParser) -> None:
    """Add the option of what it is for."""
    parser.add_argument(
        "--purpose", action="append", default=[], choices=[str(purpose) for purpose in Purpose], help="(default: all)"
    )


def keys_path(arguments: argparse.Namespace) -> Path:
    """Where the keys are."""
    path = _given(arguments.keys, "SHOPKEEPER_KEYS")
    return _state_dir() / KEY_FILE if path is None else Path(path)


def state_uri(arguments: argparse.Namespace) -> str:
    """Where the ledger is.

    Raises:
        InvalidInputError: The server is set to keep none.
    """
    uri = _given(arguments.state_uri, "SHOPKEEPER_STATE_URI") or OWN_STATE
    if uri == NO_STATE:
        raise InvalidInputError("privacy", [Fault("--state-uri", "is none: there is no ledger to work on")])
    return f"sqlite:///{_state_dir() / OWN_FILE}" if uri == OWN_STATE else uri


def rules_of(arguments: argparse.Namespace) -> "Rules":
    """The shop's rules.

    Raises:
        InvalidInputError: With every fault of the file.
    """
    from privacy.rules import read_rules

    path = _given(arguments.privacy_rules, "SHOPKEEPER_PRIVACY_RULES")
    return read_rules(None if path is None else Path(path))


def ring_of(arguments: argparse.Namespace) -> KeyRing:
    """The shop's keys.

    Raises:
        InvalidInputError: With every fault of the file.
    """
    path = keys_path(arguments)
    if not path.exists():
        missing = f"{path} is not there: put it back from its backup; a new shop makes it with `privacy keys new`"
        raise InvalidInputError("privacy", [Fault("--keys", missing)])
    return read_ring(path)


def identities_of(arguments: argparse.Namespace, *, most: int | None = None) -> list[Identity]:
    """Whom it is about.

    Raises:
        InvalidInputError: Nobody is named, too many are, or an id is empty.
    """
    named = [(ShopperKind.CUSTOMER, text) for text in arguments.customer]
    named += [(ShopperKind.VISITOR, text) for text in arguments.visitor]
    faults = []
    if not named:
        faults.append(Fault("--customer", "or --visitor is needed"))
    if most is not None and len(named) > most:
        faults.append(Fault("--customer", f"and --visitor name {len(named)}, where the most is {most}"))
    if sum(text == STDIN for _, text in named) > 1:
        faults.append(Fault("--customer", f"and --visitor: only one can be {STDIN}"))
    if faults:
        raise InvalidInputError("privacy", faults)
    return [Identity(kind, sys.stdin.readline().rstrip("\n") if text == STDIN else text) for kind, text in named]


def purposes_of(arguments: argparse.Namespace) -> frozenset[Purpose]:
    """What it is for."""
    return frozenset(map(Purpose, arguments.purpose)) or frozenset(Purpose)


@contextmanager
def opened_database(arguments: argparse.Namespace, *, writes: bool) -> Iterator["Database"]:
    """The database, with its tables.

    Args:
        arguments: With the option of where it is.
        writes: Whether missing tables are made; else they are an error.

    Raises:
        InvalidInputError: The address is none.
        NoLedgerError: There are no tables, and none are to be made.
        StoreUnavailableError: It cannot be reached.
    """
    from privacy.store.database import Database
    from privacy.store.migrating import migrate

    uri = state_uri(arguments)
    if not writes and _has_no_file(uri):
        raise _no_ledger(uri)
    database = Database(uri)
    try:
        if writes:
            migrate(database)
        elif not _has_tables(database):
            raise _no_ledger(database.url.render_as_string())
        yield database
    finally:
        database.close()


@contextmanager
def opened_store(arguments: argparse.Namespace, *, writes: bool) -> Iterator[Opened]:
    """The ledger and all that goes with it.

    Raises:
        InvalidInputError: The address or the keys are none.
        NoLedgerError: There are no tables, and none are to be made.
        StoreUnavailableError: It cannot be reached.
    """
    from privacy.store.store import PrivacyStore

    ring = ring_of(arguments)
    with opened_database(arguments, writes=writes) as database:
        store = PrivacyStore(
            database, ring, new_subject=secrets.randbits, new_receipt=lambda: secrets.token_urlsafe(16)
        )
        yield Opened(database, ring, store)


def _state_dir() -> Path:
    return Path(os.environ.get("SHOPKEEPER_STATE_DIR") or DEFAULT_STATE_DIR)


def _given(option: str | None, variable: str) -> str | None:
    return option or os.environ.get(variable) or None


def _has_no_file(uri: str) -> bool:
    """Whether it is a file of SQLite that is not there: to connect would make it."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(uri)
    except ArgumentError:
        return False
    in_memory = url.database in (None, "", ":memory:")
    return url.get_backend_name() == "sqlite" and not in_memory and not Path(str(url.database)).exists()


def _has_tables(database: "Database") -> bool:
    from sqlalchemy import inspect

    from privacy.store.schema import LEDGER_HEAD

    with database.reading() as connection:
        return inspect(connection).has_table(LEDGER_HEAD.name)


def _no_ledger(where: str) -> NoLedgerError:
    return NoLedgerError(
        f"there is no ledger at {where} yet: start the server or run `shopkeeper privacy import` first"
    )
