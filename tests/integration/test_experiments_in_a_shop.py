"""A simulated shop shops at a real server, and what its tests of models found is what was planted."""

import asyncio
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pytest

from bench.experiments.shopping import NAMES, OpenShop, opened, value_of
from bench.experiments.storefront import Told, storefront
from tests.service.mlflow_registry import forgive_mlflow

pytestmark = forgive_mlflow

N_SHOPPERS, SEED = 2_300, 0
"""Planted effects are seven of their standard errors then, and verdicts ask for under four."""
N_LEAVING = 20
Reports = Mapping[str, Mapping[str, Any]]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenShop]:
    with opened(tmp_path_factory.mktemp("shop"), N_SHOPPERS, SEED) as shop:
        yield shop


@pytest.fixture(scope="module")
def told(shop: OpenShop) -> Told:
    told = shop.shopped(N_SHOPPERS)
    assert all(page.answer.variant for page in told.pages)
    return told


@pytest.fixture(scope="module")
def reports(shop: OpenShop, told: Told) -> Reports:
    assert told.n_kept
    return {name: shop.report(name) for name in NAMES}


def seen_by(told: Told, variant: str) -> list[int]:
    """Shoppers who were given an arm, and neither opted out nor were kept from being measured."""
    gone = {page.number for page in told.pages if page.done.opts_out}
    return sorted({page.number for page in told.pages if page.answer.variant == variant} - gone)


def done_by(told: Told, shoppers: Collection[int]) -> tuple[int, float]:
    """Exposures of shoppers and the click rate of what they were shown; equal answers of an hour are one exposure."""
    answers = [(page, (page.number, page.answer.attribution_token)) for page in told.pages if page.number in shoppers]
    shown = {(*answer, item) for page, answer in answers for item in page.shown}
    clicked = {
        (*answer, item)
        for page, answer in answers
        for item, is_clicked in zip(page.shown, page.done.clicked, strict=True)
        if is_clicked
    }
    return len({answer for _, answer in answers}), len(clicked) / len(shown)


def test_the_model_that_is_clicked_more_is_shipped(reports: Reports) -> None:
    verdict = reports["better"]["verdict"]
    assert (verdict["outcome"], verdict["arm"]) == ("ship", "new")
    assert verdict["headline"].startswith("Ship new: ")
    control, new = value_of(reports["better"], "new", "click_rate")
    assert new > 1.4 * control


def test_what_is_reported_of_an_arm_is_what_its_shoppers_did(reports: Reports, told: Told) -> None:
    for place, arm in enumerate(("control", "new")):
        stay = {*seen_by(told, f"better-{SEED}/{arm}")}
        n_exposures, click_rate = done_by(told, stay)
        assert reports["better"]["arms"][arm]["units"] == len(stay)
        assert reports["better"]["arms"][arm]["exposures"] == n_exposures
        assert value_of(reports["better"], "new", "click_rate")[place] == pytest.approx(click_rate)


def test_versions_of_one_bundle_do_not_win_over_each_other(reports: Reports) -> None:
    assert reports["same"]["verdict"]["outcome"] in ("keep_running", "no_difference")


def test_a_holdout_is_shown_nothing_is_counted_and_sells_less(reports: Reports, told: Told) -> None:
    holdout = reports["same"]["arms"]["holdout"]
    assert holdout["units"] == len(seen_by(told, f"same-{SEED}/holdout"))
    assert holdout["exposures"] >= holdout["units"]
    assert holdout["model_versions"] == []
    assert not any(page.shown for page in told.pages if page.answer.variant == f"same-{SEED}/holdout")
    control, held_out = value_of(reports["same"], "holdout", "buyers")
    assert 0 < held_out < 0.8 * control


def test_a_pushy_arm_that_is_clicked_more_is_vetoed_for_its_opt_outs(reports: Reports) -> None:
    verdict = reports["pushy"]["verdict"]
    assert (verdict["outcome"], verdict["arm"], verdict["metric"]) == ("stop_for_harm", "pushy", "opt_outs")
    assert "of shoppers opted out" in verdict["headline"]
    [clickers] = [one for one in reports["pushy"]["effects"] if one["is_primary"]]
    assert clickers["always_valid"][0] > 0
    assert "pushy gets more clickers but must not ship: it drives people to opt out." in verdict["sentences"]


def test_pages_of_nobody_measured_are_told_apart(reports: Reports, told: Told) -> None:
    unmeasured = [page for page in told.pages if page.answer.variant.endswith("~")]
    assert {page.number >= N_SHOPPERS for page in unmeasured} == {True}
    n_counted = sum(arm["unmeasured"]["answers"] for name in NAMES for arm in reports[name]["arms"].values())
    # Servers add up every few seconds, so that the last ones may be missing.
    assert 0 < n_counted <= len(unmeasured)
    assert told.n_refused > 2 * len(unmeasured)


def test_who_is_erased_or_says_no_leaves_the_report_with_all_they_did(
    shop: OpenShop, told: Told, reports: Reports
) -> None:
    variant = f"better-{SEED}/new"
    clicked = {page.number for page in told.pages if page.answer.variant == variant and page.done.clicked.any()}
    leaving = [number for number in seen_by(told, variant) if number in clicked][:N_LEAVING]
    erased, opting_out = leaving[::2], leaving[1::2]

    async def leave() -> None:
        async with storefront(shop.shop, shop.server.address, SEED) as front:
            await front.erase(erased)
            await front.opt_out(opting_out)

    asyncio.run(leave())
    before, after = reports["better"], shop.report("better")
    stay = {*seen_by(told, variant)} - {*leaving}
    n_exposures, click_rate = done_by(told, stay)
    assert after["arms"]["new"]["units"] == before["arms"]["new"]["units"] - N_LEAVING == len(stay)
    assert after["arms"]["new"]["exposures"] == n_exposures
    assert after["arms"]["new"]["left"] == before["arms"]["new"]["left"] + N_LEAVING
    assert after["arms"]["new"]["opted_out"] == before["arms"]["new"]["opted_out"] + N_LEAVING
    assert value_of(after, "new", "click_rate")[1] == pytest.approx(click_rate)
    assert value_of(after, "new", "click_rate")[1] < value_of(before, "new", "click_rate")[1]
    # Servers add up their answers every few seconds, so of these the last ones may come in between.
    counted = {"measured", "unmeasured"}
    assert {key: value for key, value in after["arms"]["control"].items() if key not in counted} == {
        key: value for key, value in before["arms"]["control"].items() if key not in counted
    }
