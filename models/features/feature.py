"""A feature and the protocol of everything that computes some."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from models.pairs import Pairs


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of the ranker's table.

    Attributes:
        name: A short word, unique among all features.
        unit: What one of it is, for instance "share of orders" or "days".
        description: What it measures, a clause.
    """

    name: str
    unit: str
    description: str


class Features(Protocol):
    """A family of features, prepared once for some histories. Same histories, same bits, at any number of threads."""

    @property
    def columns(self) -> tuple[Feature, ...]:
        """The features, in the order of the columns."""

    @property
    def n_products(self) -> NDArray[np.int64]:
        """Work behind each anchor, shape (n_items,): what memory grows with. 0 where nothing is counted."""

    def of(self, pairs: Pairs) -> NDArray[np.float32]:
        """Values of the pairs, shape (n_pairs, n_columns), float32; NaN where a value is not known."""


NO_PRODUCTS = np.zeros(1, np.int64)
"""For families that count nothing; adds to any shape."""


def share(part: NDArray[np.floating], whole: NDArray[np.floating]) -> NDArray[np.float32]:
    """part / (whole + 1): one more row without the pair, so that one of one is no certainty; shape as given."""
    return np.asarray(part / (whole + 1.0), dtype=np.float32)


def table_of(columns: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
    """The columns side by side, shape (n_pairs, n_columns), float32."""
    table = np.empty((len(columns[0]), len(columns)), np.float32)
    for number, column in enumerate(columns):
        table[:, number] = column
    return table
