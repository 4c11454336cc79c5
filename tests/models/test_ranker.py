import numpy as np
import pytest
from numpy.typing import NDArray

from models.examples import Examples
from models.features.feature import Feature
from models.ranker import FALLBACK, MIN_POSITIVES, OBJECTIVES, Ranker, RankerSettings, fit_ranker

N_ANCHORS, N_EACH = 400, 10
ROW = np.repeat(np.arange(N_ANCHORS), N_EACH)
COLUMNS = tuple(Feature(name, "share", "made up") for name in ("rule", "noise", FALLBACK))
SETTINGS = {
    name: RankerSettings(objective=name, n_rounds=30, lambda_l2=1.0, feature_fraction=1.0) for name in OBJECTIVES
}


def examples(seed: int) -> Examples:
    """Pairs that come true in half of the pages where the first feature is over 0.7, else in a tenth."""
    rng = np.random.default_rng(seed)
    n_pairs = N_ANCHORS * N_EACH
    table = rng.random((n_pairs, 3)).astype(np.float32)
    table[::17, 1] = np.nan
    outcome = (rng.random(n_pairs) < np.where(table[:, 0] > 0.7, 0.5, 0.1)).astype(float)
    pages = np.ones(n_pairs)
    return Examples(table, outcome, pages, outcome, pages, np.full(N_ANCHORS, N_EACH, np.int64))


@pytest.fixture(scope="module", params=OBJECTIVES)
def ranker(request: pytest.FixtureRequest) -> Ranker:
    return fit_ranker([examples(1), examples(2)], COLUMNS, SETTINGS[request.param])


def test_it_learns_the_planted_rule(ranker: Ranker) -> None:
    later = examples(3)
    score = ranker.score(later.table, ROW)
    planted = later.table[:, 0] > 0.7
    assert np.mean(score[planted] > np.quantile(score, 0.7)) > 0.9
    assert ranker.gains()[0] == ranker.gains().max()
    assert ranker.gains().sum() == pytest.approx(1)


def test_scores_lie_between_0_and_1(ranker: Ranker) -> None:
    score = ranker.score(examples(3).table, ROW)
    assert 0 <= score.min() < score.max() <= 1


def test_a_classifiers_scores_are_the_planted_shares() -> None:
    later = examples(3)
    score = fit_ranker([examples(1), examples(2)], COLUMNS, SETTINGS["cross_entropy"]).score(later.table, ROW)
    planted = later.table[:, 0] > 0.7
    assert score[planted].mean() == pytest.approx(0.5, abs=0.05)
    assert score[~planted].mean() == pytest.approx(0.1, abs=0.03)


def log_odds(objective: str, weight: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Of the third slice's pairs by a ranker of the first two."""
    ranker = fit_ranker([examples(1), examples(2)], COLUMNS, SETTINGS[objective])
    score = ranker.score(examples(3).table, ROW, weight=weight)
    return np.asarray(np.log(score / (1 - score)))


def test_both_is_the_mean_of_the_two_lambdarank_counting_from_its_mean_over_the_anchor() -> None:
    of_list = log_odds("lambdarank").reshape(N_ANCHORS, N_EACH)
    expected = (log_odds("cross_entropy") + (of_list - of_list.mean(axis=1, keepdims=True)).ravel()) / 2
    np.testing.assert_allclose(log_odds("both"), expected, rtol=1e-6, atol=1e-9)


def test_a_pair_that_stands_for_others_counts_as_them_in_the_mean() -> None:
    weight = np.where(np.arange(len(ROW)) % 3 == 0, 5.0, 1.0)
    of_list, weights = log_odds("lambdarank").reshape(N_ANCHORS, N_EACH), weight.reshape(N_ANCHORS, N_EACH)
    mean = (of_list * weights).sum(axis=1, keepdims=True) / weights.sum(axis=1, keepdims=True)
    expected = (log_odds("cross_entropy") + (of_list - mean).ravel()) / 2
    np.testing.assert_allclose(log_odds("both", weight), expected, rtol=1e-6, atol=1e-9)


def test_a_pair_without_weight_moves_no_other_score() -> None:
    ranker = fit_ranker([examples(1), examples(2)], COLUMNS, SETTINGS["both"])
    table, row = examples(3).table[:3], np.zeros(3, np.int64)
    alone = ranker.score(table[:2], row[:2])
    assert ranker.score(table, row, weight=np.array([1.0, 1.0, 0.0]))[:2].tolist() == alone.tolist()
    assert ranker.score(table, row)[:2].tolist() != alone.tolist()


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_trees_and_scores_are_the_same_at_any_number_of_threads(objective: str) -> None:
    one, two, again = (
        fit_ranker([examples(1)], COLUMNS, SETTINGS[objective], n_threads=n_threads) for n_threads in (1, 2, 2)
    )
    assert one.trees == two.trees
    assert two.trees == again.trees
    table = examples(3).table
    assert one.score(table, ROW).tobytes() == two.score(table, ROW, n_threads=2).tobytes()


def test_a_pair_of_more_pages_weighs_more() -> None:
    part = examples(1)
    weight = np.where(part.outcome > 0, 4.0, 1.0)
    heavy = Examples(part.table, part.outcome, weight, part.outcome, part.pages, part.lengths)
    plain, raised = (fit_ranker([each], COLUMNS, SETTINGS["cross_entropy"]) for each in (part, heavy))
    assert raised.score(part.table, ROW).mean() > 1.5 * plain.score(part.table, ROW).mean()


@pytest.mark.parametrize(("n_hits", "has_trees"), [(MIN_POSITIVES - 1, False), (MIN_POSITIVES, True)])
def test_with_too_few_hits_it_falls_back_on_the_share_of_orders(n_hits: float, has_trees: bool) -> None:
    part = examples(1)
    outcome = np.zeros(len(part.outcome))
    outcome[: int(n_hits)] = 1
    few = Examples(part.table, outcome, part.weight, outcome, part.pages, part.lengths)
    ranker = fit_ranker([few], COLUMNS, SETTINGS["cross_entropy"])
    assert bool(ranker.trees) is has_trees
    assert ranker.n_positives == n_hits
    assert np.array_equal(ranker.score(part.table, ROW).astype(np.float32), part.table[:, 2]) is not has_trees


def test_without_trees_no_feature_has_a_gain() -> None:
    assert fit_ranker([], COLUMNS, RankerSettings()).gains().tolist() == [0, 0, 0]


def test_no_pairs_have_no_scores(ranker: Ranker) -> None:
    assert len(ranker.score(np.zeros((0, 3), np.float32), ROW[:0])) == 0
