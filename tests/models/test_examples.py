import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array

from models.candidates import Candidates
from models.evidence import Evidence
from models.examples import NEGATIVES_KEPT, PAGES_PER_ORDER, Examples, examples_of, page_weights
from models.features.feature import NO_PRODUCTS, Feature
from models.pairs import Pairs

EVERY = np.ones(7, np.bool_)
LATER = csr_array(np.array([[1, 1, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1, 0], [0, 0, 0, 0, 0, 0, 1]], np.float32))
"""Orders of two, six and one items."""

IDEAL = float(np.sum(1 / np.log2(np.arange(2, 7))))
"""DCG of five relevant items in front."""


class Numbered:
    """A family of one feature, the pair as a number."""

    columns = (Feature("pair", "number", "anchor and item"),)
    n_products = NO_PRODUCTS

    def of(self, pairs: Pairs) -> NDArray[np.float32]:
        return (pairs.anchor * 10_000 + pairs.item)[:, None].astype(np.float32)


def everything_proposed(n_items: int) -> Evidence:
    item = np.array([[item for item in range(n_items) if item != anchor] for anchor in range(n_items)], np.int32)
    indptr = np.arange(n_items + 1, dtype=np.int64) * (n_items - 1)
    return Evidence({"all": Candidates(indptr, item.ravel(), np.ones(item.size, np.float32))}, (Numbered(),))


def of_pair(examples: Examples, anchor: int, item: int) -> tuple[float, float, float, float]:
    """Outcome, weight, plain outcome and pages."""
    place = int(np.flatnonzero(examples.table[:, 0] == anchor * 10_000 + item)[0])
    columns = (examples.outcome, examples.weight, examples.plain_outcome, examples.pages)
    return tuple(float(column[place]) for column in columns)


def test_no_order_counts_more_than_so_many_pages() -> None:
    pages, gains = page_weights(LATER, EVERY)
    assert pages.tolist() == [1, 0.5, 0]
    assert gains.tolist() == pytest.approx([1, 0.5 / IDEAL, 0])
    assert max(pages * [2, 6, 1]) == PAGES_PER_ORDER


def test_items_that_are_not_known_make_no_order_larger() -> None:
    known = np.array([True, True, True, False, False, False, False])
    assert page_weights(LATER, known)[0].tolist() == [1, 1, 0]


def test_outcomes_and_weights_are_what_a_hand_counts() -> None:
    examples = examples_of(everything_proposed(7), LATER, EVERY)
    own = 1 + 0.5 / IDEAL
    assert of_pair(examples, 0, 1) == pytest.approx((1, own, 1, 1.5))
    assert of_pair(examples, 0, 2) == pytest.approx((0.5 / IDEAL / own, own, 0.5 / 1.5, 1.5))
    assert of_pair(examples, 2, 0) == pytest.approx((1, 0.5 / IDEAL, 1, 0.5))


def test_what_has_no_page_is_no_example() -> None:
    examples = examples_of(everything_proposed(7), LATER, EVERY)
    assert not np.any(examples.table[:, 0] // 10_000 == 6)


def test_neither_anchor_nor_item_is_unknown() -> None:
    known = np.array([True, True, True, False, False, False, False])
    pairs = examples_of(everything_proposed(7), LATER, known).table[:, 0].astype(int)
    assert sorted(pairs.tolist()) == [1, 2, 10_000, 10_002, 20_000, 20_001]


@pytest.fixture(scope="module")
def many() -> Examples:
    """Of 300 items, any two of which may be proposed, 0 to 9 are in one order and the others in pairs."""
    rows = np.concatenate((np.zeros(10, int), np.repeat(np.arange(1, 146), 2)))
    later = csr_array((np.ones(300, np.float32), (rows, np.arange(300))), shape=(146, 300))
    return examples_of(everything_proposed(300), later, np.ones(300, np.bool_), seed=5)


def test_some_of_what_never_came_true_is_kept_and_stands_for_all(many: Examples) -> None:
    never = many.outcome == 0
    n_never = 300 * 299 - 10 * 9 - 145 * 2
    assert np.count_nonzero(~never) == 10 * 9 + 145 * 2
    assert np.count_nonzero(never) == pytest.approx(NEGATIVES_KEPT * n_never, rel=0.03)
    assert set(many.pages[never].round(3)) == {1.5, 5.0}
    assert many.pages[~never].max() == 1


def test_lengths_are_those_of_the_anchors_lists(many: Examples) -> None:
    anchor = many.table[:, 0] // 10_000
    assert many.lengths.tolist() == np.unique(anchor, return_counts=True)[1].tolist()


def test_too_many_proposals_thin_the_anchors_and_no_anchors_list() -> None:
    orders = csr_array(np.ones((1, 7), np.float32))
    thinned = examples_of(everything_proposed(7), orders, EVERY, max_examples=42)
    assert sorted(set((thinned.table[:, 0] // 10_000).tolist())) == [0, 3, 6]
    assert thinned.lengths.tolist() == [6, 6, 6]


def test_the_number_of_threads_changes_no_bit() -> None:
    one, two = (examples_of(everything_proposed(7), LATER, EVERY, n_threads=n_threads) for n_threads in (1, 2))
    for part in ("table", "outcome", "weight", "plain_outcome", "pages", "lengths"):
        assert getattr(one, part).tobytes() == getattr(two, part).tobytes()
