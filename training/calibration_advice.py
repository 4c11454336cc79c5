"""What to do about probabilities that are too far off, from what a run knows of its orders."""

from collections.abc import Mapping
from math import isnan, log10, nan

SHARE_OF_CHANCE = 0.5
"""Least share of the error that chance alone must make for more orders to be a remedy."""


def calibration_advice(error: float, limit: float, metrics: Mapping[str, float]) -> str:
    """Why the error matters, how many orders there were and, where few orders may be why, how many could be enough.

    An error that comes of too few orders falls with the square root of their number at best.

    Args:
        error: Expected calibration error, over the limit.
        limit: What it is held to, over 0.
        metrics: The run's figures; `orders`, `test/orders` and `calibration/ece_by_chance` are used as far as they
            are there.
    """
    why = (
        "A bar is how probable an item must be to be shown; by probabilities so far off, items are shown that are "
        "bought less often than the bar asks, or the other way round."
    )
    orders, measured, chance = (
        metrics.get(name, nan) for name in ("orders", "test/orders", "calibration/ece_by_chance")
    )
    if isnan(orders) or isnan(measured):
        return f"{why} Train on more or later orders."
    there = f"There were {orders:,.0f} orders, the latest {measured:,.0f} of them to measure on"
    if chance < SHARE_OF_CHANCE * error:
        return f"{why} {there}: right probabilities would seem {chance:.1%} off on these, so train on later orders."
    enough = orders * (error / limit) ** 2
    rounded = round(enough, 1 - int(log10(enough)))
    return f"{why} {there}. If they were only too few, about {rounded:,.0f} are enough: train on more, or later ones."
