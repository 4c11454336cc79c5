"""`shopkeeper promote`: moves an alias, and with it what is served."""

import argparse
import os

from cli.training_run import add_tracking_uri, prepare, tracking_uri_of


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "promote",
        help="make a version the one that is served",
        description="Points an alias at a version. Servers that follow the alias take the version up by themselves.",
    )
    parser.add_argument("model", metavar="NAME", help="the registered model")
    parser.add_argument("version", metavar="VERSION", help="a number, or an alias such as challenger")
    parser.add_argument("--alias", default="champion", help="the alias to move (default: %(default)s)")
    add_tracking_uri(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Move the alias and print from where to where.

    Raises:
        InvalidInputError: The alias is none that MLflow takes.
        ShopkeeperError: There is no such model or version.
    """
    prepare(os.environ)
    import dataclasses
    import json

    from training.registry import promote

    moved = promote(arguments.model, arguments.version, alias=arguments.alias, tracking_uri=tracking_uri_of(arguments))
    if arguments.json:
        print(json.dumps(dataclasses.asdict(moved), indent=2))
    elif moved.before == moved.version:
        print(f"{moved.model}: {moved.alias} is version {moved.version} already")
    else:
        before = "none" if moved.before is None else f"version {moved.before}"
        print(f"{moved.model}: {moved.alias} {before} -> version {moved.version}")
    return 0
