"""Rows on disk, cut by time, so that a history larger than memory can be sorted."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


class Spill:
    """Collects rows of one dtype in files, one a slice of time, and hands the slices back in order."""

    def __init__(self, folder: Path, dtype: np.dtype[np.void], edges: NDArray[np.int64]) -> None:
        """Nothing yet.

        Args:
            folder: An empty directory that the caller removes.
            dtype: With a field "time".
            edges: Inner bounds of the slices, ascending; n edges make n + 1 slices.
        """
        self._paths = [folder / f"{number}.rows" for number in range(len(edges) + 1)]
        self._dtype = dtype
        self._edges = edges

    @property
    def n_slices(self) -> int:
        """Number of slices."""
        return len(self._paths)

    def nothing(self) -> NDArray[np.void]:
        """No rows, of the spill's dtype."""
        return np.empty(0, dtype=self._dtype)

    def add(self, rows: NDArray[np.void]) -> None:
        """Appends rows, in any order, to the slices they belong to."""
        place = np.searchsorted(self._edges, rows["time"], side="right")
        rows = rows[np.argsort(place, kind="stable")]
        ends = np.cumsum(np.bincount(place, minlength=self.n_slices))
        for path, part in zip(self._paths, np.split(rows, ends[:-1]), strict=True):
            with path.open("ab") as file:
                part.tofile(file)

    def slices(self) -> Iterator[NDArray[np.void]]:
        """The rows of each slice of time, in the order they were added; every file is removed once read."""
        for path in self._paths:
            yield np.fromfile(path, dtype=self._dtype) if path.exists() else self.nothing()
            path.unlink(missing_ok=True)
