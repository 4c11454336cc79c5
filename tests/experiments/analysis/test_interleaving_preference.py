import pytest
from statsmodels.stats.proportion import binom_test, proportion_confint

from experiments.analysis.interleaving import preference_of


@pytest.mark.parametrize(("n_first", "n_second"), [(60, 40), (7, 0), (1_000, 1_100)])
def test_a_preference_agrees_with_statsmodels(n_first: int, n_second: int) -> None:
    found = preference_of(n_first, n_second, 500, 0.05)
    n = n_first + n_second
    assert found.fixed == pytest.approx(proportion_confint(n_first, n, 0.05, method="beta"), rel=1e-9)
    assert found.p_value == pytest.approx(binom_test(n_first, n), rel=1e-9)


def test_by_hand() -> None:
    # Of 7 units with a preference all for the first: 2 / 2^7.
    found = preference_of(7, 0, 3, 0.05)
    assert (found.share, found.p_value) == (1.0, pytest.approx(1 / 64))


def test_without_a_preference_there_is_no_share() -> None:
    found = preference_of(0, 0, 12, 0.05)
    assert (found.share, found.fixed, found.p_value) == (None, None, 1.0)
