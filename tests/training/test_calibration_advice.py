"""What is advised where probabilities are too far off."""

from training.calibration_advice import calibration_advice

FEW = {"orders": 1_600.0, "test/orders": 160.0, "calibration/ece_by_chance": 0.02}


def test_where_chance_may_be_why_it_says_how_many_orders_there_were_and_how_many_could_be_enough() -> None:
    told = calibration_advice(0.03, 0.02, FEW)
    assert "There were 1,600 orders, the latest 160 of them to measure on." in told
    assert "about 3,600 are enough" in told  # (0.03 / 0.02) ** 2 times as many
    assert "A bar is how probable an item must be to be shown" in told


def test_where_chance_explains_little_more_orders_are_not_advised() -> None:
    told = calibration_advice(0.03, 0.02, FEW | {"calibration/ece_by_chance": 0.004})
    assert "would seem 0.4% off" in told
    assert "enough" not in told


def test_no_number_is_made_up_where_the_run_has_none() -> None:
    told = calibration_advice(0.03, 0.02, {})
    assert told.endswith("Train on more or later orders.")
    assert "nan" not in told
