"""Whole verdicts of equal tests, looked at every day: a seeded part of bench/experiments."""

import pytest

from bench.experiments.false_alarms import Alarms, false_alarms
from bench.experiments.planted import power
from experiments.analysis.judgement import Outcome
from experiments.definition import Metric

N_TESTS = 400
EVEN, UNEVEN = (1, 1), (9, 1)


@pytest.fixture(scope="module", params=[EVEN, UNEVEN], ids=["even", "uneven"])
def alarms(request: pytest.FixtureRequest) -> dict[Metric, Alarms]:
    return false_alarms(N_TESTS, n_days=14, n_units=150, weights=request.param, seed=3, n_processes=1)


def test_verdicts_that_are_looked_at_every_day_are_seldom_false(alarms: dict[Metric, Alarms]) -> None:
    for found in alarms.values():
        assert found.verdicts[Outcome.SHIP] + found.verdicts[Outcome.STOP_FOR_HARM] <= 0.05 * N_TESTS
        assert found.verdicts[Outcome.BROKEN] <= 1


def test_a_z_test_that_is_looked_at_every_day_is_often_false(alarms: dict[Metric, Alarms]) -> None:
    assert min(found.naive for found in alarms.values()) > 0.12 * N_TESTS


@pytest.mark.parametrize("alarms", [EVEN], indirect=True)
def test_read_once_it_is_false_as_often_as_promised(alarms: dict[Metric, Alarms]) -> None:
    for found in alarms.values():
        # Four standard errors of 400 tests.
        assert found.fixed / N_TESTS == pytest.approx(0.05, abs=0.044)


def test_the_smallest_effect_is_found_as_often_as_promised() -> None:
    found = power(600, 4)
    assert found.always_valid >= 0.8
    assert found.fixed == pytest.approx(0.8, abs=0.05)
    assert found.n_at_half < 0.75 * found.n_always_valid
