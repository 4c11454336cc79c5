from dataclasses import replace

import numpy as np
import pytest

from models.evidence import Evidence, gather_evidence
from models.generators.registry import GENERATORS
from models.histories import Histories
from models.pairs import proposed_pairs

NAMES = tuple(sorted(GENERATORS))


def gathered(histories: Histories, n_threads: int = 1) -> Evidence:
    return gather_evidence(histories, [GENERATORS[name]() for name in NAMES], 5, n_threads=n_threads, seed=3)


def whole_table(evidence: Evidence, n_items: int) -> bytes:
    return evidence.table(proposed_pairs(evidence.candidates, np.arange(n_items))).tobytes()


@pytest.fixture(scope="module")
def evidence(shop: Histories) -> Evidence:
    return gathered(shop)


def test_no_two_features_share_a_name(evidence: Evidence) -> None:
    names = [column.name for column in evidence.columns]
    assert sorted(set(names)) == sorted(names)


def test_every_feature_has_a_unit_and_a_description(evidence: Evidence) -> None:
    assert all(column.unit and column.description for column in evidence.columns)


def test_every_family_has_a_word(evidence: Evidence) -> None:
    of_each = ("orders", "buyers", "history_shoppers", "sessions", "favourite_share", "item_popularity", "price_ratio")
    assert set(of_each) <= {column.name for column in evidence.columns}


def test_every_family_fills_its_columns(evidence: Evidence) -> None:
    pairs = proposed_pairs(evidence.candidates, np.arange(3))
    for family in evidence.families:
        found = family.of(pairs)
        assert (found.shape, found.dtype) == ((len(pairs), len(family.columns)), np.float32)


def test_models_that_propose_have_a_word_on_all_pairs(evidence: Evidence) -> None:
    assert {"ease_weight", "als_cosine", "als_fold_in"} <= {column.name for column in evidence.columns}
    assert set(evidence.candidates) == set(NAMES)


def test_the_number_of_threads_changes_no_bit(shop: Histories, evidence: Evidence) -> None:
    assert whole_table(gathered(shop, n_threads=2), 40) == whole_table(evidence, 40)


def test_shuffling_the_future_changes_no_feature(shop: Histories) -> None:
    moment = int(shop.order_time_s[1_500])
    order = np.concatenate((np.arange(1_500), 1_500 + np.random.default_rng(1).permutation(500)))
    shuffled = replace(
        shop,
        orders_items=shop.orders_items[order],
        order_shopper=shop.order_shopper[order],
        sessions_items=shop.sessions_items[order],
        favourites_items=shop.favourites_items[order],
    )
    found = [whole_table(gathered(each.before(moment)), 40) for each in (shop, shuffled)]
    assert found[0] == found[1]
    assert whole_table(gathered(shop), 40) != whole_table(gathered(shuffled), 40)


def test_runs_hold_what_is_proposed_once(evidence: Evidence) -> None:
    anchors = np.array([1, 4, 30])
    expected = proposed_pairs(evidence.candidates, anchors)
    runs = list(evidence.runs(anchors))
    assert np.concatenate([run.anchor for run in runs]).tolist() == expected.anchor.tolist()
    assert np.concatenate([run.item for run in runs]).tolist() == expected.item.tolist()


def test_no_pairs_have_a_table_of_no_rows(evidence: Evidence) -> None:
    pairs = proposed_pairs(evidence.candidates, np.arange(1))
    assert evidence.table(pairs.only(np.zeros(len(pairs), np.bool_))).shape == (0, len(evidence.columns))
