"""The whole training on small shops."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import training.learning
from models.bundle.reading import Bundle
from models.candidates import Candidates
from models.histories import Histories
from tests.models.worlds import build
from tests.training.lamps import shop_world
from training.evaluation import PUBLISHED, RANKER, Evaluation, evaluate
from training.learning import learn
from training.pipeline import train
from training.result import TrainingResult
from training.settings import TrainingSettings
from training.steps import Steps

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
    names = {generator.name for generator in SETTINGS.generators} - {"co_views"}  # nobody looked at anything
    assert set(result.evaluation.figures) == {RANKER, PUBLISHED, "popularity", *names}


def test_the_ranker_beats_popularity(result: TrainingResult) -> None:
    assert result.evaluation is not None
    figures = result.evaluation.figures
    assert figures[RANKER]["NDCG"].value > figures["popularity"]["NDCG"].value


def test_the_bundle_says_how_it_was_trained(result: TrainingResult) -> None:
    training = json.loads((result.bundle / "manifest.json").read_text())["training"]
    settings = json.loads(json.dumps(SETTINGS.as_dict()))
    assert settings.pop("noise")["epsilon"] == 0  # off, and so not told: bundles stay as before there was any
    assert training["settings"] == settings
    assert training["used_fingerprint"] == result.ingest.used_fingerprint
    # Five items are too few for trees.
    assert training["ranker"]["trees_sha256"] == {}
    assert (result.trees, result.importance) == ({}, ())


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
    learned = learn(histories, replace(SETTINGS, min_shoppers=3), n_threads=1, steps=Steps())
    pairs = learned.contents.item_pairs
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
    learned = learn(histories, SETTINGS, n_threads=1, steps=Steps())
    assert learned.counts["pairs_published"] == 0
    assert len(learned.contents.item_pairs.indptr) == histories.n_items + 1
    assert learned.evaluation is None or learned.evaluation.n_cases > 0


class TestTheFuture:
    """Planted pairs: 4 and 5 are bought together in the test slice alone, 2 and 3 in the validation slice alone.

    6 and 7 reach the floor of shoppers in the test slice.
    """

    PLANTED_LATE, PLANTED_MIDDLE = (4, 5), (2, 3)

    @pytest.fixture
    def seen(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
        seen: dict[str, Any] = {}

        def score(
            cases: Any, lists: Mapping[str, Candidates], popularity: Any, known: Any, **others: Any
        ) -> Evaluation:
            seen["scored"], seen["popularity"], seen["known"] = lists, popularity, known
            return evaluate(cases, lists, popularity, known, **others)

        monkeypatch.setattr(training.learning, "evaluate", score)
        past = [[0, 1]] * 400 + [[2]] * 80 + [[3]] * 80 + [[4]] * 80 + [[5]] * 80 + [[0]] * 80
        past += [[6, 7]] * 3
        middle, late = [[2, 3]] * 50 + [[0, 1]] * 50, [[4, 5]] * 50 + [[0, 1]] * 40 + [[6, 7]] * 10
        histories = build(past + middle + late, n_items=8)
        learned = learn(histories, SETTINGS, n_threads=1, steps=Steps())
        assert learned.evaluation is not None
        pairs = learned.contents.item_pairs
        seen["published"] = Candidates(pairs.indptr, pairs.item, pairs.probability)
        return seen

    def test_what_is_scored_was_counted_before_the_test_slice(self, seen: dict[str, Any]) -> None:
        lists = {name: held for name, held in seen["scored"].items() if name != "popularity"}
        assert lists
        assert not [name for name, held in lists.items() if 5 in held.of(4)]
        assert [name for name, held in lists.items() if 3 in held.of(2)]

    def test_popularity_is_that_before_the_test_slice(self, seen: dict[str, Any]) -> None:
        assert seen["popularity"].tolist() == [529, 449, 130, 130, 80, 80, 3, 3]

    def test_the_floor_that_is_scored_is_that_before_the_test_slice(self, seen: dict[str, Any]) -> None:
        assert 7 in seen["scored"][RANKER].of(6)
        assert 7 not in seen["scored"][PUBLISHED].of(6)

    def test_what_is_published_has_seen_everything(self, seen: dict[str, Any]) -> None:
        assert 5 in seen["published"].of(4)
        assert 7 in seen["published"].of(6)


def test_an_item_of_four_orders_is_not_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    known: list[Any] = []

    def score(cases: object, lists: object, popularity: object, mask: Any, **others: Any) -> None:
        known.append(mask)

    monkeypatch.setattr(training.learning, "evaluate", score)
    histories = build([[0, 1]] * 200 + [[2]] * 4 + [[3]] * 5 + [[0, 1]] * 100, n_items=4)
    learn(histories, SETTINGS, n_threads=1, steps=Steps())
    assert known[0].tolist() == [True, True, False, True]
