import numpy as np

from models.features.co_purchase import newness
from models.generators.ease import MIN_ORDERS, Ease
from models.histories import Histories
from tests.models.features.named import named
from tests.models.worlds import build, pairs_of


def test_the_weights_are_those_of_a_dense_inverse(shop: Histories) -> None:
    orders = shop.orders_items.toarray().astype(np.float64)
    weight = newness(len(orders), 0.2) / np.maximum(orders.sum(axis=1) - 1, 1)
    inverse = np.linalg.inv(orders.T @ (weight[:, None] * orders) + 20 * np.eye(40))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0)
    found = Ease(ridge=20, half_life=0.2, order_size_exponent=1).fit(shop).weights
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5)


def test_only_the_most_bought_items_are_modelled() -> None:
    orders = [[0, 1]] * 9 + [[1, 2]] * 8 + [[3, 4]] * 7
    assert Ease(max_items=2).fit(build(orders, n_items=5)).known.tolist() == [0, 1]
    assert Ease(max_items=3).fit(build(orders, n_items=5)).known.tolist() == [0, 1, 2]


def test_items_of_few_orders_are_not_modelled_and_their_weights_not_known() -> None:
    model = Ease().fit(build([[0, 1]] * MIN_ORDERS + [[2, 3]] * (MIN_ORDERS - 1), n_items=4))
    assert model.known.tolist() == [0, 1]
    assert np.isnan(named(model, pairs_of((0, 1), (0, 2), (2, 3)))["ease_weight"]).tolist() == [False, True, True]
    assert model.propose(3).of(2).tolist() == []


def test_what_is_proposed_is_scored_by_its_weight(shop: Histories) -> None:
    model = Ease().fit(shop)
    proposed = model.propose(4)
    expected = [sorted(row[row > 0].tolist(), reverse=True)[:4] for row in model.weights]
    assert [proposed.score[proposed.indptr[n] : proposed.indptr[n + 1]].tolist() for n in range(40)] == expected
