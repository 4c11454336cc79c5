"""Counts of items and pairs under differential privacy: what any one shopper did is hidden in noise."""

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf, nextafter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.bounding import BoundedCounts, bounded_counts
from models.errors import ShopkeeperError
from models.histories import Histories

_Measurement = Any
"""OpenDP's, whose methods have no types."""

ONE_SHOPPER = 1
"""The unit of privacy: with or without one shopper, all their orders."""


class NoiseError(ShopkeeperError):
    """Counts cannot be released under noise."""

    reason = "NOISE_UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class NoiseSettings:
    """How much the released counts may tell of any one shopper.

    Attributes:
        epsilon: Most that a shopper changes the logarithm of any outcome's probability, for pairs and items together;
            0 or more. 0 is no noise at all: the bundle then holds exact counts.
        delta: Probability that this does not hold; over 0, under 1. It should be well under one in the number of
            shoppers.
        max_pairs_per_shopper: Most pairs that count of a shopper, 1 to 100000; noise grows with it.
        max_items_per_shopper: Most items that count of a shopper, 1 to 100000; noise grows with it.
    """

    epsilon: float = 0.0
    delta: float = 1e-6
    max_pairs_per_shopper: int = 50
    max_items_per_shopper: int = 50

    @property
    def is_on(self) -> bool:
        """Whether counts are released under noise."""
        return self.epsilon > 0


