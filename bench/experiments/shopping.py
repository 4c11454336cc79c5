"""A simulated shop shops, and its tests of models are read:

    python -m bench.experiments.shopping [SHOPPERS] [--seeds 5] [--lose 0.03]

Three tests run at once on a server of their own: a model that is clicked more, a version of the same bundle beside a
holdout, and one that shows much more than fits. Simulated shoppers visit, click, buy and say no; `shopkeeper experiment
report` on the server's database says what is to be done. Seeds are shoppers and shops of their own. With --lose the
storefront does not tell of so many pages of the test better's new model that they were seen: a fault to be found.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bench.experiments.shop_models import write_model
from bench.experiments.storefront import Told, storefront
from bench.serving.people import settle
from bench.serving.served import PATIENCE_S, PAUSE_S, Registry, Server, compiling, served
from privacy.state_directory import OWN_FILE
from simulation.settings import Settings
from simulation.shop import Shop, open_shop

N_ITEMS = 300
N_SHOPPERS, N_SEEDS = 8_000, 5
SHY = 0.1
"""Of shoppers that do not let themselves be measured, made up."""
MODELS: Mapping[str, Mapping[str, int]] = {
    "plain": {"n_fitting": 1, "n_strangers": 2},
    "better": {"n_fitting": 6, "n_strangers": 0},
    "pushy": {"n_fitting": 6, "n_strangers": 9},
    "modest": {"n_fitting": 1, "n_strangers": 0},
}
"""Versions 1 to 4; version 5 is the plain one's bundle again."""
TESTS = """experiments:
  - name: better
    placements: [product_page]
    traffic: [0, 32]
    starts: {starts}
    ends: {ends}
    salt: better-{seed}
    arms:
      - {{name: control, version: 1, weight: 1}}
      - {{name: new, version: 2, weight: 1}}
    primary: click_rate
    smallest_effect: 20
  - name: same
    placements: [product_page]
    traffic: [32, 68]
    starts: {starts}
    ends: {ends}
    salt: same-{seed}
    arms:
      - {{name: one, version: 1, weight: 1}}
      - {{name: other, version: 5, weight: 1}}
      - {{name: holdout, nothing: true, weight: 1}}
    primary: buyers
    smallest_effect: 20
  - name: pushy
    placements: [product_page]
    traffic: [68, 100]
    starts: {starts}
    ends: {ends}
    salt: pushy-{seed}
    arms:
      - {{name: control, version: 4, weight: 1}}
      - {{name: pushy, version: 3, weight: 1}}
    primary: clickers
    smallest_effect: 20
"""
NAMES = ("better", "same", "pushy")


@dataclass(frozen=True, slots=True)
class OpenShop:
    """A shop that can be visited.

    Attributes:
        shop: What is sold.
        directory: Of all its files.
        server: Its server.
        seed: Of its shoppers.
    """

    shop: Shop
    directory: Path
    server: Server
    seed: int

    def shopped(self, n_shoppers: int, loses: Mapping[str, float] = MappingProxyType({})) -> Told:
        """What came of the visits of so many, of whom SHY more did not allow anything.

        Args:
            n_shoppers: Who said yes.
            loses: As of bench.experiments.storefront.Storefront.
        """

        async def shopped() -> Told:
            async with storefront(self.shop, self.server.address, self.seed, loses) as front:
                return await front.open_to(range(n_shoppers + round(SHY * n_shoppers)))

        return asyncio.run(shopped())

    def report(self, name: str) -> dict[str, Any]:
        """The report of a test, by the command."""
        told = subprocess.run(
            [*_REPORT, name, "--file", str(self.file), "--state-uri", self.state_uri, "--json"],
            env=compiling(),
            stdout=subprocess.PIPE,
            check=True,
        )
        found: dict[str, Any] = json.loads(told.stdout)
        return found

    @property
    def file(self) -> Path:
        """Of its tests."""
        return self.directory / "experiments.yaml"

    @property
    def state_uri(self) -> str:
        """Of the server's own database."""
        return f"sqlite:///{self.directory / 'state' / OWN_FILE}"


_REPORT = (sys.executable, "-m", "cli", "experiment", "report")


