"""Tests of models as a file would have them, and what answers in them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from experiments.assignment import Running
from experiments.definition import N_BUCKETS, Arm, Experiment, Metric, Unit
from service.core.arms import LiveTests, stands_of
from service.core.slot import ModelSlot

CHAMPION, CHALLENGER = "alias:champion", "alias:challenger"
CONTROL, NEW, HOLDOUT = Arm("control", 1, CHAMPION), Arm("new", 1, CHALLENGER), Arm("holdout", 1)


def trial(
    *arms: Arm,
    name: str = "trial",
    unit: Unit = Unit.SHOPPER,
    placements: tuple[str, ...] = ("product_page",),
    buckets: tuple[int, int] = (0, N_BUCKETS),
    starts_at: datetime = datetime(2000, 1, 1, tzinfo=UTC),
    ends_at: datetime = datetime(2100, 1, 1, tzinfo=UTC),
) -> Experiment:
    """A test of these arms, of the champion and the challenger where none are given."""
    arms = arms or (CONTROL, NEW)
    first, end = buckets
    return Experiment(
        name,
        name,
        placements,
        arms,
        arms[0].name,
        unit,
        "default",
        first,
        end,
        starts_at,
        ends_at,
        Metric.BUYERS,
        0.05,
    )


def interleaved(**changes: object) -> Experiment:
    """A test that shows its two lists as one."""
    return replace(trial(), interleaved=("control", "new"), **changes)  # type: ignore[arg-type]


def live(slots: Mapping[str, ModelSlot], *experiments: Experiment) -> dict[str, LiveTests]:
    """The tests, which are on the same placements, as they answer.

    Args:
        slots: By reference.
        experiments: One at least.
    """
    stands = {variant: stand for one in experiments for variant, stand in stands_of(one, slots).items()}
    tests = LiveTests(Running(experiments), stands)
    return dict.fromkeys(experiments[0].placements, tests)
