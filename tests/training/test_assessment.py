"""What is known of a model: each part from the pages it should be from."""

import json

import pytest

from tests.training.assessed import assessed
from training.evaluation import METRICS


def test_metrics_have_the_names_that_the_gate_and_the_record_read() -> None:
    metrics = assessed().metrics()
    assert {"calibration/ece", "risk_coverage/gain_at_half", "placement/cart/quiet"} <= set(metrics)
    assert {f"head/{metric}_at_10" for metric in METRICS} <= set(metrics)


def test_metrics_are_the_figures() -> None:
    metrics = assessed().metrics()
    # Only the camera's 30 pages of 40 are right, and 0.4 for the card is all that clears 0.3; the lamp's bulb at 0.5.
    assert metrics["placement/product_page/precision"] == pytest.approx(30 / 40)
    assert metrics["placement/cart/quiet"] == pytest.approx(30 / 40)
    assert metrics["risk_coverage/hit_rate"] == pytest.approx(30 / 40)


def test_risk_coverage_is_of_lists_as_long_as_the_product_page_shows() -> None:
    measured = assessed()
    assert (measured.risk_coverage.k, measured.reliability.k) == (4, 10)


def test_bands_and_categories_are_those_of_the_pages() -> None:
    measured = assessed()
    assert {band: one.n_cases for band, one in measured.bands.items()} == {"head": 30, "tail": 10}
    assert {name: one.n_cases for name, one in measured.categories.items()} == {"photo": 30, "light": 10}


def test_a_shop_without_categories_has_no_figures_of_them() -> None:
    assert assessed(("",) * 5).categories == {}


def test_the_assessment_is_plain_json() -> None:
    content = json.loads(json.dumps(assessed().as_dict()))
    assert content["bars"]["cart"]["is_reached"] is False
    assert len(content["risk_coverage"]["coverage"]) == 100
