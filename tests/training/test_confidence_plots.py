"""Pictures of trust show the figures they are of."""

import numpy as np

from tests.training.assessed import assessed
from tests.training.lists import shown
from training.confidence_plots import MAX_FEATURES, draw_importance, draw_reliability, draw_risk_coverage
from training.importance import FeatureShare
from training.reliability import Reliability, reliability


def test_a_dot_is_a_bins_probability_and_share() -> None:
    measured = assessed().reliability
    dots = draw_reliability(measured).axes[0].lines[1]
    np.testing.assert_allclose(dots.get_xdata(), [one.stated for one in measured.bins])
    np.testing.assert_allclose(dots.get_ydata(), [one.bought.value for one in measured.bins])


def test_where_nothing_was_shown_there_is_a_picture_without_dots() -> None:
    nothing: Reliability = reliability(shown(np.zeros((2, 2)), np.zeros((2, 2))), n_bootstrap=100, seed=0)
    assert len(draw_reliability(nothing).axes[0].lines[1].get_xdata()) == 0


def test_the_curve_is_the_hit_rate_by_coverage() -> None:
    curve = assessed().risk_coverage
    line = draw_risk_coverage(curve).axes[0].lines[0]
    np.testing.assert_allclose(line.get_xdata(), curve.coverage)
    np.testing.assert_allclose(line.get_ydata(), curve.hit_rate[:, 0])


def test_the_weightiest_feature_is_on_top_and_the_lightest_are_left_out() -> None:
    shares = [FeatureShare(f"feature_{number}", number / 1_000, "") for number in range(MAX_FEATURES + 5)]
    labels = [label.get_text() for label in draw_importance(shares).axes[0].get_yticklabels()]
    assert labels[0] == f"feature {MAX_FEATURES + 4}"
    assert len(labels) == MAX_FEATURES
