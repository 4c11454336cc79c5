"""What placements.yaml may say, and what is said of it when it is wrong."""

from dataclasses import fields, replace
from pathlib import Path

import pytest

from models.errors import InvalidInputError
from service.adapters.placements_file import KEYS, read_placements
from service.core.placements import PLACEMENTS, Moment, Placement, Restraint, with_bar

WHOLE = """
product_page: {max_results: 6, min_results: 2, min_probability: 0.05, max_price_share: 0.5}
cart: {max_category_share: 0.5, max_likeness: 1.1, min_probability: trained, moments: {buying: {bar_factor: 1.5}}}
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "placements.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_whole_file_is_read_and_the_rest_stays_as_it_is(tmp_path: Path) -> None:
    found = read_placements(written(tmp_path, WHOLE))
    own = PLACEMENTS["product_page"]
    assert found["product_page"] == replace(
        own, max_results=6, min_results=2, min_probability=0.05, max_price_share=0.5
    )
    assert found["cart"] == Placement(
        "cart", 3, max_category_share=0.5, max_likeness=1.1, moments={Moment.BUYING: Restraint(bar_factor=1.5)}
    )
    assert found["order_confirmation"] == PLACEMENTS["order_confirmation"]


def test_no_file_and_an_empty_one_are_the_defaults(tmp_path: Path) -> None:
    assert read_placements(None) == read_placements(written(tmp_path, "")) == PLACEMENTS


def test_every_manner_has_a_key() -> None:
    assert {*KEYS} == {field.name for field in fields(Placement)} - {"name", "needs_item"}


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    text = "checkout: {}\nproduct_page: {max_results: 0, loud: true}\ncart: {max_price_share: much, min_results: 4}\n"
    text += "order_confirmation: {min_results: 2, moments: {done: {max_results: 1, bar_factor: 0}, asleep: {}}}"
    with pytest.raises(InvalidInputError) as caught:
        read_placements(written(tmp_path, text))
    assert [fault.field for fault in caught.value.faults] == [
        "checkout",
        "product_page.loud",
        "product_page.max_results",
        "cart.max_price_share",
        "cart.min_results",
        "order_confirmation.moments.asleep",
        "order_confirmation.moments.done.bar_factor",
        "order_confirmation.min_results",
    ]


def test_one_bar_for_all_wins_over_the_file(tmp_path: Path) -> None:
    found = read_placements(written(tmp_path, WHOLE))
    assert {one.min_probability for one in with_bar(0.3, found).values()} == {0.3}
    assert with_bar(None, found) == found
