import pytest

from experiments.analysis.glossary import GAINS, HARMS, WORDS, name_of
from experiments.analysis.wording import phrase
from experiments.definition import DECIDING, GUARDRAILS, Metric, Unit


def test_every_metric_has_words() -> None:
    assert set(WORDS) == set(Metric)
    assert set(GAINS) == set(DECIDING)
    assert set(HARMS) == set(GUARDRAILS)


@pytest.mark.parametrize("metric", Metric)
def test_all_words_are_filled_in(metric: Metric) -> None:
    assert "{" not in phrase(metric, 0.1, Unit.SESSION)
    assert "{" not in name_of(metric, Unit.SESSION)


@pytest.mark.parametrize(
    ("unit", "name"), [(Unit.SHOPPER, "revenue per shopper"), (Unit.VISITOR, "revenue per browser")]
)
def test_a_metric_is_named_with_the_unit_of_the_test(unit: Unit, name: str) -> None:
    assert name_of(Metric.REVENUE, unit) == name
