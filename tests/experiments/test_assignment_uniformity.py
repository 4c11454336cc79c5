"""A million ids are shared out as the weights say, and what one draw gave says nothing of another."""

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from experiments.assignment import ARM, SLICE, Assignment, Hash
from experiments.definition import Arm
from tests.experiments.definitions import a_test

N_IDS = 1_000_000
LEAST_P = 0.001


def keys() -> Iterator[bytes]:
    """Numbered one after the other, as shops do: the worst case for a weak hash."""
    return (f"visitor:{number}".encode() for number in range(N_IDS))


def numbers(purpose: str, salt: str) -> NDArray[np.int64]:
    drawn = Hash(purpose, salt)
    return np.fromiter(map(drawn.number, keys()), dtype=np.int64, count=N_IDS)


@pytest.fixture(scope="module")
def buckets() -> NDArray[np.int64]:
    return numbers(SLICE, "pages") * 1_000 >> 32


def independent(one: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    """The p-value of the contingency table."""
    table = np.zeros((one.max() + 1, other.max() + 1), dtype=np.int64)
    np.add.at(table, (one, other), 1)
    return float(stats.chi2_contingency(table).pvalue)


def test_arms_are_given_in_the_shares_of_their_weights() -> None:
    arms = (Arm("a", 50, "alias:a"), Arm("b", 45, "alias:b"), Arm("c", 5))
    assignment = Assignment(a_test(arms=arms))
    places = np.fromiter(map(assignment.place_of, keys()), dtype=np.int64, count=N_IDS)
    counts = np.bincount(places)
    assert stats.chisquare(counts, N_IDS * np.array([0.5, 0.45, 0.05])).pvalue > LEAST_P


def test_every_bucket_has_its_thousandth(buckets: NDArray[np.int64]) -> None:
    counts = np.bincount(buckets, minlength=1_000)
    assert counts.size == 1_000
    assert stats.chisquare(counts).pvalue > LEAST_P


def test_the_bucket_says_nothing_of_the_arm_even_where_the_salt_is_the_layers_name(
    buckets: NDArray[np.int64],
) -> None:
    arms = numbers(ARM, "pages") * 10 >> 32
    assert independent(buckets // 50, arms) > LEAST_P


def test_the_bucket_in_one_layer_says_nothing_of_that_in_another(buckets: NDArray[np.int64]) -> None:
    others = numbers(SLICE, "carts") * 1_000 >> 32
    assert independent(buckets // 50, others // 50) > LEAST_P


def test_another_salt_draws_every_arm_anew() -> None:
    assert independent(numbers(ARM, "ranker-2-a") * 10 >> 32, numbers(ARM, "ranker-2-b") * 10 >> 32) > LEAST_P


def test_what_is_dependent_is_told_to_be(buckets: NDArray[np.int64]) -> None:
    assert independent(buckets // 50, buckets // 100) < 1e-100
