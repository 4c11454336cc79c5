"""A test as one writes it in experiments.yaml."""

from datetime import datetime
from typing import Any

import yaml

from experiments.definition import GUARDRAILS, N_BUCKETS, UNCOUNTED, Arm, Experiment, Metric

WIDTH = 110


def definition_text(experiment: Experiment) -> str:
    """A file of the test alone, which experiments.experiments_file.read_experiments reads back as it was; what the file
    may leave out is written too.

    Args:
        experiment: The test.
    """
    entry = {
        "name": experiment.name,
        **({"description": experiment.description} if experiment.description else {}),
        "placements": list(experiment.placements),
        "unit": str(experiment.unit),
        "layer": experiment.layer,
        "traffic": [_short(100 * bucket / N_BUCKETS) for bucket in (experiment.first_bucket, experiment.end_bucket)],
        "starts": experiment.starts_at,
        "ends": experiment.ends_at,
        "salt": experiment.salt,
        "arms": [_arm(arm, is_weighed=not experiment.interleaved) for arm in experiment.arms],
        **({"interleave": list(experiment.interleaved)} if experiment.interleaved else {}),
        "control": experiment.control,
        "primary": str(experiment.primary),
        "smallest_effect": _short(100 * experiment.smallest_effect),
        "guardrails": _guardrails(experiment),
        "window_days": experiment.window_days,
        "alpha": experiment.alpha,
        "power": experiment.power,
    }
    return yaml.dump(
        {"experiments": [entry]},
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
        width=WIDTH,
    )


class _Dumper(yaml.SafeDumper):
    """Lists within lists stand in, and times as people write them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - as overridden
        super().increase_indent(flow, indentless=False)


def _time(dumper: yaml.SafeDumper, moment: datetime) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:timestamp", moment.isoformat().replace("+00:00", "Z"))


_Dumper.add_representer(datetime, _time)


def _arm(arm: Arm, *, is_weighed: bool) -> dict[str, Any]:
    kind, _, of = arm.reference.partition(":")
    reference: dict[str, Any] = {"nothing": True}
    if kind:
        reference = {"version": int(of)} if kind == "version" else {"model": of}
    shown = {"shadow": True} if arm.is_shadow else {"weight": arm.weight} if is_weighed else {}
    return {"name": arm.name, **reference, **shown}


def _guardrails(experiment: Experiment) -> dict[str, Any]:
    """Those of the test, and false for others that it could have, as a file that is silent of one has it."""
    margins = {guardrail.metric: _short(guardrail.margin) for guardrail in experiment.guardrails}
    can_be = {Metric.DISMISSAL_RATE} if experiment.interleaved else set(GUARDRAILS) - UNCOUNTED[experiment.unit]
    return {str(metric): margins.get(metric, False) for metric in GUARDRAILS if metric in can_be}


def _short(number: float) -> int | float:
    """Without the last digit's noise, and without a point where it is whole."""
    rounded = float(f"{number:.12g}")
    return int(rounded) if rounded.is_integer() else rounded