@contextmanager
def opened(directory: Path, n_shoppers: int, seed: int) -> Iterator[OpenShop]:
    """A shop with all its models and tests, and so many shoppers who said yes.

    Args:
        directory: Empty.
        n_shoppers: How many.
        seed: Of shoppers and of the tests' salts.
    """
    shop, registry, now = open_shop(Settings(items=N_ITEMS)), Registry(directory), datetime.now(UTC)
    for name in (*MODELS, "plain"):
        model = directory / f"{name}-{time.monotonic_ns()}"
        write_model(shop, model / "artifacts" / "bundle", **MODELS[name])
        version = registry.register(model)
        if version == "1":
            registry.promote(version)
    settle(directory / "state", n_shoppers, n_acts=0)
    starts, ends = (f"{now + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}" for days in (-1, 6))
    file = directory / "experiments.yaml"
    file.write_text(TESTS.format(starts=starts, ends=ends, seed=seed))
    with served(directory / "state", registry.uri, "--experiments", str(file)) as server:
        _wait_for_tests(server)
        yield OpenShop(shop, directory, server, seed)


def _wait_for_tests(server: Server) -> None:
    """Wait until all run: each does once its models are there, and whoever comes before is in none."""
    until_s = time.monotonic() + PATIENCE_S
    while not any(len(line["experiments"]) == len(NAMES) for line in server.lines("experiments_live")):
        if time.monotonic() > until_s:
            raise SystemExit(f"not all tests run after {PATIENCE_S:.0f} s")
        time.sleep(PAUSE_S)


def value_of(report: Mapping[str, Any], arm: str, metric: str) -> tuple[float, float]:
    """The control's and the arm's value of a metric.

    Args:
        report: Of a test.
        arm: Not the control.
        metric: Of the report.
    """
    [effect] = [one for one in report["effects"] if (one["arm"], one["metric"]) == (arm, metric)]
    return effect["control_value"], effect["arm_value"]


def main() -> None:
    """Print what each test found, seed by seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shoppers", type=int, nargs="?", default=N_SHOPPERS)
    parser.add_argument("--seeds", type=int, default=N_SEEDS)
    parser.add_argument("--lose", type=float, default=0.0)
    given = parser.parse_args()
    for seed in range(given.seeds):
        with tempfile.TemporaryDirectory(prefix="shopkeeper-bench-") as name:
            _measure(Path(name), given.shoppers, seed, given.lose)


def _measure(directory: Path, n_shoppers: int, seed: int, lost: float) -> None:
    with opened(directory, n_shoppers, seed) as shop:
        begun_s = time.monotonic()
        told = shop.shopped(n_shoppers, {f"better-{seed}/new": lost})
        seconds = time.monotonic() - begun_s
        print(
            f"seed {seed}: {n_shoppers} shoppers and {round(SHY * n_shoppers)} who are not measured, "
            f"{len(told.pages)} pages, {told.n_kept} events kept, {seconds:.0f} s"
        )
        for name in NAMES:
            begun_s = time.monotonic()
            report = shop.report(name)
            print(f"  {name}: {report['verdict']['headline']} ({time.monotonic() - begun_s:.1f} s)")
            for arm in report["arms"]:
                print(f"    {arm:8}{_told(report, arm)}", flush=True)
            for ratio in report["sample_ratios"]:
                print(f"    {ratio['of']}: {ratio['observed']}, p {ratio['always_valid_p_value']:.2g}", flush=True)


def _told(report: Mapping[str, Any], arm: str) -> str:
    counted, control = report["arms"][arm], report["experiment"]["control"]
    other = next(one for one in report["arms"] if one != control) if arm == control else arm
    figures = {
        metric: value_of(report, other, metric)[arm != control]
        for metric in ("click_rate", "clickers", "buyers")
        if any((one["arm"], one["metric"]) == (other, metric) for one in report["effects"])
    }
    shares = ", ".join(f"{metric} {100 * value:.1f} %" for metric, value in figures.items())
    return f"{counted['units']} shoppers, {shares}, {counted['opted_out']} opted out"


if __name__ == "__main__":
    main()
