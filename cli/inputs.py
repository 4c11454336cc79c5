"""The options of what is learned from: files, their form, consent, settings."""

import argparse
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cli.training_run import path_if_given, text_if_given
from models.errors import Fault, InvalidInputError

if TYPE_CHECKING:
    from training.ingest import Inputs
    from training.settings import TrainingSettings

DEFAULT_MODEL = "accessories"
SOURCES = ("native", "online-retail")
"""As in training.sources.registry, which takes seconds to import."""

RULES_VARIABLE = "SHOPKEEPER_PRIVACY_RULES"
"""Where the server and the privacy commands find the shop's rules: a training by their ledger goes by the same ones."""


def add_inputs(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--events", required=True, type=Path, metavar="PATH", help="Parquet, CSV or a folder of Parquet files"
    )
    parser.add_argument("--consent", type=path_if_given, metavar="PATH", help="what shoppers answered")
    parser.add_argument("--identities", type=path_if_given, metavar="PATH", help="which visitor is which customer")
    add_ledger(parser)
    parser.add_argument("--catalogue", type=path_if_given, metavar="PATH", help="what the shop says of its items")
    parser.add_argument("--source", choices=SOURCES, default="native", help="form of the events (default: %(default)s)")
    parser.add_argument(
        "--assume-consent",
        type=text_if_given,
        metavar="REASON",
        help="train without consent records, for instance on public data; the reason is kept with the run",
    )
    parser.add_argument(
        "--config", type=path_if_given, metavar="FILE", help="training.yaml: settings that differ from the defaults"
    )
    parser.add_argument(
        "--min-shoppers", type=int, metavar="K", help="fewest shoppers under a published pair (default: 5)"
    )
    parser.add_argument("--seed", type=int, help="seed of everything random (default: 0)")


def add_ledger(parser: argparse.ArgumentParser) -> None:
    """Add the options of consent as the shop's ledger and rules have it."""
    parser.add_argument(
        "--ledger",
        type=text_if_given,
        metavar="URI",
        help="database that consent is kept in, or the folder of its export; in place of --consent and --identities",
    )
    parser.add_argument("--keys", type=path_if_given, metavar="FILE", help="the shop's key file; goes with --ledger")
    parser.add_argument(
        "--privacy-rules",
        type=path_if_given,
        metavar="FILE",
        help=(
            "privacy.yaml: law by jurisdiction, policies, sensitive topics, retention "
            f"(default: with a ledger ${RULES_VARIABLE}, else opt-in everywhere)"
        ),
    )
    parser.add_argument(
        "--as-of",
        type=text_if_given,
        metavar="TIME",
        help="moment at which rules and ledger are applied, such as 2026-03-01 or 2026-03-01T12:00Z (default: now)",
    )


def faults_of_ledger(arguments: argparse.Namespace) -> list[Fault]:
    """What is wrong with the options of add_ledger, each taken alone, and with the rules that stand in for one."""
    from privacy.keys import read_ring
    from privacy.rules import read_rules
    from training.ledger.address import faults_of_address

    faults = []
    if arguments.ledger is not None:
        faults += [Fault("--ledger", fault.description) for fault in faults_of_address(arguments.ledger)]
    if arguments.keys is not None:
        faults += _told("--keys", lambda: read_ring(arguments.keys))
    if arguments.privacy_rules is not None:
        faults += _told("--privacy-rules", lambda: read_rules(arguments.privacy_rules))
    elif arguments.ledger is not None and (path := _rules_of_server()) is not None:
        faults += _told(f"${RULES_VARIABLE}", lambda: read_rules(path))
    if arguments.as_of is not None and _moment(arguments.as_of) is None:
        faults.append(Fault("--as-of", f"must be a date or a time such as 2026-03-01T12:00Z, is {arguments.as_of}"))
    return faults


