"""The whole training on small shops."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.bundle.reading import Bundle
from models.histories import Histories
from tests.models.worlds import build
from tests.training.lamps import shop_world
from training.evaluation import BLEND, PUBLISHED
from training.pipeline import Steps, learn, train
from training.result import TrainingResult
from training.settings import TrainingSettings

SETTINGS = replace(TrainingSettings(), n_bootstrap=100)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> TrainingResult:
    folder = tmp_path_factory.mktemp("trained")
    told: list[str] = []
    return train(
        shop_world().write(folder / "shop"),
        SETTINGS,
        folder / "bundle",
        quarantine=folder / "quarantine",
        n_threads=2,
        progress=told.append,
    )


def test_the_bundle_knows_what_goes_with_what(result: TrainingResult) -> None:
    bundle = Bundle.open(result.bundle, expected_fingerprint=result.fingerprint)
    for anchor, partner in (("lamp", "bulb"), ("tent", "peg")):
        index = bundle.index_of(anchor)
        assert index is not None
        assert bundle.item_id(int(bundle.item_pairs.item[bundle.item_pairs.indptr[index]])) == partner


def test_the_probability_is_how_often_it_joins_the_order(result: TrainingResult) -> None:
    bundle = Bundle.open(result.bundle)
    lamp = bundle.index_of("lamp")
    assert lamp is not None
    first = bundle.item_pairs.indptr[lamp]
    assert bundle.item_pairs.probability[first] == pytest.approx(0.7, abs=0.15)


def test_every_method_is_scored(result: TrainingResult) -> None:
    assert result.evaluation is not None
    names = {generator.name for generator in SETTINGS.generators}
    assert set(result.evaluation.figures) == {BLEND, PUBLISHED, "popularity", *names}


def test_the_blend_beats_popularity(result: TrainingResult) -> None:
    assert result.evaluation is not None
    figures = result.evaluation.figures
    assert figures[BLEND]["NDCG"].value > figures["popularity"]["NDCG"].value


def test_the_bundle_says_how_it_was_trained(result: TrainingResult) -> None:
    training = json.loads((result.bundle / "manifest.json").read_text())["training"]
    assert training["settings"] == json.loads(json.dumps(SETTINGS.as_dict()))
    assert training["used_fingerprint"] == result.ingest.used_fingerprint
    assert set(training["blend"]["names"]) == {generator.name for generator in SETTINGS.generators}


def test_the_bundle_names_no_person(result: TrainingResult) -> None:
    held = b"".join(path.read_bytes() for path in sorted(result.bundle.iterdir()))
    assert b"lamp" in held
    assert b"customer-" not in held


def test_counts_add_up(result: TrainingResult) -> None:
    counts = result.counts
    held_back = counts["pairs_below_floor"] + counts["pairs_by_chance"] + counts["pairs_alternative"]
    assert counts["pairs_proposed"] == held_back + counts["pairs_published"]


def test_each_step_has_its_seconds(result: TrainingResult) -> None:
    assert result.seconds.keys() >= {"reading events and consent", "ranking what is published", "writing the bundle"}


@pytest.mark.parametrize("n_threads", [1, 3])
def test_the_number_of_threads_changes_no_byte(tmp_path: Path, result: TrainingResult, n_threads: int) -> None:
    again = train(
        shop_world().write(tmp_path / "shop"),
        SETTINGS,
        tmp_path / "bundle",
        quarantine=tmp_path / "quarantine",
        n_threads=n_threads,
    )
    assert again.fingerprint == result.fingerprint


def test_other_data_give_another_bundle(tmp_path: Path, result: TrainingResult) -> None:
    other = train(
        shop_world(seed=2).write(tmp_path / "shop"),
        SETTINGS,
        tmp_path / "bundle",
        quarantine=tmp_path / "quarantine",
        n_threads=1,
    )
    assert other.fingerprint != result.fingerprint


WORLDS = st.lists(st.tuples(st.integers(0, 9), st.lists(st.integers(0, 5), min_size=1, max_size=4)), max_size=80)


@settings(max_examples=60, deadline=None)
@given(orders=WORLDS, repeats=st.sampled_from([1, 5]))
def test_any_shop_trains_and_no_pair_of_it_is_below_the_floor(
    orders: list[tuple[int, list[int]]], repeats: int
) -> None:
    shoppers = [number for number, _ in orders] * repeats
    histories = build([sorted(set(items)) for _, items in orders] * repeats, n_items=6, shoppers=shoppers)
    contents, _, _ = learn(histories, replace(SETTINGS, min_shoppers=3), n_threads=1, steps=Steps())
    pairs = contents.item_pairs
    anchor = np.repeat(np.arange(6), np.diff(pairs.indptr))
    for left, right, n_shoppers in zip(anchor, pairs.item, pairs.n_shoppers, strict=True):
        both = {
            number
            for number in set(shoppers)
            if {left, right} <= {item for shopper, items in orders if shopper == number for item in items}
        }
        assert n_shoppers == len(both)
        assert n_shoppers >= 3


@pytest.mark.parametrize(
    "histories",
    [
        build([], n_items=0),
        build([], n_items=3),
        build([[0]], n_items=1),
        build([[0, 1]], n_items=2),
        build([[0, 1]] * 3, n_items=2, sessions=[[0, 1]]),
        build([], n_items=2, sessions=[[0, 1]] * 4),
    ],
    ids=["nothing", "no orders", "one order of one", "one order of two", "three orders", "views alone"],
)
def test_a_shop_of_next_to_nothing_gets_a_bundle_without_pairs(histories: Histories) -> None:
    contents, counts, evaluation = learn(histories, SETTINGS, n_threads=1, steps=Steps())
    assert counts["pairs_published"] == 0
    assert len(contents.item_pairs.indptr) == histories.n_items + 1
    assert evaluation is None or evaluation.n_cases > 0
