"""Coverage: how much of the shop do the lists ever show?"""

import numpy as np
from numpy.typing import NDArray


def times_shown_alone(
    shown: NDArray[np.int32], cluster: NDArray[np.int32], n_clusters: int
) -> tuple[int, NDArray[np.int64]]:
    """Distinct items on all lists, and for each cluster of cases how many of them no other cluster shows.

    The second is what a jackknife of the first needs: without that cluster, so many items fewer are shown.

    Args:
        shown: Item at each rank, -1 past the list's end, shape (n_cases, k).
        cluster: Dense number of each case's cluster, shape (n_cases,).
        n_clusters: Clusters in all.
    """
    present = shown >= 0
    item = shown[present].astype(np.int64)
    by = np.broadcast_to(cluster[:, None], shown.shape)[present].astype(np.int64)
    pair = np.unique(item * n_clusters + by)
    distinct, first, n_clusters_of = np.unique(pair // max(n_clusters, 1), return_index=True, return_counts=True)
    alone = pair[first[n_clusters_of == 1]] % max(n_clusters, 1)
    return len(distinct), np.bincount(alone, minlength=n_clusters).astype(np.int64)


def coverage(shown: NDArray[np.int32], n_known: int) -> float:
    """Share of the known items that appear on any list.

    Args:
        shown: Known items at each rank, -1 past the list's end, shape (n_cases, k).
        n_known: Known items in all, 1 or more.

    Ge, Delgado-Battenfeld and Jannach (2010), Beyond Accuracy: catalogue coverage.
    """
    return len(np.unique(shown[shown >= 0])) / n_known
