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
        link: First event of each device with its owner's account, shape (n_devices,), int64.
    """

    device: NDArray[np.int64]
    account: NDArray[np.int64]
    link: NDArray[np.int64]


def sight(events: Events, n_shoppers: int, n_devices: int, end: int) -> Sightings:
    """When each identity of a chunk was first seen."""
    online = events.device >= 0
    return Sightings(
        device=_first(events.device[online], events.time[online], n_devices, end),
        account=_first(events.shopper[events.signed_in], events.time[events.signed_in], n_shoppers, end),
        link=_first(events.device[online & events.signed_in], events.time[online & events.signed_in], n_devices, end),
    )


def _first(who: NDArray[np.int64], time: NDArray[np.int64], size: int, end: int) -> NDArray[np.int64]:
    first = np.full(size, end, dtype=np.int64)
    np.minimum.at(first, who, time)
    return first
