import numpy as np

from models.candidates import Candidates
from models.pairs import proposed_pairs, runs_of_pairs
from tests.models.worlds import pairs_of


def lists(*of_anchors: list[int]) -> Candidates:
    item = np.array([item for own in of_anchors for item in own], np.int32)
    indptr = np.concatenate(([0], np.cumsum([len(own) for own in of_anchors]))).astype(np.int64)
    return Candidates(indptr, item, np.ones(len(item), np.float32))


CANDIDATES = {"one": lists([2, 1], [], [0], []), "other": lists([3, 1], [2], [], [])}


def test_what_any_generator_proposes_is_a_pair_once_in_order_of_anchor_and_item() -> None:
    pairs = proposed_pairs(CANDIDATES, np.arange(4))
    assert list(zip(pairs.anchor.tolist(), pairs.item.tolist(), strict=True)) == [
        (0, 1),
        (0, 2),
        (0, 3),
        (1, 2),
        (2, 0),
    ]


def test_rows_are_places_among_the_anchors_asked_for() -> None:
    pairs = proposed_pairs(CANDIDATES, np.array([1, 3, 2][::2]))
    assert (pairs.row.tolist(), pairs.anchor.tolist(), pairs.item.tolist()) == ([0, 1], [1, 2], [2, 0])


def test_some_of_the_pairs_keep_the_run_of_anchors() -> None:
    some = pairs_of((0, 1), (4, 2)).only(np.array([False, True]))
    assert (some.anchors.tolist(), some.row.tolist(), some.anchor.tolist(), len(some)) == ([0, 4], [1], [4], 1)


def test_runs_hold_so_many_proposals_or_one_anchor() -> None:
    runs = runs_of_pairs(CANDIDATES, np.arange(4), n_pairs=2)
    assert [run.tolist() for run in runs] == [[0], [1, 2, 3]]
