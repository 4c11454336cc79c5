import pytest

from experiments.analysis.page.drawing import DAYS_HEIGHT, days_of, forest_of, ticks_of


def effect(difference: float, always: list[float | None] | None, *, is_primary: bool = False) -> dict[str, object]:
    """An effect on a control's value of 2."""
    ends = None if always is None or None in always else [end / 2 for end in always if end is not None]
    return {
        "difference": difference,
        "relative": difference / 2,
        "control_value": 2.0,
        "is_primary": is_primary,
        "fixed": None,
        "fixed_relative": None,
        "always_valid": always,
        "always_valid_relative": ends,
    }


def test_no_difference_is_in_the_middle_and_more_is_to_the_right() -> None:
    forest = forest_of([effect(0.1, [0.0, 0.2], is_primary=True)], 0.02)
    (mark,) = forest.marks

    assert forest.zero == 50
    assert mark.always is not None
    assert mark.middle is not None
    assert 50 == mark.always[0] < mark.middle < mark.always[1] < 100
    assert not mark.is_cut


def test_differences_are_shares_of_the_controls_value() -> None:
    forest = forest_of([effect(0.04, [0.0, 0.08], is_primary=True)], 0.02)

    assert forest.marks[0].middle == pytest.approx(forest.worth[1])


def test_a_difference_less_noise_is_a_share_of_a_value_less_noise() -> None:
    (mark,) = forest_of([{**effect(0.1, [0.0, 0.2], is_primary=True), "control_value": 1.5}], 0.05).marks

    assert mark.middle == pytest.approx(forest_of([], 0.05).worth[1], abs=0.001)


def test_an_interval_far_wider_than_the_primarys_is_cut_off() -> None:
    forest = forest_of([effect(0.1, [0.0, 0.2], is_primary=True), effect(1.0, [-2.0, 4.0])], 0.02)

    assert forest.marks[1].is_cut
    assert forest.marks[1].always == (0, 100)
    assert forest.marks[1].middle is None


def test_an_interval_that_is_not_bounded_is_not_drawn() -> None:
    assert forest_of([effect(0.1, [0.0, None], is_primary=True)], 0.02).marks[0].always is None


def test_a_line_ends_where_all_of_the_value_is_gone() -> None:
    (mark,) = forest_of([effect(0.1, [-6.0, 6.0], is_primary=True)], 0.02).marks

    assert mark.always is not None
    assert 50 - mark.always[0] == pytest.approx((mark.always[1] - 50) / 3)


def test_a_test_without_effects_has_a_scale_all_the_same() -> None:
    assert forest_of([], 0.02).marks == ()


def day(difference: float, interval: list[float] | None) -> dict[str, object]:
    return {"difference": difference, "always_valid": interval}


def test_one_day_is_no_line() -> None:
    assert days_of([day(0.1, [0.0, 0.2])], 0.02) is None


def test_days_without_an_interval_have_a_line_and_no_band() -> None:
    plot = days_of([day(0.1, None), day(0.2, None), day(0.2, [0.1, 0.3])], None)

    assert plot is not None
    assert plot.line.count(",") == 3
    assert plot.band == ""


def test_early_days_do_not_make_the_last_ones_flat() -> None:
    plot = days_of([day(9.0, [-50.0, 60.0]), day(0.2, [0.1, 0.3]), day(0.2, [0.1, 0.3])], 0.05)

    assert plot is not None
    assert plot.zero - plot.last[1] > DAYS_HEIGHT / 10
    assert all(0 <= float(point.split(",")[1]) <= DAYS_HEIGHT for point in plot.band.split())


@pytest.mark.parametrize(("low", "high"), [(-0.0123, 0.0123), (-7.0, 7.0), (-1e-12, 1e-12), (-123_456.0, 123_456.0)])
def test_ticks_are_round_few_and_hold_zero(low: float, high: float) -> None:
    ticks = ticks_of(low, high)

    assert 0 in ticks
    assert 3 <= len(ticks) <= 6
    assert low <= ticks[0] < ticks[-1] <= high