@dataclass(frozen=True, slots=True)
class Spent:
    """What a release cost in privacy, by the library's own account.

    Attributes:
        epsilon: Of the whole release, at most that of the settings.
        delta: Likewise.
        pair_scale: Scale of the Laplace noise on a pair's count: its standard deviation over the root of 2.
        pair_threshold: Released pairs have at least this noisy count.
        item_scale: As pair_scale, of an item's count.
        item_threshold: Released items have at least this noisy count; None where the items are public.
    """

    epsilon: float
    delta: float
    pair_scale: float
    pair_threshold: int
    item_scale: float
    item_threshold: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Release:
    """Noisy counts: all that may be known of people. What is made of them alone is as private.

    Attributes:
        is_released: Whether the item may be told of, shape (n_items,), bool.
        item_counts: Noisy number of shoppers who bought each item, shape (n_items,), int64; may be 0 or less. 0
            where the item is not released.
        left: The pair's item of the smaller index, shape (n_pairs,), int64; pairs are distinct and in order.
        right: Its other item, shape (n_pairs,), int64.
        pair_counts: Noisy number of shoppers who bought both, shape (n_pairs,), int64, at the threshold or over.
        spent: What it cost.
    """

    is_released: NDArray[np.bool_]
    item_counts: NDArray[np.int64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    pair_counts: NDArray[np.int64]
    spent: Spent


@dataclass(frozen=True, slots=True)
class Mechanism:
    """The measurement of one release, and what it spends.

    Attributes:
        measure: From BoundedCounts to the noisy pairs and the noisy items.
        spent: What one call of it costs.
    """

    measure: Callable[[BoundedCounts], Any]
    spent: Spent


def require_library() -> None:
    """Do nothing if OpenDP is there.

    Raises:
        NoiseError: It is not.
    """
    if importlib.util.find_spec("opendp") is None:
        raise NoiseError("noise.epsilon is over 0, which needs OpenDP: pip install 'shopkeeper[noise]'")


def release(
    histories: Histories, settings: NoiseSettings, *, seed: int, listed: NDArray[np.bool_] | None = None
) -> Release:
    """Count shoppers of items and pairs, under noise.

    Two calls are two releases: together they cost what both cost.

    Args:
        histories: What people did; orders alone count.
        settings: How private, epsilon over 0.
        seed: Of the choice of what counts of a shopper; never of the noise, which OpenDP draws from the system's
            secure generator.
        listed: Items that the shop itself tells of, shape (n_items,); no other counts. Where there is no such list,
            which items there are is known from people alone: an item then is released over a threshold, as pairs are.

    Raises:
        NoiseError: OpenDP is not there, or the noise would hide everything.
    """
    counts = bounded_counts(
        histories,
        max_items=settings.max_items_per_shopper,
        max_pairs=settings.max_pairs_per_shopper,
        seed=seed,
        may_count=listed,
    )
    mechanism = make_mechanism(settings, items_are_public=listed is not None)
    pairs, items = mechanism.measure(counts)
    # In order: that of a hash map would tell something that no one has accounted for.
    place = np.array(sorted(pairs), np.int64)
    if listed is None:
        is_released = np.zeros(histories.n_items, np.bool_)
        is_released[list(items)] = True
        item_counts = np.zeros(histories.n_items, np.int64)
        item_counts[list(items)] = list(items.values())
    else:
        is_released, item_counts = listed.copy(), np.where(listed, np.array(items, np.int64), 0)
    n_items = max(1, histories.n_items)
    pair_counts = np.array([pairs[code] for code in place.tolist()], np.int64)
    return Release(is_released, item_counts, place // n_items, place % n_items, pair_counts, mechanism.spent)


def make_mechanism(settings: NoiseSettings, *, items_are_public: bool) -> Mechanism:
    """The measurement of pairs and items together, within the budget of the settings.

    Half of epsilon goes to pairs, half to items. Where items are public all of delta goes to pairs, else half to each.
    Pairs, and items that are not public, are counted, noised and dropped under a threshold; Rogers (2023), A Unifying
    Privacy Analysis Framework for Unknown Domain Algorithms in Differential Privacy. Both are composed by OpenDP, whose
    map from one shopper to what is spent is checked against the settings.

    Raises:
        NoiseError: OpenDP is not there, the noise would hide everything, or more would be spent than the settings
            allow.
    """
    require_library()
    import opendp.prelude as dp

    dp.enable_features("contrib", "honest-but-curious")
    half = settings.epsilon / 2
    delta = settings.delta if items_are_public else settings.delta / 2
    pair_scale, pair_threshold, pairs = _thresholded(_pairs_by_code, settings.max_pairs_per_shopper, half, delta)
    if items_are_public:
        item_threshold = None
        item_scale, items = _noised(settings.max_items_per_shopper, half)
    else:
        item_scale, item_threshold, items = _thresholded(_items_by_index, settings.max_items_per_shopper, half, delta)
    both: _Measurement = dp.c.make_composition([pairs, items])
    epsilon, spent_delta = both.map(ONE_SHOPPER)
    if epsilon > settings.epsilon or spent_delta > settings.delta:
        raise NoiseError(
            f"the release would spend epsilon {epsilon!r} and delta {spent_delta!r}, more than the settings' "
            f"{settings.epsilon!r} and {settings.delta!r}"
        )
    spent = Spent(epsilon, spent_delta, pair_scale, pair_threshold, item_scale, item_threshold)
    return Mechanism(both, spent)


_MAP = "HashMap<i64, i32>"
_LARGEST = 2**31 - 1
"""Of a count: OpenDP adds up in 32 bits and stays at the end of the range."""


def _thresholded(
    counted: Callable[[BoundedCounts], Mapping[int, int]], most: int, epsilon: float, delta: float
) -> tuple[float, int, _Measurement]:
    """Scale, threshold and measurement of counts by a key that nobody knows beforehand.

    Args:
        counted: Counts by key; a shopper is in at most `most` of them, in each with 1.
        most: See there.
        epsilon: Most it may spend.
        delta: Likewise, over 0.
    """
    import opendp.prelude as dp
    from opendp.core import new_function

    domain = dp.map_domain(dp.atom_domain(T="i64"), dp.atom_domain(T="i32"))
    # How many counts differ, by how much together, and by how much each: the stability of counts of bounded shoppers.
    metric = dp.l01inf_distance(dp.absolute_distance(T="i32"))
    of_shoppers = _of_shoppers(domain, metric, counted, lambda n: (n * most, n * most, n))

    def make(scale: float, most_unseen: int) -> _Measurement:
        noisy = of_shoppers >> dp.m.then_laplace_threshold(scale=scale, threshold=most_unseen)
        # The library lets through what is at its threshold, and accounts for what is over it (its issue 2922).
        over = new_function(lambda released: {key: n for key, n in released.items() if n > most_unseen}, TO=_MAP)
        return noisy >> over

    scale = _least_scale(most, epsilon, lambda scale: make(scale, _LARGEST).map(ONE_SHOPPER)[0])

    def is_enough(most_unseen: float) -> bool:
        """Whether delta holds; what is spent in all has two numbers and no order, so that delta is asked for alone."""
        return bool(make(scale, int(most_unseen)).map(ONE_SHOPPER)[1] <= delta)

    if not is_enough(_LARGEST):
        raise NoiseError(
            f"noise of scale {scale:.3g} would hide every count there can be: raise noise.epsilon, or lower how many "
            "pairs and items count of a shopper"
        )
    most_unseen = 1 if is_enough(1) else int(dp.binary_search(is_enough, bounds=(1, _LARGEST), T=int))
    return scale, most_unseen + 1, make(scale, most_unseen)


def _noised(most: int, epsilon: float) -> tuple[float, _Measurement]:
    """Scale and measurement of the counts of all items, where which items there are is no secret."""
    import opendp.prelude as dp

    domain, metric = dp.vector_domain(dp.atom_domain(T="i32")), dp.l1_distance(T="i32")
    of_shoppers = _of_shoppers(domain, metric, lambda counts: counts.item_counts.tolist(), lambda n: n * most)

    def make(scale: float) -> _Measurement:
        return of_shoppers >> dp.m.then_laplace(scale=scale)

    scale = _least_scale(most, epsilon, lambda scale: make(scale).map(ONE_SHOPPER))
    return scale, dp.c.make_approximate(make(scale))


def _of_shoppers(
    domain: Any, metric: Any, counted: Callable[[BoundedCounts], object], stability: Callable[[int], object]
) -> Any:
    """From shoppers, who come or go one by one, to counts; that it is stable is what models.bounding is for."""
    import opendp.prelude as dp

    shoppers = dp.user_domain("BoundedCounts", lambda counts: isinstance(counts, BoundedCounts))
    return dp.t.make_user_transformation(shoppers, dp.symmetric_distance(), domain, metric, counted, stability)


def _least_scale(most: int, epsilon: float, spent: Callable[[float], float]) -> float:
    """The scale at which a shopper's counts spend epsilon, and by the library's rounding not a bit more."""
    scale = most / epsilon
    while spent(scale) > epsilon:
        scale = nextafter(scale, inf)
    return scale


def _pairs_by_code(counts: BoundedCounts) -> dict[int, int]:
    n_items = max(1, len(counts.item_counts))
    return dict(zip((counts.left * n_items + counts.right).tolist(), counts.pair_counts.tolist(), strict=True))


def _items_by_index(counts: BoundedCounts) -> dict[int, int]:
    bought = np.flatnonzero(counts.item_counts)
    return dict(zip(bought.tolist(), counts.item_counts[bought].tolist(), strict=True))
