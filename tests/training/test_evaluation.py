"""Figures of ranked lists: known answers, the yardstick's answers, and what is paired with what."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from models.candidates import Candidates
from tests.training.lists import lists_of, score
from tests.training.orders import all_known, orders
from training.cases import Cases, sample_cases
from training.evaluation import METRICS, Evaluation, Figure, evaluate

N_ITEMS = 120
YARDSTICK = Path(__file__).resolve().parents[3] / "shared" / "eval" / "accessories.py"


def values(evaluation: Evaluation, method: str = "ranker") -> dict[str, float]:
    return {metric: figure.value for metric, figure in evaluation.figures[method].items()}


@pytest.fixture
def one_page() -> Cases:
    """On the page of a, an order with c and d."""
    return Cases(np.array([0], np.int32), np.array([0, 2]), np.array([2, 3], np.int32), np.array([7], np.int32))


def test_known_answer_of_one_page(one_page: Cases) -> None:
    figures = values(score(one_page, ranker=lists_of(a=[1, 3, 2])))
    gain, perfect = 1 / np.log2(3), 1 + 1 / np.log2(3)
    expected = {
        "NDCG": gain / perfect,
        "HR": 1,
        "recall": 1 / 2,
        "MRR": 1 / 2,
        "coverage": 2 / 6,
        "novelty": np.log2(6),
    }
    assert figures == pytest.approx(expected)


def test_unknown_items_are_skipped_before_the_list_is_cut(one_page: Cases) -> None:
    known = all_known()
    known[[1, 4]] = False
    figures = values(score(one_page, known, ranker=lists_of(a=[1, 4, 3, 2])))
    assert figures["recall"] == 1


def test_an_empty_list_scores_zero(one_page: Cases) -> None:
    assert values(score(one_page, ranker=lists_of())) == dict.fromkeys(METRICS, 0.0)


def test_a_method_never_differs_from_its_double() -> None:
    cases = sample_cases(orders(*["abc", "bcd", "ade"] * 20), 0, all_known(), max_cases=999, seed=0)
    own = lists_of(a=[1, 2], b=[2, 3], c=[3], d=[4, 0], e=[0])
    evaluation = score(cases, ranker=own, double=own)
    assert evaluation.differences == {"double": dict.fromkeys(METRICS, Figure(0, 0, 0))}


def test_a_difference_is_the_ranker_minus_the_other_with_a_narrower_interval_than_unpaired() -> None:
    cases = sample_cases(orders(*["abc", "bcd", "ade", "ab"] * 30), 0, all_known(), max_cases=999, seed=0)
    better, worse = lists_of(a=[1, 2], b=[0, 2], c=[1, 3], d=[0, 4], e=[0, 3]), lists_of(a=[1], b=[0], c=[1], d=[0])
    evaluation = score(cases, ranker=better, other=worse)
    ranker, other = evaluation.figures["ranker"]["NDCG"], evaluation.figures["other"]["NDCG"]
    difference = evaluation.differences["other"]["NDCG"]
    assert difference.value == pytest.approx(ranker.value - other.value)
    assert 0 < difference.low < difference.value < difference.high
    assert difference.high - difference.low < (ranker.high - ranker.low) + (other.high - other.low)


def test_every_interval_holds_its_figure() -> None:
    cases = sample_cases(orders(*["abc", "bcd", "ade", "ab"] * 30), 0, all_known(), max_cases=999, seed=0)
    evaluation = score(cases, ranker=lists_of(a=[1, 2], b=[2, 3], c=[3, 5], d=[4, 0], e=[0]))
    # A figure that is the same on every draw may differ in its last digit.
    rounding = 1e-12
    for figure in evaluation.figures["ranker"].values():
        assert figure.low - rounding <= figure.value <= figure.high + rounding


def test_cases_of_one_order_are_one_cluster() -> None:
    cases = sample_cases(orders("abc", "abd"), 0, all_known(), max_cases=99, seed=0)
    evaluation = score(cases, ranker=lists_of(a=[1]))
    assert (evaluation.n_cases, evaluation.n_orders) == (6, 2)


def test_no_cases_is_an_error_that_says_so() -> None:
    cases = sample_cases(orders("a"), 0, all_known(), max_cases=99, seed=0)
    with pytest.raises(ValueError, match="no later order holds two known items"):
        score(cases, ranker=lists_of())


def test_the_evaluation_is_plain_json(one_page: Cases) -> None:
    evaluation = score(one_page, ranker=lists_of(a=[2]), popularity=lists_of(a=[3]))
    content = json.loads(json.dumps(evaluation.as_dict()))
    assert content["figures"]["ranker"]["HR"]["value"] == 1
    assert set(content["differences"]) == {"popularity"}


def test_the_yardstick_gives_the_same_figures() -> None:
    if not YARDSTICK.is_file():
        pytest.skip(f"the yardstick is not in {YARDSTICK.parent}")
    spec = importlib.util.spec_from_file_location("accessories", YARDSTICK)
    assert spec is not None
    assert spec.loader is not None
    yardstick = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(yardstick)

    rng = np.random.default_rng(0)
    held = (rng.random((900, N_ITEMS)) < 0.06).astype(np.float32)
    letters = [f"i{number:03}" for number in range(N_ITEMS)]
    shop = orders(*[""] * 900, n_items=0)
    shop = type(shop)(
        type(shop.items)(letters),
        type(shop.catalogue).unknown(N_ITEMS),
        csr_array(held),
        shop.order_time_s,
        shop.order_shopper,
        csr_array((0, N_ITEMS), dtype=np.float32),
        csr_array((0, N_ITEMS), dtype=np.float32),
        shop.session_time_s,
        shop.session_end_s,
        shop.session_shopper,
    )
    known = rng.random(N_ITEMS) < 0.9
    cases = sample_cases(shop, 450, known, max_cases=700, seed=0)
    own = Candidates.from_scores(csr_array(held[:450].T @ held[:450]), 20)
    ours = evaluate(
        cases, {"ranker": own}, held[:450].sum(axis=0).astype(np.int64), known, k=10, n_bootstrap=100, seed=0
    )

    bounds = cases.relevant_indptr
    their_cases = [
        (letters[anchor], {letters[i] for i in cases.relevant_item[bounds[place] : bounds[place + 1]]})
        for place, anchor in enumerate(cases.anchor)
    ]
    ranked = [[letters[i] for i in own.of(anchor) if known[i]] for anchor in cases.anchor]
    theirs = yardstick.metrics(their_cases, ranked)
    figures = values(ours)
    assert (figures["HR"], figures["recall"], figures["NDCG"], figures["MRR"]) == pytest.approx(
        (theirs["HR@10"], theirs["R@10"], theirs["NDCG@10"], theirs["MRR@10"])
    )
    assert figures["coverage"] == len({i for items in ranked for i in items[:10]}) / known.sum()
