"""Intervals of figures whose cases come in clusters: orders are drawn anew, and their cases with them."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95
CHUNK_CELLS = 4_000_000  # weights held at once: 32 MB of int64

Z_95 = 1.959963984540054  # the standard normal's 97.5 % point


def resampled_ratios(
    numerators: NDArray[np.float64], denominators: NDArray[np.float64], *, n_bootstrap: int, seed: int
) -> NDArray[np.float64]:
    """Each figure over again, from as many clusters drawn with replacement, shape (n_bootstrap, n_figures).

    A figure is a sum over clusters divided by another: a mean over cases is its sum over the number of cases.
    All figures see the same draws, so the difference of two columns is a paired one.

    Args:
        numerators: Shape (n_clusters, n_figures).
        denominators: Shape (n_clusters, n_figures); a draw whose denominators sum to 0 has the figure 0.
        n_bootstrap: Draws.
        seed: Seed of the draws.

    Efron (1979), Bootstrap Methods: Another Look at the Jackknife; Field and Welsh (2007), Bootstrapping
    Clustered Data: whole clusters are drawn.
    """
    # Figures that are alike come out alike to the last bit: on some processors a product's last digit goes by the place
    # of its column.
    (above, place_above), (under, place_under) = _distinct(numerators), _distinct(denominators)
    drawn = []
    for weights in _draws(len(numerators), n_bootstrap, seed):
        below = (weights @ under)[:, place_under]
        drawn.append(np.divide((weights @ above)[:, place_above], below, out=np.zeros_like(below), where=below > 0))
    return np.concatenate(drawn)


def percentile_interval(resampled: NDArray[np.float64]) -> tuple[float, float]:
    """The middle 95 % of the resampled figures."""
    low, high = np.quantile(resampled, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


def jackknife_half_width(lost: NDArray[np.float64]) -> float:
    """Half a 95 % interval, from how much the figure loses without each cluster in turn.

    For figures that a bootstrap gets wrong, such as a number of distinct items: a draw repeats clusters, so it
    always holds fewer. The jackknife's variance errs on the wide side.

    Args:
        lost: Shape (n_clusters,).

    Efron and Stein (1981), The Jackknife Estimate of Variance.
    """
    n = len(lost)
    return float(Z_95 * np.sqrt((n - 1) / n * np.square(lost - lost.mean()).sum()))


def _distinct(columns: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """The distinct columns, and the place among them of each."""
    distinct, place = np.unique(columns, axis=1, return_inverse=True)
    return distinct, place.ravel()


def _draws(n_clusters: int, n_bootstrap: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """How often each cluster is drawn, in chunks of shape (n_draws, n_clusters)."""
    rng = np.random.default_rng(seed)
    share = np.full(n_clusters, 1 / n_clusters)
    chunk = max(1, CHUNK_CELLS // n_clusters)
    for start in range(0, n_bootstrap, chunk):
        yield rng.multinomial(n_clusters, share, size=min(chunk, n_bootstrap - start)).astype(np.float64)
