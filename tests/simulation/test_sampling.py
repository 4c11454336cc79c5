import numpy as np
import pytest

from simulation.sampling import grouped_sampler, share_sampler


def test_members_are_drawn_from_their_group_in_proportion_to_their_weight() -> None:
    sampler = grouped_sampler(np.array([1, 0, 1, 0, 1]), np.array([1.0, 3.0, 2.0, 1.0, 1.0]))

    drawn = sampler.draw(np.random.default_rng(0), np.repeat([0, 1], 40_000))

    first = np.bincount(drawn[:40_000], minlength=5) / 40_000
    second = np.bincount(drawn[40_000:], minlength=5) / 40_000
    assert first == pytest.approx([0, 0.75, 0, 0.25, 0], abs=0.01)
    assert second == pytest.approx([0.25, 0, 0.5, 0, 0.25], abs=0.01)


def test_a_member_without_weight_is_never_drawn() -> None:
    drawn = share_sampler(np.array([0.0, 1.0, 0.0, 1.0, 0.0])).draw(
        np.random.default_rng(0), np.zeros(10_000, dtype=int)
    )

    assert set(drawn.tolist()) == {1, 3}
