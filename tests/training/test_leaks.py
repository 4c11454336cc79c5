"""The future decides nothing that is counted before it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import training.lab
from models.evidence import Evidence, gather_evidence
from models.examples import Examples, examples_of
from models.histories import Histories
from models.pairs import proposed_pairs
from models.ranker import fit_ranker
from tests.models.worlds import HOUR_S, build
from training.contribution import cap_contributions
from training.lab import Lab
from training.learning import learn
from training.settings import TrainingSettings
from training.split import Slice, split_in_time
from training.steps import Steps

N_ITEMS = 12
N_PAST, N_FUTURE = 120, 60
SETTINGS = replace(TrainingSettings(), n_bootstrap=100)


def shop(future_seed: int, *, past_seed: int = 1) -> Histories:
    """A past that one seed decides; a future, and the prices that are not listed, that the other does."""
    past, future = np.random.default_rng(past_seed), np.random.default_rng(future_seed)

    def rows(rng: np.random.Generator, n: int) -> list[list[int]]:
        return [sorted(set(rng.integers(0, N_ITEMS, rng.integers(1, 5)).tolist())) for _ in range(n)]

    orders, sessions = (rows(past, N_PAST) + rows(future, N_FUTURE) for _ in range(2))
    people = [np.concatenate((past.integers(0, 30, N_PAST), future.integers(0, 60, N_FUTURE))) for _ in range(2)]
    histories = build(
        orders,
        n_items=N_ITEMS,
        shoppers=people[0].tolist(),
        sessions=sessions,
        session_shoppers=people[1].tolist(),
        categories=["a/b", "a/c", "d"] * 4,
        session_s=HOUR_S // 2,
    )
    listed = np.arange(N_ITEMS) % 2 == 0
    prices = np.where(listed, 100 * np.arange(1, N_ITEMS + 1), future.integers(1, 9_999, N_ITEMS))
    catalogue = replace(histories.catalogue, prices_minor=prices, price_is_listed=listed)
    return replace(histories, catalogue=catalogue)


def gathered(histories: Histories, until_s: int) -> Evidence:
    return gather_evidence(histories.before(until_s), SETTINGS.generators, 8, seed=0)


@settings(max_examples=8, deadline=None)
@given(future_seed=st.integers(2, 10_000), moment=st.sampled_from([N_PAST - 1, N_PAST]))
def test_another_future_changes_no_candidate_and_no_feature(future_seed: int, moment: int) -> None:
    until_s = moment * HOUR_S
    one, other = (gathered(shop(seed), until_s) for seed in (0, future_seed))
    assert one.candidates.keys() == other.candidates.keys()
    for name, own in one.candidates.items():
        theirs = other.candidates[name]
        assert own.indptr.tobytes() == theirs.indptr.tobytes(), name
        assert own.item.tobytes() == theirs.item.tobytes(), name
        assert own.score.tobytes() == theirs.score.tobytes(), name
    pairs = proposed_pairs(one.candidates, np.arange(N_ITEMS))
    assert len(pairs) > N_ITEMS
    assert one.table(pairs).tobytes() == other.table(pairs).tobytes()


def test_another_past_changes_candidates_and_features() -> None:
    one, other = (gathered(shop(0, past_seed=seed), N_PAST * HOUR_S) for seed in (1, 2))
    pairs = proposed_pairs(one.candidates, np.arange(N_ITEMS))
    assert one.table(pairs).tobytes() != other.table(pairs).tobytes()


class TestTheSlices:
    """What the rankers of a training were fitted on."""

    HISTORIES = build([sorted({n % 5, n * n % 7 % 5, n // 60 % 5}) for n in range(600)], n_items=5)

    @pytest.fixture
    def fits(self, monkeypatch: pytest.MonkeyPatch) -> list[list[bytes]]:
        """The orders of each slice, fit by fit."""
        held: list[tuple[Examples, bytes]] = []
        fits: list[list[bytes]] = []

        def examples(evidence: Evidence, later: Any, known: Any, **others: Any) -> Examples:
            made = examples_of(evidence, later, known, **others)
            held.append((made, later.toarray().tobytes()))
            return made

        def fit(slices: Any, *others: Any, **more: Any) -> Any:
            fits.append([next(orders for one, orders in held if one is each) for each in slices])
            return fit_ranker(slices, *others, **more)

        monkeypatch.setattr(training.lab, "examples_of", examples)
        monkeypatch.setattr(training.lab, "fit_ranker", fit)
        learn(self.HISTORIES, SETTINGS, n_threads=1, steps=Steps())
        return fits

    def orders_of(self, *, latest: bool) -> list[bytes]:
        split = split_in_time(self.HISTORIES, n_slices=3, validation_share=0.1, test_share=0.1)
        every = [*split.ranker, split.calibration, split.test]
        chosen = every[-3:] if latest else every[:3]
        return [self.HISTORIES.orders_items[each.first : each.end].toarray().tobytes() for each in chosen]

    def test_the_evaluated_ranker_is_fitted_before_the_calibration_slice(self, fits: list[list[bytes]]) -> None:
        assert fits[0] == self.orders_of(latest=False)

    def test_the_published_ranker_is_fitted_on_the_latest_slices(self, fits: list[list[bytes]]) -> None:
        assert fits[1:] == [self.orders_of(latest=True)]

    def test_the_two_are_told_apart_by_their_orders(self) -> None:
        assert not set(self.orders_of(latest=False)[:2]) & set(self.orders_of(latest=True)[1:])


def test_the_evidence_before_a_slice_knows_nothing_of_it_even_where_contributions_are_capped() -> None:
    tight = replace(SETTINGS, max_items_per_shopper=3)
    start = Slice(N_PAST * HOUR_S, N_PAST, N_PAST + N_FUTURE)
    seen = []
    for future_seed in (0, 7):
        histories = shop(future_seed)
        capped, _ = cap_contributions(histories, tight.max_items_per_shopper)
        past, evidence = Lab(capped, tight, 1, uncapped=histories).before(start)
        pairs = proposed_pairs(evidence.candidates, np.arange(N_ITEMS))
        seen.append((past.orders_items.toarray(), pairs.row, pairs.item, evidence.table(pairs)))
    assert len(seen[0][1]) > 0
    for one, other in zip(*seen, strict=True):
        np.testing.assert_array_equal(one, other)
