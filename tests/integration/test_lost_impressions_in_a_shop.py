"""A storefront that loses impressions of one arm, at a real server: its test is broken, and no other is."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from bench.experiments.shopping import NAMES, OpenShop, opened
from experiments.analysis.sample_ratio import REPORTS
from tests.service.mlflow_registry import forgive_mlflow

pytestmark = forgive_mlflow

N_SHOPPERS, SEED, LOST = 2_200, 3, 0.5
"""Of some 350 shoppers of the arm; tests/cli/test_experiment_lost_impressions.py finds 3 of a hundred, of more."""
LOSER = f"better-{SEED}/new"
Reports = Mapping[str, Mapping[str, Any]]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenShop]:
    with opened(tmp_path_factory.mktemp("shop"), N_SHOPPERS, SEED) as shop:
        yield shop


def test_only_the_test_whose_arm_loses_them_is_broken(shop: OpenShop) -> None:
    told = shop.shopped(N_SHOPPERS, {LOSER: LOST})
    reports: Reports = {name: shop.report(name) for name in NAMES}

    for name, report in reports.items():
        *_, seen = report["sample_ratios"]
        assert seen["of"] == REPORTS
        assert seen["is_broken"] is (name == "better")
        # Of those who opted out too, of whom nothing else is known any more.
        variants = [page.answer.variant for page in told.pages]
        shown = {arm: variants.count(f"{name}-{SEED}/{arm}") for arm in report["arms"]}
        if name == "better":
            assert seen["observed"]["new"] < 0.6 * shown.pop("new")
            assert seen["observed"]["control"] == shown["control"]
        else:
            assert seen["observed"] == shown
