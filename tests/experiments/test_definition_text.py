"""A test is written as it is read."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from experiments.definition import Arm, Experiment, Guardrail, Metric, Unit
from experiments.definition_text import definition_text
from experiments.experiments_file import read_experiments
from tests.experiments.definitions import CONTROL, END, HOLDOUT, NEW, SHADOW, START, a_test

PLACEMENTS = ("product_page", "cart")
DISMISSALS = (Guardrail(Metric.DISMISSAL_RATE, 0.005),)


def read_back(experiment: Experiment, tmp_path: Path) -> Experiment:
    path = tmp_path / "experiments.yaml"
    path.write_text(definition_text(experiment), encoding="utf-8")
    return read_experiments(path, PLACEMENTS).experiments[experiment.name]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"arms": (CONTROL, NEW, HOLDOUT, SHADOW), "placements": PLACEMENTS, "control": "new"},
        {"first_bucket": 3, "end_bucket": 997, "layer": "pages", "salt": "12"},
        {"smallest_effect": 0.07, "alpha": 0.01, "power": 0.95, "window_days": 3},
        {"guardrails": (Guardrail(Metric.OPT_OUTS, 0.00001), Guardrail(Metric.LATENCY, 12.5))},
        {"description": "Hypothesis: 5 % more\nbuyers.\n\n- as 'planned': \u00bbyes\u00ab"},
        {"unit": Unit.SESSION, "guardrails": (Guardrail(Metric.LATENCY),)},
        {"starts_at": START + timedelta(hours=5, minutes=30), "ends_at": END + timedelta(seconds=1)},
        {"arms": (Arm("control", 1, "version:4"), Arm("new", 1, "version:12"))},
        {
            "arms": (Arm("control", 1, "alias:champion"), Arm("new", 1, "version:12")),
            "interleaved": ("control", "new"),
            "primary": Metric.CLICK_RATE,
            "guardrails": DISMISSALS,
        },
    ],
)
def test_what_is_written_is_read_back_as_it_was(changes: dict[str, Any], tmp_path: Path) -> None:
    experiment = a_test(**changes)
    assert read_back(experiment, tmp_path) == experiment


def test_it_has_the_words_of_the_file_and_none_of_the_program() -> None:
    text = definition_text(a_test(arms=(Arm("control", 50, "version:4"), HOLDOUT, SHADOW), smallest_effect=0.2))
    for line in (
        "  - name: ranker-2\n",
        "    traffic: [0, 100]\n",
        "    starts: 2026-12-01T00:00:00Z\n",
        "      - {name: control, version: 4, weight: 50}\n",
        "      - {name: holdout, nothing: true, weight: 5}\n",
        "      - {name: next, model: shadow, shadow: true}\n",
        "    smallest_effect: 20\n",
    ):
        assert line in text
    assert not [word for word in ("bucket", "reference", "is_shadow", "!!") if word in text]
