"""The one command, `shopkeeper`: finds the subcommand, and turns an error into a message and an exit code."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from models.errors import InvalidInputError, ShopkeeperError

SUBCOMMANDS = (
    "cli.simulate",
    "cli.train",
    "cli.tune",
    "cli.promote",
    "cli.rollback",
    "cli.retrain",
    "cli.serve",
    "cli.recommend",
    "cli.catalogue",
    "cli.demo",
    "cli.privacy",
    "cli.export_events",
    "cli.token",
    "cli.experiment",
)
"""Modules with `add_parser(subparsers)`, which sets the default `run`: from parsed arguments to an exit code.

They are imported for every call, `--help` included: what takes long to import is imported in `run`.
"""

OWN_PACKAGES = frozenset(
    {"cli", "experiments", "models", "privacy", "service", "shopkeeper", "simulation", "training", "web"}
)
EXTRAS = {
    "cli.serve": "service",
    "cli.demo": "service,trainer",
    "cli.privacy": "service",
    "cli.privacy_import": "service,trainer",
    "cli.privacy_debt": "service,trainer",
    "cli.privacy_export_ledger": "service,trainer",
    "cli.export_events": "service,trainer",
    "cli.catalogue": "service,trainer",
    "cli.token": "service",
    "cli.experiment": "service",
    "cli.experiment_report": "service,trainer",
}
"""What a subcommand needs installed; the others that need something need the trainer."""

EXIT_FAILED = 1
EXIT_INVALID_INPUT = 2  # argparse's own for a wrong option
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells have it


def main(argv: Sequence[str] | None = None, *, subcommands: Sequence[str] = SUBCOMMANDS) -> int:
    """The exit code: 0, 1 for a failure, 2 for an invalid input or option, 130 for an interruption.

    Args:
        argv: Arguments after the command's name; those of the process by default.
        subcommands: Modules of the subcommands.
    """
    try:
        arguments = build_parser(subcommands).parse_args(argv)
        try:
            code: int = arguments.run(arguments)
        except ImportError as error:
            remedy = _remedy(error, EXTRAS.get(arguments.run.__module__, "trainer"))
            if remedy is None:
                raise
            return _fail(remedy, EXIT_FAILED)
        sys.stdout.flush()
    except InvalidInputError as error:
        return _fail(str(error), EXIT_INVALID_INPUT)
    except ShopkeeperError as error:
        return _fail(str(error), EXIT_FAILED)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader has had enough (`| head`). Python flushes stdout once more on exit: into nothing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED
    return code


def build_parser(subcommands: Sequence[str] = SUBCOMMANDS) -> argparse.ArgumentParser:
    """The parser of the command with its subcommands, each with the default `run`."""
    parser = argparse.ArgumentParser(
        prog="shopkeeper", description="Recommends what goes with what a shopper holds, and knows when not to."
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in subcommands:
        importlib.import_module(name).add_parser(subparsers)
    return parser


class _Version(argparse.Action):
    """argparse's own version action, but for when the version is looked up: it takes longer than all of --help."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from importlib.metadata import version

        print(f"shopkeeper {version('shopkeeper')}")
        parser.exit()


def _fail(message: str, code: int) -> int:
    print(f"shopkeeper: {message}", file=sys.stderr)
    return code


def _remedy(error: ImportError, extra: str) -> str | None:
    """What to install, or None where the fault is this program's own."""
    if "libgomp" in str(error):
        return "this needs the OpenMP runtime, libgomp: on Debian and Ubuntu, apt-get install libgomp1"
    library = (error.name or "").partition(".")[0]
    if not isinstance(error, ModuleNotFoundError) or not library or library in OWN_PACKAGES:
        return None
    needed = " and the ".join(extra.split(","))
    return f"this needs the {needed}: pip install 'shopkeeper[{extra}]' ({library} is not installed)"
