import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.items import Catalogue, ItemIndex


@given(st.lists(st.text(min_size=1)))
def test_ids_go_to_indices_and_back(item_ids: list[str]) -> None:
    index = ItemIndex(item_ids)
    assert {index.ids[i] for i in index.indices_of(item_ids)} == set(item_ids)


@given(st.lists(st.text(min_size=1)))
def test_the_order_of_the_ids_does_not_matter(item_ids: list[str]) -> None:
    assert ItemIndex(item_ids).ids == ItemIndex(reversed(item_ids)).ids


def test_an_unknown_item_is_none_and_minus_one() -> None:
    index = ItemIndex(["b", "a"])
    assert index.index_of("c") is None
    assert index.indices_of(["a", "c", "b"]).tolist() == [0, -1, 1]


def test_categories_are_numbered_in_order_and_unknown_ones_are_minus_one() -> None:
    catalogue = Catalogue(("", "", ""), ("b", "", "a"), np.zeros(3, np.int64), np.ones(3, np.bool_))
    names, codes = catalogue.category_codes()
    assert names == ("a", "b")
    assert codes.tolist() == [1, -1, 0]
