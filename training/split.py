"""Cuts the orders in time: slices to fit on, one to calibrate on, the latest to score on."""

from dataclasses import dataclass

import numpy as np

from models.histories import Histories


@dataclass(frozen=True, slots=True)
class Slice:
    """Orders of a stretch of time; what is counted for them is counted before it.

    Attributes:
        start_s: Beginning, seconds since 1970 UTC: nothing that happened then or later is the past.
        first: Row of its first order.
        end: One past its last.
    """

    start_s: int
    first: int
    end: int

    @property
    def is_usable(self) -> bool:
        """Whether it has a past and orders."""
        return 0 < self.first < self.end


@dataclass(frozen=True, slots=True)
class Split:
    """Where time is cut; each slice begins where the one before it ends.

    Attributes:
        ranker: What the ranker is fitted on, oldest first.
        calibration: What its probabilities are calibrated on.
        test: What the figures are computed on.
    """

    ranker: tuple[Slice, ...]
    calibration: Slice
    test: Slice


def split_in_time(histories: Histories, *, n_slices: int, validation_share: float, test_share: float) -> Split:
    """Cut by shares of the orders; orders of the same second stay in one slice, the later one.

    Args:
        histories: Whose orders to cut.
        n_slices: Slices for the ranker, 1 or more; those that would begin before the first order are left out.
        validation_share: Share of the orders of each slice for the ranker, and of the one that calibrates.
        test_share: Share of the latest orders.
    """
    times = histories.order_time_s
    n = len(times)
    nothing = Slice(0, 0, 0)
    if n == 0:
        return Split((), nothing, nothing)
    shares = [1 - test_share - validation_share * number for number in range(n_slices + 1, -1, -1)]
    starts = [int(times[min(n - 1, int(n * share))]) for share in shares if share > 0]
    firsts = [int(np.searchsorted(times, start, side="left")) for start in starts]
    slices = [Slice(start, first, end) for start, first, end in zip(starts, firsts, [*firsts[1:], n], strict=True)]
    *ranker, calibration, test = slices if len(slices) > 1 else [nothing, *slices]
    return Split(tuple(ranker), calibration, test)
