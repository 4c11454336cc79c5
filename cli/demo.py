"""`shopkeeper demo`: a shop from nothing to answered product pages, to look at."""

import argparse
import os
import shlex
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from cli.demo_record import DemoRecord, finished, forget
from cli.invocation import invocation
from models.errors import Fault, InvalidInputError
from training.names import CHAMPION_ALIAS

if TYPE_CHECKING:
    import subprocess

    from rich.console import Console

    from training.publish import Published
    from training.result import TrainingResult

DEFAULT_FOLDER = Path(".shopkeeper", "demo")
MODEL = "accessories"
SHOP, TRAINING = "1. A shop", "2. A model of it"
"""Headings of what a demo makes."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "demo",
        help="simulate a shop, train, serve it and ask for three product pages",
        description=(
            "Simulates a shop, trains a model on what its shoppers consented to, registers it in a local MLflow, "
            "serves it over gRPC and asks for three product pages. Keeps serving until Ctrl-C. What a demo before it "
            "has made in the folder is used again."
        ),
    )
    parser.add_argument("--again", action="store_true", help="simulate and train anew, whatever is there already")
    parser.add_argument("--once", action="store_true", help="end after the pages are printed")
    parser.add_argument(
        "--folder", type=Path, default=DEFAULT_FOLDER, metavar="DIR", help="where everything goes (%(default)s)"
    )
    parser.add_argument("--shoppers", type=int, default=20_000, help="people of the shop (default: %(default)s)")
    parser.add_argument("--items", type=int, default=600, help="items of the shop (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port of the server (default: any free one)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the demo.

    Raises:
        InvalidInputError: Names every option at fault.
        DemoFailedError: The server does not come up.
    """
    if not 0 <= arguments.port <= 65_535:
        raise InvalidInputError("demo", [Fault("--port", f"must be 0 to 65535, is {arguments.port}")])
    from cli.training_run import prepare

    prepare(os.environ)
    from rich.console import Console

    console = Console(soft_wrap=True, highlight=False)
    folder: Path = arguments.folder
    tracking_uri = f"sqlite:///{(folder / 'mlflow.db').resolve()}"
    record = None if arguments.again else finished(folder, n_shoppers=arguments.shoppers, n_items=arguments.items)
    version = None if record is None else _champion(tracking_uri)
    if record is None or version is None:
        version = _make(console, folder, arguments.shoppers, arguments.items, tracking_uri)
    else:
        _show_again(console, folder, record, version)
    _serve_and_ask(console, arguments, tracking_uri, f"{MODEL}/{version}")
    return 0


def what_next(target: str, tracking_uri: str, *, once: bool) -> tuple[str, ...]:
    """Lines for whoever has seen the pages: commands are whole and quoted for the shell.

    Args:
        target: Where the server listens, or listened.
        tracking_uri: The demo's MLflow.
        once: Whether the server ends now, so that it has to be started again before anybody asks it.
    """
    ask = invocation("shopkeeper", "recommend", "ITEM_ID", "--target", target)
    port = target.rpartition(":")[2]
    serve = invocation("shopkeeper", "serve", "--model", MODEL, "--port", port, "--tracking-uri", tracking_uri)
    mlflow = invocation("mlflow", "server", "--backend-store-uri", tracking_uri, "--port", "5000")
    return (
        "What you see: an item is shown only where its chance (of the orders of the page's item that hold anything "
        "else, the share that holds it) clears the bar of its slot; otherwise the answer is empty and says why.",
        "",
        *([f"Start the server again:   {serve}"] if once else []),
        f"Ask for a page yourself:  {ask}",
        f"Open MLflow's page:       {mlflow}",
        "                          then http://127.0.0.1:5000 in a browser: the run's figures, plots and versions",
        f"Before a notebook:        export MLFLOW_TRACKING_URI={shlex.quote(tracking_uri)}",
    )


def _make(console: "Console", folder: Path, n_shoppers: int, n_items: int, tracking_uri: str) -> int:
    """Simulate, train and register; the version that is to serve."""
    from cli.training_summary import summary

    forget(folder)
    shop = _simulate(console, folder / "shop", n_shoppers, n_items)
    result, published = _train(console, folder, tracking_uri)
    training = (*summary(result), f"Registered as {MODEL} version {published.version}, the champion.")
    for sentence in training:
        console.print(sentence, markup=False)
    console.print()
    DemoRecord(n_shoppers, n_items, shop, training).write(folder)
    return published.version


