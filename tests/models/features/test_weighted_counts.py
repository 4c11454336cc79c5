import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from models.features.weighted_counts import WeightedCounts
from tests.models.worlds import pairs_of

ROWS = st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=1, max_size=8)
EVERY = pairs_of(*((anchor, item) for anchor in range(4) for item in range(4)))


@given(ROWS)
def test_each_weighting_is_the_weighted_product_of_the_matrix_with_itself(rows: list[list[bool]]) -> None:
    dense = np.array(rows, np.float32)
    weights = [np.ones(len(rows)), np.linspace(0.5, 2, len(rows))]
    found = WeightedCounts(csr_array(dense), weights).of(EVERY)
    for weight, values in zip(weights, found, strict=True):
        np.testing.assert_allclose(values, (dense.T @ (weight[:, None] * dense)).ravel(), rtol=1e-5)


def test_anchors_may_stand_in_another_matrix() -> None:
    items, anchors = (
        csr_array(np.array([[0, 1], [0, 1]], np.float32)),
        csr_array(np.array([[1, 0], [0, 1]], np.float32)),
    )
    counts = WeightedCounts(items, [np.array([3.0, 5.0])], rows_anchors=anchors)
    assert counts.of(pairs_of((0, 1), (1, 0), (1, 1)))[0].tolist() == [3, 0, 5]
    assert counts.of_anchor[0].tolist() == [3, 5]
