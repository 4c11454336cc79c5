"""Tests of models to test with."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from experiments.definition import Arm, Experiment, Experiments, Metric, Unit

START, END = datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 22, tzinfo=UTC)
CONTROL, NEW = Arm("control", 50, "alias:champion"), Arm("new", 50, "alias:challenger")
HOLDOUT = Arm("holdout", 5)
SHADOW = Arm("next", 0, "alias:shadow", is_shadow=True)

_PLAIN = Experiment(
    name="ranker-2",
    salt="ranker-2",
    placements=("product_page",),
    arms=(CONTROL, NEW),
    control="control",
    unit=Unit.SHOPPER,
    layer="default",
    first_bucket=0,
    end_bucket=1_000,
    starts_at=START,
    ends_at=END,
    primary=Metric.BUYERS,
    smallest_effect=0.05,
)


def a_test(**changes: Any) -> Experiment:
    """Two arms of equal weight on the product page, for three weeks in December; with these changes."""
    return replace(_PLAIN, **changes)


def all_of(*tests: Experiment) -> Experiments:
    """What a file of these tests says."""
    return Experiments({test.name: test for test in tests})
