"""Cuts the orders in time: the past to count on, a later slice to fit on, the latest to score on."""

from dataclasses import dataclass

import numpy as np

from models.histories import Histories


@dataclass(frozen=True, slots=True)
class Split:
    """Where time is cut; each slice holds what happened at or after its cut and before the next.

    Attributes:
        validation_s: Beginning of the validation slice, seconds since 1970 UTC.
        test_s: Beginning of the test slice.
        first_validation: Row of the first order of the validation slice.
        first_test: Row of the first order of the test slice.
    """

    validation_s: int
    test_s: int
    first_validation: int
    first_test: int


def split_in_time(histories: Histories, *, validation_share: float, test_share: float) -> Split:
    """Cut by shares of the orders; orders of the same second stay in one slice, the later one.

    Args:
        histories: Whose orders to cut.
        validation_share: Share of the orders before the test slice's.
        test_share: Share of the latest orders.
    """
    times = histories.order_time_s
    if len(times) == 0:
        return Split(0, 0, 0, 0)
    n = len(times)
    test_s = int(times[min(n - 1, int(n * (1 - test_share)))])
    validation_s = int(times[min(n - 1, int(n * (1 - test_share - validation_share)))])
    return Split(
        validation_s,
        test_s,
        int(np.searchsorted(times, validation_s, side="left")),
        int(np.searchsorted(times, test_s, side="left")),
    )
