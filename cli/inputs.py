"""The options of what is learned from: files, their form, consent, settings."""

import argparse
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


def add_inputs(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--events", required=True, type=Path, metavar="PATH", help="Parquet, CSV or a folder of Parquet files"
    )
    parser.add_argument("--consent", type=path_if_given, metavar="PATH", help="what shoppers answered")
    parser.add_argument("--identities", type=path_if_given, metavar="PATH", help="which visitor is which customer")
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
    if arguments.consent is None and arguments.assume_consent is None:
        faults.append(
            Fault("--consent", "is needed; for data without consent records, --assume-consent REASON says why")
        )
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
    )
    return inputs, settings
