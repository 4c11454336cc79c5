"""When people shop: months, weekdays and hours."""

from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from simulation.sampling import GroupedSampler, grouped_sampler, share_sampler

MICROSECONDS_A_DAY = 86_400_000_000
MONTHS = {  # relative demand, January to December
    "even": (1.0, 0.95, 1.0, 1.0, 1.0, 0.95, 0.9, 0.9, 1.05, 1.05, 1.2, 1.25),
    "gifts": (0.8, 0.75, 0.8, 0.8, 0.85, 0.85, 0.8, 0.85, 0.95, 1.05, 2.0, 2.4),
    "summer": (0.4, 0.45, 0.7, 1.1, 1.7, 2.2, 2.2, 1.5, 0.8, 0.5, 0.6, 0.6),
    "spring": (0.6, 0.8, 1.5, 1.9, 1.7, 1.2, 1.0, 0.9, 0.9, 0.8, 0.9, 0.7),
    "winter": (1.3, 1.2, 1.0, 0.8, 0.7, 0.6, 0.6, 0.7, 0.9, 1.2, 1.6, 1.7),
}
SEASONS = tuple(MONTHS)
WEEKDAYS = (0.95, 0.9, 0.9, 0.95, 1.0, 1.2, 1.25)  # Monday to Sunday
HOURS = (4, 2, 1, 1, 1, 2, 5, 10, 16, 20, 23, 25, 27, 25, 23, 23, 25, 29, 34, 40, 42, 36, 22, 10)
SALE_SHARE = 0.9  # of the price, in the last ten days of November


def moment_samplers(start: datetime, days: int) -> tuple[GroupedSampler, GroupedSampler]:
    """Samplers of the day by season (position in SEASONS) and of the hour (group 0)."""
    dates = [start + timedelta(days=day) for day in range(days)]
    weights = np.array(
        [MONTHS[season][date.month - 1] * WEEKDAYS[date.weekday()] for season in SEASONS for date in dates]
    )
    groups = np.repeat(np.arange(len(SEASONS)), days)
    by_season = grouped_sampler(groups, weights)
    return by_season, share_sampler(np.array(HOURS, dtype=np.float64))


def draw_moments(
    seasons: NDArray[np.int64], days: int, samplers: tuple[GroupedSampler, GroupedSampler], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Microseconds since the start, one for each entry of `seasons`."""
    day = samplers[0].draw(rng, seasons) % days
    hour = samplers[1].draw(rng, np.zeros_like(seasons))
    within = rng.integers(0, MICROSECONDS_A_DAY // 24, size=seasons.shape)
    return np.asarray(day * MICROSECONDS_A_DAY + hour * (MICROSECONDS_A_DAY // 24) + within, dtype=np.int64)


def price_factors(start: datetime, days: int) -> NDArray[np.float64]:
    """Factor on the catalogue's price for each day, shape (days,)."""
    dates = [start + timedelta(days=day) for day in range(days)]
    return np.array([SALE_SHARE if date.month == 11 and date.day > 20 else 1.0 for date in dates])