def dated(
    inputs: "Inputs",
    as_of: str | None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> "Inputs":
    """The inputs with the rules and the moment that a training by rules or the ledger needs.

    Args:
        inputs: As the options, or a version's record, name them.
        as_of: The moment that is asked for; None for now, where rules or the ledger are read by a moment.
        clock: The present, UTC.

    Raises:
        InvalidInputError: The events are of an export, which only the ledger can tell anything of.
    """
    from dataclasses import replace

    from training.ledger.numbers import NEEDS_LEDGER, is_exported

    if inputs.ledger is None and is_exported(inputs.events):
        raise InvalidInputError("The data", [Fault("--events", NEEDS_LEDGER)])
    if inputs.ledger is not None and inputs.privacy_rules is None:
        inputs = replace(inputs, privacy_rules=_rules_of_server())
    if as_of is not None:
        return replace(inputs, as_of=_moment(as_of))
    is_by_moment = inputs.ledger is not None or inputs.privacy_rules is not None
    return replace(inputs, as_of=clock()) if is_by_moment else inputs


def read_inputs(
    arguments: argparse.Namespace, faults: list[Fault], *, command: str
) -> "tuple[Inputs, TrainingSettings]":
    """What the options name.

    Args:
        arguments: With the options of add_inputs.
        faults: What is wrong with the other options, told with what is wrong with these.
        command: The subcommand that is told of.

    Raises:
        InvalidInputError: With every fault.
    """
    from training.ingest import Inputs
    from training.settings import TrainingSettings, read_settings

    faults = list(faults)
    for name in ("events", "consent", "identities", "catalogue"):
        path = getattr(arguments, name)
        if path is not None and not path.exists():
            faults.append(Fault(f"--{name}", f"{path} is not there"))
    faults += _faults_of_source(arguments)
    if arguments.assume_consent is not None and not arguments.assume_consent.strip():
        faults.append(Fault("--assume-consent", "must say why consent may be assumed"))
    settings = TrainingSettings()
    try:
        settings = read_settings(arguments.config, {"min_shoppers": arguments.min_shoppers, "seed": arguments.seed})
    except InvalidInputError as error:
        faults += error.faults
    if faults:
        raise InvalidInputError(command, faults)
    inputs = Inputs(
        events=arguments.events,
        consent=arguments.consent,
        identities=arguments.identities,
        catalogue=arguments.catalogue,
        source=arguments.source,
        assume_consent=arguments.assume_consent,
        ledger=arguments.ledger,
        keys=arguments.keys,
        privacy_rules=arguments.privacy_rules,
    )
    return dated(inputs, arguments.as_of), settings


def _faults_of_source(arguments: argparse.Namespace) -> list[Fault]:
    """What is wrong with where consent comes from."""
    from training.ledger.numbers import NEEDS_LEDGER, is_exported

    faults = faults_of_ledger(arguments)
    sources = {
        "--consent": arguments.consent,
        "--ledger": arguments.ledger,
        "--assume-consent": arguments.assume_consent,
    }
    given = [option for option, value in sources.items() if value is not None]
    if not given:
        wanted = (
            "is needed; for data without consent records, --assume-consent REASON says why; where a server keeps "
            "consent, --ledger URI takes its place"
        )
        faults.append(Fault("--consent", wanted))
    faults += [Fault(option, f"is of no use with {given[0]}: give one of the two") for option in given[1:]]
    if arguments.ledger is not None:
        if arguments.identities is not None:
            faults.append(Fault("--identities", "are in the ledger: give one of the two"))
        if arguments.keys is None:
            faults.append(Fault("--keys", "is needed with --ledger: it tells whose its pseudonyms are"))
        return faults
    if arguments.keys is not None:
        faults.append(Fault("--keys", "is of no use without --ledger"))
    if is_exported(arguments.events):
        faults.append(Fault("--events", NEEDS_LEDGER))
    return faults


def _rules_of_server() -> Path | None:
    path = os.environ.get(RULES_VARIABLE)
    return Path(path) if path else None


def _told(option: str, read: Callable[[], object]) -> list[Fault]:
    try:
        read()
    except InvalidInputError as error:
        return [Fault(option, f"{fault.field}: {fault.description}") for fault in error.faults]
    return []


def _moment(text: str) -> datetime | None:
    """A date is its first instant; a time without zone is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
