import numpy as np

from models.generators.factors import Factors
from models.histories import Histories
from tests.models.features.named import named
from tests.models.worlds import pairs_of

SETTINGS = Factors(factors=8, regularization=0.3, alpha=5.0)


def test_the_fold_in_is_the_solution_of_als_for_a_shopper_of_one_item(shop: Histories) -> None:
    model = SETTINGS.fit(shop)
    vectors = model.vectors.astype(np.float64)
    for item in (0, 7):
        own = vectors[item]
        # A purchase has the confidence alpha, the absence of one 1.
        system = vectors.T @ vectors + (5.0 - 1) * np.outer(own, own) + 0.3 * np.eye(8)
        np.testing.assert_allclose(model.folded_in[item], np.linalg.solve(system, 5.0 * own), rtol=1e-3, atol=1e-5)


def test_the_features_are_products_of_the_vectors(shop: Histories) -> None:
    model = SETTINGS.fit(shop)
    left, right = model.vectors[2], model.vectors[3]
    found = named(model, pairs_of((2, 3)))
    cosine = left @ right / np.linalg.norm(left) / np.linalg.norm(right)
    np.testing.assert_allclose(found["als_cosine"], [cosine], rtol=1e-4)
    np.testing.assert_allclose(found["als_fold_in"], [model.folded_in[2] @ right], rtol=1e-4)
