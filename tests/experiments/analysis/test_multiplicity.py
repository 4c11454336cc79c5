import pytest
from statsmodels.stats.multitest import multipletests

from experiments.analysis.multiplicity import adjusted, alphas_of
from experiments.definition import Arm, Guardrail, Metric
from tests.experiments.definitions import CONTROL, NEW, SHADOW, a_test


def test_rates_agree_with_statsmodels() -> None:
    p_values = [0.04, 0.001, 0.2, 0.013, 0.9, 0.013]
    assert adjusted(p_values) == pytest.approx(tuple(multipletests(p_values, method="fdr_bh")[1]), rel=1e-9)


def test_a_metric_without_a_p_value_counts_not() -> None:
    assert adjusted([0.01, None, 0.02]) == (pytest.approx(0.02), None, pytest.approx(0.02))
    assert adjusted([None]) == (None,)


@pytest.mark.parametrize("n_arms", [2, 3, 5])
@pytest.mark.parametrize("guardrails", [(), (Metric.OPT_OUTS,), (Metric.OPT_OUTS, Metric.MUTERS, Metric.LATENCY)])
def test_all_bounds_that_decide_have_alpha_together(n_arms: int, guardrails: tuple[Metric, ...]) -> None:
    arms = (CONTROL, *(Arm(f"arm-{n}", 10, f"version:{n}") for n in range(n_arms - 1)), SHADOW)
    alphas = alphas_of(a_test(arms=arms, guardrails=tuple(map(Guardrail, guardrails))))
    assert (n_arms - 1) * (alphas.win + (1 + len(guardrails)) * alphas.harm) == pytest.approx(0.05)


def test_half_of_it_is_for_winners() -> None:
    assert alphas_of(a_test(arms=(CONTROL, NEW), alpha=0.1)).win == pytest.approx(0.05)
