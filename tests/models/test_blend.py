import numpy as np
import pytest

from models.blend import anchor_runs, fit_blend
from models.candidates import Candidates
from models.generators.registry import GENERATORS
from models.histories import Histories
from models.pair_features import pair_features, smallest_log_scores
from tests.models.worlds import build

NAMES = ("log_likelihood", "pair_counts")


def propose(histories: Histories) -> dict[str, Candidates]:
    return {name: GENERATORS[name]().generate(histories, 10) for name in NAMES}


@pytest.fixture(scope="module")
def past(shop: Histories) -> Histories:
    return shop.before(int(shop.order_time_s[1_600]))


def test_probabilities_are_those_of_the_later_orders(shop: Histories, past: Histories) -> None:
    candidates = propose(past)
    blend = fit_blend(candidates, NAMES, shop.orders_items[1_600:])
    features = pair_features(candidates, NAMES, smallest_log_scores(candidates, NAMES), 0, shop.n_items)
    probability = blend.probability(features)
    partner = (features.anchor % 2 == 0) & (features.item == features.anchor + 1)
    # Six in ten orders of an even item hold its partner.
    assert probability[partner].mean() == pytest.approx(0.6, abs=0.08)
    assert probability[~partner].mean() < 0.1


def test_a_generator_of_noise_is_not_believed(shop: Histories, past: Histories) -> None:
    rng = np.random.default_rng(3)
    good = GENERATORS["pair_counts"]().generate(past, 10)
    noise = Candidates(good.indptr, good.item, rng.random(len(good.item), dtype=np.float32) + 0.1)
    blend = fit_blend({"good": good, "noise": noise}, ("good", "noise"), shop.orders_items[1_600:])
    features = pair_features({"good": good, "noise": noise}, ("good", "noise"), np.zeros(2), 0, shop.n_items)
    spread = np.abs(blend.coefficients) * features.values.std(axis=0)
    assert spread[3] < 0.2 * spread[0]


def test_without_later_orders_ranks_decide(past: Histories) -> None:
    candidates = propose(past)
    blend = fit_blend(candidates, NAMES, past.orders_items[:0])
    assert blend.n_positives == 0
    features = pair_features(candidates, NAMES, smallest_log_scores(candidates, NAMES), 0, 1)
    probability = blend.probability(features)
    assert features.item[np.argmax(probability)] == 1
    assert probability.max() < 0.05


def test_the_order_of_the_names_changes_no_probability(shop: Histories, past: Histories) -> None:
    candidates = propose(past)
    found = []
    for names in (NAMES, NAMES[::-1]):
        blend = fit_blend(candidates, names, shop.orders_items[1_600:])
        features = pair_features(candidates, names, smallest_log_scores(candidates, names), 0, shop.n_items)
        found.append(blend.probability(features))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-3)


@pytest.mark.parametrize("n_threads", [2, 4])
def test_the_number_of_threads_changes_no_bit(shop: Histories, past: Histories, n_threads: int) -> None:
    candidates = propose(past)
    one = fit_blend(candidates, NAMES, shop.orders_items[1_600:], n_threads=1)
    many = fit_blend(candidates, NAMES, shop.orders_items[1_600:], n_threads=n_threads)
    assert one.coefficients.tolist() == many.coefficients.tolist()
    assert one.intercept == many.intercept


@pytest.mark.parametrize("n_pairs", [1, 7, 10_000])
def test_runs_of_anchors_cover_each_anchor_once(past: Histories, n_pairs: int) -> None:
    runs = list(anchor_runs(propose(past), NAMES, 3, 33, n_pairs=n_pairs))
    assert [anchor for first, end in runs for anchor in range(first, end)] == list(range(3, 33))


def test_features_hold_scores_and_ranks_of_each_generator() -> None:
    histories = build([[0, 1], [0, 1], [0, 2]], n_items=3)
    candidates = propose(histories)
    smallest = smallest_log_scores(candidates, NAMES)
    features = pair_features(candidates, NAMES, smallest, 0, 1)
    first, second = np.log(candidates["pair_counts"].score[:2].astype(float))
    assert features.item.tolist() == [1, 2]
    assert features.values[0, 3:].tolist() == pytest.approx([0.0, 1 / np.sqrt(5), first])
    assert features.values[1, 3:].tolist() == pytest.approx([second - first, 1 / np.sqrt(6), first])


def test_a_generator_that_does_not_propose_a_pair_leaves_its_smallest_score_and_no_rank() -> None:
    one = Candidates(np.array([0, 1, 1, 1]), np.array([1], np.int32), np.array([2.0], np.float32))
    other = Candidates(np.array([0, 1, 1, 1]), np.array([2], np.int32), np.array([3.0], np.float32))
    features = pair_features({"one": one, "other": other}, ("one", "other"), np.array([-1.0, -2.0]), 0, 3)
    two, three = np.log(2), np.log(3)
    assert features.values[0].tolist() == pytest.approx([0.0, 1 / np.sqrt(5), two, -2.0 - three, 0.0, three])
    assert features.values[1].tolist() == pytest.approx([-1.0 - two, 0.0, two, 0.0, 1 / np.sqrt(5), three])


def test_a_wholesale_order_counts_as_three_pages() -> None:
    # 40 items bought together in one order weigh as little as three pages of one: the sure pair keeps its odds.
    small = [[0, 1]] * 60 + [[0]] * 60
    histories = build([*small, list(range(2, 42))], n_items=42)
    candidates = propose(histories)
    blend = fit_blend(candidates, NAMES, histories.orders_items)
    assert blend.n_positives == 60 * 2 + 3 * 10  # ten of its 39 others are proposed for each
