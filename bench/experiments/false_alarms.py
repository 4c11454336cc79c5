"""How often does a test of two equal models cry wolf when it is looked at every day?

    python -m bench.experiments.false_alarms [TESTS]

2,000 tests of 28 days (or as many as said), 500 units of an arm a day, with three guardrails, judged as `experiment
report` judges them, for three primary metrics: a share of 3 %, revenue with a heavy tail, a ratio of two sums. Then the
same with an effect planted that is the smallest worth finding, with tests that lose units of one arm, and, a tenth as
many, that lose impressions.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.special import ndtri

from bench.experiments.losses import print_lost_impressions, print_lost_units
from bench.experiments.planted import print_caution, print_power
from bench.experiments.simulated import Days, days_of, definition, looks, z_values
from experiments.analysis.judgement import Outcome, judge
from experiments.definition import Experiment, Metric

PRIMARIES = (Metric.BUYERS, Metric.REVENUE, Metric.CLICK_RATE)
N_TESTS, N_DAYS, N_UNITS = 2_000, 28, 500
AT_ONCE = 50
"""Tests in memory of one process: some 300 MB."""
SEED = 20_261_126


@dataclass(frozen=True, slots=True)
class Alarms:
    """Of equal arms, how many tests were called what.

    Attributes:
        verdicts: By the always-valid verdict, first come.
        fixed: By a z test of the primary metric at the end.
        naive: By that z test on any day.
    """

    verdicts: Counter[Outcome]
    fixed: int
    naive: int


def main(arguments: list[str]) -> None:
    """Print all of it."""
    n_tests = int(arguments[0]) if arguments else N_TESTS
    print(f"| primary metric, {n_tests:,} equal tests | shipped | stopped | both | broken | read once | z every day |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for metric, found in false_alarms(n_tests, N_DAYS, N_UNITS, (1, 1), SEED).items():
        print(row(f"{metric}", n_tests, found))
    for metric, found in false_alarms(n_tests, N_DAYS, N_UNITS, (9, 1), SEED + 1).items():
        print(row(f"{metric}, weights 9 to 1", n_tests, found))
    print()
    print_power(n_tests, SEED + 2)
    print()
    print_lost_units(n_tests, N_DAYS, SEED + 3)
    print()
    print_lost_impressions(n_tests // 10, N_DAYS, SEED + 5)
    print()
    print_caution(n_tests, N_DAYS, SEED + 4)


def row(name: str, n_tests: int, found: Alarms) -> str:
    """One line of the table."""
    shipped, stopped, broken = (found.verdicts[o] for o in (Outcome.SHIP, Outcome.STOP_FOR_HARM, Outcome.BROKEN))
    counts = (shipped, stopped, shipped + stopped, broken, found.fixed, found.naive)
    return f"| {name} | " + " | ".join(f"{count / n_tests:.2%}" for count in counts) + " |"


def false_alarms(
    n_tests: int, n_days: int, n_units: int, weights: tuple[int, int], seed: int, *, n_processes: int | None = None
) -> dict[Metric, Alarms]:
    """What equal tests are called, by primary metric.

    Args:
        n_tests: How many.
        n_days: Each is looked at so often.
        n_units: Of an arm on a day where weights are equal.
        weights: Of the control and the other arm.
        seed: Of all chance.
        n_processes: None for as many as there are cores, 1 for none but this.
    """
    starts = range(0, n_tests, AT_ONCE)
    sizes = [min(AT_ONCE, n_tests - start) for start in starts]
    work = partial(_part, n_days=n_days, n_units=n_units, weights=weights)
    seeds = np.random.SeedSequence(seed).spawn(len(sizes))
    if n_processes == 1:
        parts = list(map(work, seeds, sizes))
    else:
        with ProcessPoolExecutor(n_processes or os.cpu_count()) as pool:
            parts = list(pool.map(work, seeds, sizes))
    return {metric: _together(part[metric] for part in parts) for metric in PRIMARIES}


def _together(parts: Iterator[Alarms]) -> Alarms:
    total = Alarms(Counter(), 0, 0)
    for part in parts:
        total = Alarms(total.verdicts + part.verdicts, total.fixed + part.fixed, total.naive + part.naive)
    return total


def _part(
    seed: np.random.SeedSequence, n_tests: int, n_days: int, n_units: int, weights: tuple[int, int]
) -> dict[Metric, Alarms]:
    rng = np.random.default_rng(seed)
    control, new = (days_of(rng, n_tests, n_days, 2 * n_units * weight // sum(weights)) for weight in weights)
    found = {}
    for metric in PRIMARIES:
        experiment = definition(metric, weights=weights)
        verdicts = Counter(first_verdict(experiment, control, new, test) for test in range(n_tests))
        is_far = np.abs(z_values(control[metric], new[metric])) > ndtri(0.975)
        found[metric] = Alarms(verdicts, int(is_far[:, -1].sum()), int(is_far.any(axis=1).sum()))
    return found


def first_verdict(experiment: Experiment, control: Days, new: Days, test: int) -> Outcome:
    """What a test is called on the first day that anything is to be done about it."""
    for counts in looks(control, new, test):
        outcome = judge(experiment, counts).outcome
        if outcome not in {Outcome.KEEP_RUNNING, Outcome.NO_DIFFERENCE}:
            return outcome
    return Outcome.KEEP_RUNNING


if __name__ == "__main__":
    main(sys.argv[1:])
