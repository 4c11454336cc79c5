"""A storefront that loses impressions of one arm, at a real server: its test is broken, and no other is."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from bench.experiments.shopping import NAMES, OpenShop, opened
from experiments.analysis.sample_ratio import REPORTS
from tests.service.mlflow_registry import forgive_mlflow
from tests.service.waiting import until

pytestmark = forgive_mlflow

N_SHOPPERS, SEED, LOST = 3_200, 3, 0.35
"""Of some 500 shoppers of the arm; tests/cli/test_experiment_lost_impressions.py finds 3 of a hundred, of more."""
LOSER = f"better-{SEED}/new"
Reports = Mapping[str, Mapping[str, Any]]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenShop]:
    with opened(tmp_path_factory.mktemp("shop"), N_SHOPPERS, SEED) as shop:
        yield shop


def test_only_the_test_whose_arm_loses_them_is_broken(shop: OpenShop) -> None:
    told = shop.shopped(N_SHOPPERS, {LOSER: LOST})
    # Servers add up every few seconds.
    until(lambda: shop.report("better")["verdict"]["outcome"] == "broken", "the loss is seen")
    reports: Reports = {name: shop.report(name) for name in NAMES}

    assert [name for name, report in reports.items() if report["verdict"]["outcome"] == "broken"] == ["better"]
    [seen] = [ratio for ratio in reports["better"]["sample_ratios"] if ratio["of"] == REPORTS]
    assert seen["is_broken"]
    pages = Counter(page.answer.variant for page in told.pages)
    for arm, share in (("control", 1.0), ("new", 1 - LOST)):
        assert 0.8 * pages[f"better-{SEED}/{arm}"] < seen["answers"][arm] <= pages[f"better-{SEED}/{arm}"]
        assert seen["observed"][arm] / seen["answers"][arm] == pytest.approx(share, abs=0.08)
