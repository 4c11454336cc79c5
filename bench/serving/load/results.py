"""What came of calls: one by one, and in a few figures."""

from collections import Counter
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

SHARES = (0.5, 0.9, 0.99, 0.999)


class Status(IntEnum):
    """gRPC's codes, as far as they are met here, and what a client alone can say."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    UNAUTHENTICATED = 16
    LOST = 20
    """The connection ended under the call."""
    NO_CONNECTION = 21
    """There was none to send it on."""
    UNANSWERED = 22
    """It had not ended when the client did."""


def name_of(status: int) -> str:
    """The status in words."""
    return Status(status).name if status in set(Status) else str(status)


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """Calls in the order in which they were due.

    Attributes:
        due_s: When each was to be made, from the start of the load; shape (n_calls,), float64.
        took_s: From then to its end, shape (n_calls,), float64.
        status: Shape (n_calls,), uint8, as in Status.
        late_s: From when each was due until the client made it, shape (n_calls,), float64: a client that cannot keep
            up measures itself.
    """

    due_s: NDArray[np.float64]
    took_s: NDArray[np.float64]
    status: NDArray[np.uint8]
    late_s: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.status)

    def where(self, wanted: NDArray[np.bool_]) -> "Results":
        """Some of the calls."""
        return Results(self.due_s[wanted], self.took_s[wanted], self.status[wanted], self.late_s[wanted])

    def of(self, *statuses: int) -> "Results":
        """Calls that ended so."""
        return self.where(np.isin(self.status, statuses))

    def due_within(self, first_s: float, last_s: float) -> "Results":
        """Calls that were due in this time, from the start of the load."""
        return self.where((self.due_s >= first_s) & (self.due_s < last_s))

    @property
    def counts(self) -> Counter[int]:
        """Calls by status."""
        return Counter(self.status.tolist())

    @property
    def n_failed(self) -> int:
        """Calls that are not OK."""
        return int(np.count_nonzero(self.status != Status.OK))

    def percentile_ms(self, share: float) -> float:
        """The time within which so large a share of the calls ended, in milliseconds; the longest for 1."""
        return _quantile_ms(self.took_s, share)

    def late_ms(self, share: float) -> float:
        """The same of how late the client made them."""
        return _quantile_ms(self.late_s, share)

    def figures(self) -> str:
        """p50, p90, p99, p99.9 and the longest, in milliseconds."""
        return " ".join(f"{self.percentile_ms(share):8.2f}" for share in (*SHARES, 1.0))

    def told(self) -> str:
        """How many ended how."""
        return ", ".join(f"{name_of(status)} {n_calls:,}" for status, n_calls in sorted(self.counts.items()))


HEADINGS = f"{'p50':>8} {'p90':>8} {'p99':>8} {'p99.9':>8} {'max':>8}"
"""Over `figures`."""


def _quantile_ms(seconds: NDArray[np.float64], share: float) -> float:
    return float(np.quantile(seconds, share, method="higher")) * 1000 if len(seconds) else float("nan")
