"""Which visitor turned out to be which customer, and when each was first seen."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.events import Events


@dataclass(frozen=True, slots=True)
class Sightings:
    """First moments in a chunk, microseconds since the start, `end` where there was none.

    Attributes:
        device: First event of each device, shape (n_devices,), int64.
        account: First event of each account, shape (n_shoppers,), int64.
        linked_device: Device of each pair seen together with an account, shape (n_links,), int64.
        linked_account: Its account, shape (n_links,), int64.
        linked: First event of the pair, shape (n_links,), int64.
    """

    device: NDArray[np.int64]
    account: NDArray[np.int64]
    linked_device: NDArray[np.int64]
    linked_account: NDArray[np.int64]
    linked: NDArray[np.int64]


def sight(events: Events, n_shoppers: int, n_devices: int, end: int) -> Sightings:
    """When each identity of a chunk was first seen."""
    online, known = events.device >= 0, events.signed_in
    together = online & known
    pairs, pair = np.unique(events.device[together] * n_shoppers + events.shopper[together], return_inverse=True)
    return Sightings(
        device=_first(events.device[online], events.time[online], n_devices, end),
        account=_first(events.shopper[known], events.time[known], n_shoppers, end),
        linked_device=pairs // n_shoppers,
        linked_account=pairs % n_shoppers,
        linked=_first(pair, events.time[together], len(pairs), end),
    )


def _first(who: NDArray[np.int64], time: NDArray[np.int64], size: int, end: int) -> NDArray[np.int64]:
    first = np.full(size, end, dtype=np.int64)
    np.minimum.at(first, who, time)
    return first
