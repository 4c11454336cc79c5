"""Files of tests: the least that can be said, read or found at fault."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from experiments.definition import Experiment, Experiments
from experiments.experiments_file import read_experiments
from models.errors import Fault, InvalidInputError

PLACEMENTS = ("product_page", "cart")
CONTROL_ENTRY = {"name": "control", "model": "champion", "weight": 50}
NEW_ENTRY = {"name": "new", "model": "challenger", "weight": 50}
HOLDOUT_ENTRY = {"name": "holdout", "nothing": True, "weight": 5}
SHADOW_ENTRY = {"name": "next", "model": "shadow", "shadow": True}
LEAST: Mapping[str, Any] = {
    "name": "ranker-2",
    "placements": ["product_page"],
    "starts": "2026-12-01T00:00:00Z",
    "ends": "2026-12-22T00:00:00Z",
    "arms": [CONTROL_ENTRY, NEW_ENTRY],
    "primary": "buyers",
    "smallest_effect": 5,
}
UNWEIGHED = [{"name": "control", "model": "champion"}, {"name": "new", "version": 12}]
INTERLEAVED = {"interleave": ["control", "new"], "arms": UNWEIGHED, "primary": "click_rate"}
"""Changes that make the least test an interleaved one."""


def read(tmp_path: Path, *tests: Mapping[str, Any]) -> Experiments:
    path = tmp_path / "experiments.yaml"
    content = {"experiments": [dict(test) for test in tests]}
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return read_experiments(path, PLACEMENTS)


def faults_in(tmp_path: Path, text: str) -> list[Fault]:
    path = tmp_path / "experiments.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInputError) as caught:
        read_experiments(path, PLACEMENTS)
    return list(caught.value.faults)


def the_one(tmp_path: Path, **changes: Any) -> Experiment:
    [test] = read(tmp_path, {**LEAST, **changes}).experiments.values()
    return test


def faults_of(tmp_path: Path, *tests: Mapping[str, Any]) -> list[Fault]:
    with pytest.raises(InvalidInputError) as caught:
        read(tmp_path, *tests)
    return list(caught.value.faults)


def fields_of(tmp_path: Path, *tests: Mapping[str, Any]) -> list[str]:
    return [fault.field.removeprefix("experiments[0].") for fault in faults_of(tmp_path, *tests)]
