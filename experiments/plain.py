"""A test as JSON has it, to keep what was seen of it: nothing but mappings, lists, texts and numbers."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from experiments.definition import Arm, Experiment, Guardrail, Metric, Unit


def to_plain(experiment: Experiment) -> dict[str, Any]:
    """The test, with the names of its attributes, and times in ISO 8601 with their zone."""
    return {
        **asdict(experiment),
        "placements": list(experiment.placements),
        "arms": [asdict(arm) for arm in experiment.arms],
        "unit": str(experiment.unit),
        "starts_at": experiment.starts_at.isoformat(),
        "ends_at": experiment.ends_at.isoformat(),
        "primary": str(experiment.primary),
        "guardrails": [{"metric": str(one.metric), "margin": one.margin} for one in experiment.guardrails],
        "interleaved": list(experiment.interleaved),
    }


def from_plain(plain: Mapping[str, Any]) -> Experiment:
    """The test that `to_plain` gave, also before tests had descriptions.

    Raises:
        KeyError, TypeError or ValueError: It is none, or of a release that says more of a test.
    """
    return Experiment(
        **{
            **plain,
            "placements": tuple(plain["placements"]),
            "arms": tuple(Arm(**arm) for arm in plain["arms"]),
            "unit": Unit(plain["unit"]),
            "starts_at": datetime.fromisoformat(plain["starts_at"]).astimezone(UTC),
            "ends_at": datetime.fromisoformat(plain["ends_at"]).astimezone(UTC),
            "primary": Metric(plain["primary"]),
            "guardrails": tuple(Guardrail(Metric(one["metric"]), one["margin"]) for one in plain["guardrails"]),
            "interleaved": tuple(plain["interleaved"]),
        }
    )
