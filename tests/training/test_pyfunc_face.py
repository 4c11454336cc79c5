"""The registered model's answers, and what it refuses."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from mlflow.exceptions import MlflowException

from models.bundle.contents import BASES, RELATIONS
from models.bundle.reading import Bundle
from tests.training.trained import ITEMS, PAIRS, write_pairs
from training import pyfunc_face
from training.pyfunc_face import Face


@pytest.fixture
def face(tmp_path: Path) -> Face:
    write_pairs(tmp_path / "bundle")
    face = Face()
    face.load_context(SimpleNamespace(artifacts={"bundle": str(tmp_path / "bundle")}))
    return face


def ask(face: Face, *item_ids: str, **params: Any) -> list[tuple[Any, ...]]:
    answer = face.predict(pd.DataFrame({"item_id": item_ids}), params)
    return list(answer.itertuples(index=False, name=None))


def test_rows_are_in_the_order_of_request_and_rank(face: Face) -> None:
    assert ask(face, "lamp", "camera") == [
        (0, 1, "bulb", 0.5, "refill", "purchases"),
        (1, 1, "card", pytest.approx(0.4), "accessory", "purchases"),
        (1, 2, "bag", 0.25, "accessory", "purchases"),
        (1, 3, "bulb", pytest.approx(0.01), "complement", "category"),
    ]


def test_an_item_without_a_list_or_unknown_has_no_rows(face: Face) -> None:
    assert [row[0] for row in ask(face, "bulb", "teapot", "card")] == [2]


def test_an_item_asked_twice_is_answered_twice(face: Face) -> None:
    assert [row[:3] for row in ask(face, "card", "card")] == [(0, 1, "bag"), (1, 1, "bag")]


def test_max_results_cuts_each_list(face: Face) -> None:
    assert [row[2] for row in ask(face, "camera", "lamp", max_results=1)] == ["card", "bulb"]


def test_an_alternative_is_never_shown_and_takes_no_place(face: Face) -> None:
    assert [row[1:3] for row in ask(face, "lamp", max_results=1)] == [(1, "bulb")]


def test_min_probability_leaves_out_what_is_below_and_keeps_what_is_level(face: Face) -> None:
    assert [row[2] for row in ask(face, "camera", min_probability=0.25)] == ["card", "bag"]


def test_the_columns_have_the_same_types_with_and_without_rows(face: Face) -> None:
    some = face.predict(pd.DataFrame({"item_id": ["camera"]})).dtypes
    none = face.predict(pd.DataFrame({"item_id": ["teapot"]})).dtypes
    assert some.to_dict() == none.to_dict()
    assert list(some.index) == ["request", "rank", "item_id", "probability", "relation", "basis"]
    assert [some["request"], some["rank"], some["probability"]] == ["int64", "int64", "float64"]


def test_all_faults_are_told_together(face: Face) -> None:
    with pytest.raises(MlflowException) as raised:
        face.predict(pd.DataFrame({"sku": ["camera"]}), {"max_results": 0, "min_probability": float("nan")})
    assert all(name in str(raised.value) for name in ("item_id", "max_results", "min_probability"))


def test_it_reads_a_bundle_as_the_bundles_own_reader_does(face: Face, tmp_path: Path) -> None:
    bundle = Bundle.open(tmp_path / "bundle")
    assert face.ids.tolist() == [bundle.item_id(index) for index in range(bundle.n_items)]
    expected = [
        (ITEMS.index_of(anchor), item_id, RELATIONS[relation])
        for anchor in sorted(PAIRS)
        for item_id, _, relation, _ in PAIRS[anchor]
        if RELATIONS[relation] != "alternative"
    ]
    answer = ask(face, *ITEMS.ids)
    assert [(request, item_id, relation) for request, _, item_id, _, relation, _ in answer] == expected


def test_relations_have_the_names_of_the_bundle() -> None:
    assert pyfunc_face.RELATIONS == RELATIONS


def test_bases_have_the_names_of_the_bundle() -> None:
    assert pyfunc_face.BASES == BASES
