"""A shop ready to be visited: catalogue, truth and the samplers every chunk of shoppers shares."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from simulation.arrivals import Arrivals, draw_arrivals
from simulation.assortment import FAMILIES
from simulation.catalogue import Catalogue, build_catalogue
from simulation.sampling import GroupedSampler, grouped_sampler, share_sampler
from simulation.seasons import SEASONS, moment_samplers, price_factors
from simulation.settings import Settings
from simulation.truth import Truth, build_truth


@dataclass(frozen=True, slots=True)
class Shop:
    """What stays the same whoever visits.

    Attributes:
        settings: What was asked for.
        catalogue: Every item that is sold.
        truth: What goes with what.
        arrivals: Items that have just come in.
        season: Season of each item, position in SEASONS, shape (n_items,), int64.
        department_shares: Weight of each department, shape (n_departments,), float64.
        wanted: Draws the item a purchase starts with, by department.
        impulses: Draws a small thing, from group 0.
        moments: Draws days by season, and hours.
        price_factors: Factor on prices for each day, shape (days,), float64.
    """

    settings: Settings
    catalogue: Catalogue
    truth: Truth
    arrivals: Arrivals
    season: NDArray[np.int64]
    department_shares: NDArray[np.float64]
    wanted: GroupedSampler
    impulses: GroupedSampler
    moments: tuple[GroupedSampler, GroupedSampler]
    price_factors: NDArray[np.float64]


def open_shop(settings: Settings) -> Shop:
    """The shop of these settings; the same for any number of shoppers."""
    rng = np.random.default_rng(np.random.SeedSequence(entropy=settings.seed, spawn_key=(0,)))
    catalogue = build_catalogue(settings.items, rng)
    truth = build_truth(catalogue, rng)
    # Draws of its own: what is sold and to whom is the same with and without new items.
    newest = np.random.default_rng(np.random.SeedSequence(entropy=settings.seed, spawn_key=(2,)))
    end = settings.start + timedelta(days=settings.days)
    seasons = np.array([SEASONS.index(family.season) for family in FAMILIES])
    asked_for = np.bincount(catalogue.department[catalogue.demand > 0]).astype(np.float64)
    return Shop(
        settings=settings,
        catalogue=catalogue,
        truth=truth,
        arrivals=draw_arrivals(catalogue, truth, end.year, newest),
        season=seasons[catalogue.family],
        department_shares=asked_for * np.exp(0.2 * rng.standard_normal(len(asked_for))),
        wanted=grouped_sampler(catalogue.department, catalogue.demand),
        impulses=share_sampler(catalogue.demand * catalogue.impulse),
        moments=moment_samplers(settings.start, settings.days),
        price_factors=price_factors(settings.start, settings.days),
    )
