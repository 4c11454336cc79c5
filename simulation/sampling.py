"""Weighted draws for many rows at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class GroupedSampler:
    """Draws members of groups, each in proportion to its weight in its group.

    Attributes:
        members: Members sorted by group, shape (n_members,), int64.
        edges: Group number plus cumulative share within the group, shape (n_members,), float64, ascending.
        last: Position of each group's last member, shape (n_groups,), int64.
    """

    members: NDArray[np.int64]
    edges: NDArray[np.float64]
    last: NDArray[np.int64]

    def draw(self, rng: np.random.Generator, groups: NDArray[np.integer]) -> NDArray[np.int64]:
        """One member for each entry of `groups`, shape and order of `groups`."""
        position = np.searchsorted(self.edges, groups + rng.random(groups.shape), side="right")
        return np.asarray(self.members[np.minimum(position, self.last[groups])], dtype=np.int64)


def grouped_sampler(groups: NDArray[np.integer], weights: NDArray[np.float64]) -> GroupedSampler:
    """A sampler over positions 0..n-1 of `groups`.

    Args:
        groups: Group of each member, shape (n_members,); every number from 0 to the largest occurs.
        weights: Weight of each member, shape (n_members,), not negative, with a positive sum in each group.
    """
    members = np.argsort(groups, kind="stable")
    sizes = np.bincount(groups)
    ends = np.cumsum(sizes)
    cumulative = np.cumsum(weights[members])
    totals = cumulative[ends - 1]
    before = np.concatenate([[0.0], totals[:-1]])
    by_member = groups[members]
    edges = by_member + (cumulative - before[by_member]) / (totals - before)[by_member]
    return GroupedSampler(members.astype(np.int64), edges, (ends - 1).astype(np.int64))


def share_sampler(shares: NDArray[np.float64]) -> GroupedSampler:
    """A sampler over one group, positions 0..n-1, with these weights."""
    return grouped_sampler(np.zeros(len(shares), dtype=np.int64), shares)
