"""Coverage: how much of the shop do the lists ever show?"""

import numpy as np
from numpy.typing import NDArray


def coverage(shown: NDArray[np.int32], n_known: int) -> float:
    """Share of the known items that appear on any list.

    Args:
        shown: Known items at each rank, -1 past the list's end, shape (n_cases, k).
        n_known: Known items in all, 1 or more.

    Ge, Delgado-Battenfeld and Jannach (2010), Beyond Accuracy: catalogue coverage.
    """
    return len(np.unique(shown[shown >= 0])) / n_known


def lost_coverage(
    shown: NDArray[np.int32], n_known: int, cluster: NDArray[np.int64], n_clusters: int
) -> NDArray[np.float64]:
    """How much coverage would be lost without each cluster of cases: what a jackknife needs.

    Args:
        shown: As for coverage.
        n_known: As for coverage.
        cluster: Dense number of each case's cluster, shape (n_cases,).
        n_clusters: Clusters in all.

    Returns:
        Share of the known items that this cluster shows and no other does, shape (n_clusters,).
    """
    present = shown >= 0
    item = shown[present].astype(np.int64)
    by = np.broadcast_to(cluster[:, None], shown.shape)[present]
    pairs = np.unique(item * n_clusters + by)
    _, first, n_showing = np.unique(pairs // n_clusters, return_index=True, return_counts=True)
    alone = pairs[first[n_showing == 1]] % n_clusters
    return np.asarray(np.bincount(alone, minlength=n_clusters) / n_known, dtype=np.float64)
