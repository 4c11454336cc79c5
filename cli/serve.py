"""`shopkeeper serve`: the recommendation service."""

import argparse
import os
import sys
from importlib.util import find_spec

OPTIONS = (
    "model",
    "alias",
    "host",
    "port",
    "workers",
    "tracking_uri",
    "state_dir",
    "poll_interval_s",
    "lame_duck_s",
    "drain_s",
    "min_probability",
    "state_uri",
    "keys",
    "privacy_rules",
    "placements",
    "experiments",
    "metrics_port",
    "metrics_host",
    "tls_cert",
    "tls_key",
    "tls_client_ca",
    "tokens",
    "open_to_network",
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
            option, text = f"--{setting.name.replace('_', '-')}", text.replace("%", "%%")
            if setting.is_flag:
                parser.add_argument(option, help=text, action="store_const", const="yes")
            else:
                parser.add_argument(option, help=text)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until told to stop.

    Raises:
        InvalidInputError: Names every setting at fault.
        ShopkeeperError: It cannot listen, or cannot keep bundles.
    """
    from service.log import stderr_log
    from service.settings import Settings, as_environment

    # Before grpc is imported: else its core writes lines of its own form to the log, for whatever a stranger sends.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    overrides = {name: getattr(arguments, name) for name in OPTIONS}
    settings = Settings.read(os.environ, overrides)
    if settings.workers > 1:
        # Not imported: the process that looks after workers has no use for it.
        if find_spec("uvloop") is None:
            raise ModuleNotFoundError("No module named 'uvloop'", name="uvloop")
        from service.workers.supervisor import WorkerFailedError, supervise

        try:
            supervise(settings, os.environ | as_environment(overrides), stderr_log())
        except WorkerFailedError as error:
            print(f"shopkeeper: {error}", file=sys.stderr)
            return error.exit_code
        return 0
    from service.server import serve

    serve(settings, os.environ, stderr_log())
    return 0
