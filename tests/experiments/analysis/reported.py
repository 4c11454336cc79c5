"""Counts made up, and the report of them."""

import json
from typing import Any

from experiments.analysis.report import report_of
from experiments.analysis.sums import ArmCounts, Counts, MetricSums, Served
from experiments.definition import Experiment, Guardrail, Metric
from tests.experiments.analysis.measured_rows import DAY, START, a_test

N = 4_000
NOW = START + 20 * DAY
TEST = a_test(
    guardrails=(Guardrail(Metric.OPT_OUTS, 0.001), Guardrail(Metric.LATENCY, 10.0)),
    primary=Metric.BUYERS,
    smallest_effect=0.1,
)
BOUNDS_MS = (1.0, 2.0, 4.0)


def buyers(n: int, share: float) -> dict[Metric, MetricSums]:
    """Units of whom a share bought."""
    bought = n * share
    return {Metric.BUYERS: MetricSums(n, bought, n, bought, n, bought)}


def arm(name: str, share: float, n_opted_out: int = 0, n: int = N, n_days: int = 4) -> ArmCounts:
    """An arm to which as many units come each day."""
    return ArmCounts(
        arm=name,
        n_units=n,
        n_exposures=3 * n,
        metrics=buyers(n, share),
        metrics_by_day={(START + day * DAY).date(): buyers(n // n_days, share) for day in range(n_days)},
        n_units_by_tier={"history": n},
        n_opted_out=n_opted_out,
        model_versions=(f"items/{len(name)}",),
        measured=Served(3 * n, n, (n, n, n, 0), 0.01 * n, BOUNDS_MS),
        unmeasured=Served(11, 1),
    )


def counts(*arms: ArmCounts, **others: Any) -> Counts:
    days = {"first_day": START.date(), "last_day": (START + 3 * DAY).date()}
    return Counts({one.arm: one for one in arms}, **{**days, **others})


def told(*arms: ArmCounts, experiment: Experiment = TEST, **others: Any) -> dict[str, Any]:
    """The report as a reader of its JSON has it."""
    text = json.dumps(report_of(experiment, counts(*arms, **others), NOW), allow_nan=False)
    found: dict[str, Any] = json.loads(text)
    return found
