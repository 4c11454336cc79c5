import pytest

from experiments.analysis.figures import (
    between,
    count,
    difference,
    percent,
    possible,
    probability,
    relative,
    relative_between,
    value,
)
from experiments.analysis.wording import share_text, value_text
from experiments.definition import Metric
from tests.experiments.analysis.keyboard import plain


@pytest.mark.parametrize(
    ("metric", "figure", "text"),
    [
        (Metric.BUYERS, 0.25271, "25.27 %"),
        (Metric.OPT_OUTS, 0.001764, "0.176 %"),
        (Metric.ORDERS, 0.29591, "0.2959"),
        (Metric.REVENUE, 311_312.4, "3 113.12 EUR"),
        (Metric.LATENCY, 2.71, "2.7 ms"),
        (Metric.BUYERS, 0.0, "0 %"),
        (Metric.BUYERS, None, "–"),
    ],
)
def test_a_value_is_told_in_its_unit(metric: Metric, figure: float | None, text: str) -> None:
    assert plain(value(metric, figure, "EUR")) == text


@pytest.mark.parametrize(
    ("metric", "figure", "text"),
    [
        (Metric.BUYERS, 0.0215, "+2.15 pp"),
        (Metric.BUYERS, -0.00211, "-0.211 pp"),
        (Metric.REVENUE, -28.0, "-0.28 EUR"),
        (Metric.LATENCY, 0.2, "+0.2 ms"),
        (Metric.ORDERS, 0.00001, "0"),
    ],
)
def test_a_difference_has_a_sign_and_of_shares_is_in_points(metric: Metric, figure: float, text: str) -> None:
    assert plain(difference(metric, figure, "EUR")) == text


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        ((-0.01, 0.02), "-1.00 to +2.00 pp"),
        ((None, 0.02), "+2.00 pp or less"),
        ((-0.01, None), "-1.00 pp or more"),
        ((None, None), "not bounded"),
        (None, "–"),
    ],
)
def test_an_interval_says_what_it_is_bounded_by(interval: tuple[float | None, float | None] | None, text: str) -> None:
    assert plain(between(Metric.BUYERS, interval)) == text


def test_money_without_a_currency_names_none() -> None:
    assert value(Metric.REVENUE, 1_250) == "12.50"


def test_very_small_probabilities_are_not_told_to_the_last_digit() -> None:
    assert [probability(p) for p in (None, 1e-9, 0.0123, 0.4567)] == ["–", "< 0.0001", "0.012", "0.46"]


def test_relative_differences_and_counts_are_short() -> None:
    assert plain(relative(-0.0456)) == "-4.6 %"
    assert plain(count(1_234_567)) == "1 234 567"


@pytest.mark.parametrize("share", [-0.164, 0.357])
def test_sentences_have_the_signs_and_spaces_of_tables(share: float) -> None:
    assert share_text(share) == relative(share)
    assert value_text(Metric.BUYERS, 0.1234) == percent(0.1234)
    assert percent(0.1234)[-2:] == value(Metric.BUYERS, 0.1234)[-2:]
    assert value_text(Metric.LATENCY, 12.5) == value(Metric.LATENCY, 12.5)


@pytest.mark.parametrize(
    ("metric", "interval", "clipped"),
    [
        (Metric.BUYERS, (-0.5, 0.9), (-0.2, 0.8)),
        (Metric.REVENUE, (-500.0, 900.0), (-0.2, 900.0)),
        (Metric.BUYERS, (-0.1, 0.1), (-0.1, 0.1)),
        (Metric.BUYERS, (None, 0.9), (None, 0.8)),
        (Metric.BUYERS, (-0.5, None), (-0.2, None)),
    ],
)
def test_no_interval_holds_what_cannot_be(
    metric: Metric, interval: tuple[float | None, float | None], clipped: tuple[float | None, float | None]
) -> None:
    assert possible(metric, interval, 0.2) == clipped


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        ((-0.0456, 0.12), "-4.6 to +12.0 %"),
        ((-1.7, 0.12), "-100.0 to +12.0 %"),
        ((None, 0.12), "–"),
        (None, "–"),
    ],
)
def test_a_relative_interval_ends_where_all_of_it_is_gone(
    interval: tuple[float | None, float | None] | None, text: str
) -> None:
    assert plain(relative_between(interval)) == text
