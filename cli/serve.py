"""`shopkeeper serve`: the recommendation service."""

import argparse
import os

OPTIONS = (
    "model",
    "alias",
    "host",
    "port",
    "tracking_uri",
    "state_dir",
    "poll_interval_s",
    "drain_s",
    "min_probability",
    "state_uri",
    "keys",
    "privacy_rules",
    "placements",
)
"""Settings that have an option; the others are environment variables alone."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    from service.settings import SETTINGS

    parser = subparsers.add_parser(
        "serve",
        help="serve recommendations over gRPC",
        description="Serve the model that an alias of the MLflow registry points to, and follow the alias as it moves.",
    )
    for setting in SETTINGS:
        if setting.name in OPTIONS:
            text = f"{setting.description} Default: {setting.default}, or {setting.variable}."
            parser.add_argument(f"--{setting.name.replace('_', '-')}", help=text.replace("%", "%%"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until told to stop.

    Raises:
        InvalidInputError: Names every setting at fault.
        ShopkeeperError: It cannot listen, or cannot keep bundles.
    """
    from service.log import stderr_log
    from service.server import serve
    from service.settings import Settings

    settings = Settings.read(os.environ, {name: getattr(arguments, name) for name in OPTIONS})
    serve(settings, os.environ, stderr_log())
    return 0
