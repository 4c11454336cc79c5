"""Adds what was tallied of arms as it happened, of nobody in particular, to what was counted from events."""

from collections.abc import Mapping
from dataclasses import replace

from experiments.analysis.sums import ArmCounts, Counts, Served
from experiments.definition import Arm, Experiment, variant_of

LEFT, OPTED_OUT, MUTED = "left", "opted_out", "muted"
"""What is tallied of units: that they took their yes to measurement back or were erased, said no, muted a topic."""


def with_tallies(
    counts: Counts,
    experiment: Experiment,
    *,
    departures: Mapping[str, Mapping[str, int]] | None,
    served: Mapping[str, Served],
) -> Counts:
    """The same counts with what was tallied.

    Args:
        counts: From events.
        experiment: Whose they are.
        departures: Units by variant and by LEFT, OPTED_OUT and MUTED; what is missing is 0. None where they are
            not known.
        served: Answers by variant.
    """

    def of(arm: Arm, counted: ArmCounts) -> ArmCounts:
        measured, unmeasured = (variant_of(experiment, arm, is_measured=is_measured) for is_measured in (True, False))
        gone = (departures or {}).get(measured, {})
        return replace(
            counted,
            n_left=gone.get(LEFT, 0),
            n_opted_out=gone.get(OPTED_OUT, 0),
            n_muted=gone.get(MUTED, 0),
            is_tallied=departures is not None,
            measured=served.get(measured, Served()),
            unmeasured=served.get(unmeasured, Served()),
        )

    shadows = {
        arm.name: served.get(variant_of(experiment, arm, is_measured=True), Served())
        for arm in experiment.arms
        if arm.is_shadow
    }
    arms = {name: of(experiment.arm(name), counted) for name, counted in counts.arms.items()}
    return replace(counts, arms=arms, shadows=shadows)