def _show_again(console: "Console", folder: Path, record: DemoRecord, version: int) -> None:
    console.print(
        f"A finished demo is in {folder}, and is shown again; --again (make demo AGAIN=1) simulates and trains anew.\n",
        markup=False,
    )
    for heading, sentences in ((SHOP, (record.shop,)), (TRAINING, record.training)):
        console.print(heading, style="bold")
        for sentence in sentences:
            console.print(sentence, markup=False)
        console.print()
    if f"version {version}," not in record.training[-1]:
        console.print(f"Version {version} has become the champion since.\n")


def _champion(tracking_uri: str) -> int | None:
    """The version that a server of the demo is to serve; None where there is none any more."""
    from training.registry import find_model
    from training.tracking import RegistryError, connect

    try:
        version = find_model(connect(tracking_uri), MODEL).aliases.get(CHAMPION_ALIAS)
    except RegistryError:
        return None
    return None if version is None else int(version)


def _simulate(console: "Console", out: Path, n_shoppers: int, n_items: int) -> str:
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    from cli.simulate import checked_settings
    from simulation.simulate import simulate

    console.print(SHOP, style="bold")
    settings = checked_settings(shoppers=n_shoppers, items=n_items, days=365, seed=0, out=out, is_replaced=True)
    errors = type(console)(stderr=True)
    columns = (TextColumn("  simulating"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as bar:
        task = bar.add_task("simulating", total=1.0)
        summary = simulate(settings, out, lambda share: bar.update(task, completed=share))
    told = (
        f"A year of a simulated shop: {summary.items:,} items, {summary.shoppers:,} shoppers, "
        f"{sum(summary.events.values()):,} events, {summary.orders:,} orders (in {out})."
    )
    console.print(f"{told}\n", markup=False)
    return told


def _train(console: "Console", folder: Path, tracking_uri: str) -> tuple["TrainingResult", "Published"]:
    import tempfile

    from cli.training_output import told_steps
    from cli.training_run import n_cores
    from training.ingest import Inputs
    from training.pipeline import train
    from training.publish import publish
    from training.registry import promote
    from training.settings import TrainingSettings
    from training.tracking import connect

    console.print(TRAINING, style="bold")
    shop = folder / "shop"
    inputs = Inputs(
        shop / "events.parquet",
        shop / "consent.parquet",
        shop / "identities.parquet",
        shop / "catalogue.parquet",
    )
    with (
        told_steps(type(console)(stderr=True)) as begin,
        tempfile.TemporaryDirectory(prefix="shopkeeper-") as directory,
    ):
        begin("opening the registry")
        connect(tracking_uri)
        result = train(
            inputs,
            TrainingSettings(),
            Path(directory, "bundle"),
            quarantine=folder / "quarantine",
            n_threads=n_cores(),
            progress=begin,
        )
        begin("registering the version")
        published = publish(result, inputs, model=MODEL, alias="challenger", tracking_uri=tracking_uri, tags={})
        promote(MODEL, str(published.version), alias=CHAMPION_ALIAS, tracking_uri=tracking_uri)
    return result, published


def _serve_and_ask(console: "Console", arguments: argparse.Namespace, tracking_uri: str, model_version: str) -> None:
    import grpc

    from cli.client import ask
    from cli.demo_pages import choose_pages
    from cli.demo_server import free_port, served, wait_for_model
    from cli.recommend import print_answer

    folder: Path = arguments.folder
    options = ["--model", MODEL, "--tracking-uri", tracking_uri, "--state-dir", str(folder / "state")]
    with served(options, arguments.port or free_port(), folder / "server.log") as (server, target):
        wait_for_model(target, model_version)
        console.print(f"[bold]3. Three pages, asked over gRPC from the server at {target}[/bold]\n")
        with grpc.insecure_channel(target) as channel:
            for number, page in enumerate(choose_pages(folder / "shop"), start=1):
                console.print(f"Page {number}. {page.story}", style="italic", markup=False)
                print_answer(console, page.asked, ask(channel, page.asked, timeout_s=10))
                console.print()
        for line in what_next(target, tracking_uri, once=arguments.once):
            console.print(line, markup=False)
        if not arguments.once:
            _wait_for_the_end(console, server)
    if not arguments.once:
        console.print("The server has finished its calls and closed.")


def _wait_for_the_end(console: "Console", server: "subprocess.Popen[bytes]") -> None:
    # A handler instead of KeyboardInterrupt, which is lost where it happens to fall into a finaliser.
    stopping = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: stopping.set())
    console.print("Serving until Ctrl-C.")
    while server.poll() is None and not stopping.wait(timeout=0.5):
        pass
