"""Example pages: chosen by a rule, read from the bundle."""

from pathlib import Path

import numpy as np

from models.bundle.reading import Bundle
from tests.training.trained import ITEMS, result_in
from training.report.examples import N_SHOWN, Example, examples_of, read_examples
from training.segments import by_popularity


def chosen(popularity: np.ndarray) -> list[tuple[str, int]]:
    return [(one.band, one.item_index) for one in examples_of(by_popularity(popularity), popularity)]


def test_twenty_different_items_seven_of_head_and_torso_and_six_of_the_tail() -> None:
    popularity = np.random.default_rng(0).permutation(np.arange(1, 401))
    pages = chosen(popularity)
    assert len({item for _, item in pages}) == 20
    assert [band for band, _ in pages] == ["head"] * 7 + ["torso"] * 7 + ["tail"] * 6


def test_they_are_evenly_spaced_by_how_well_the_items_sell() -> None:
    popularity = np.arange(1_000, 0, -1)
    tail = [item for band, item in chosen(popularity) if band == "tail"]
    assert np.ptp(np.diff(tail)) <= 1


def test_a_small_shop_has_as_many_as_it_has_items() -> None:
    assert sorted(item for _, item in chosen(np.array([3, 2, 1]))) == [0, 1, 2]


def test_a_page_is_read_in_the_order_of_its_list_without_alternatives(tmp_path: Path) -> None:
    bundle = Bundle.open(result_in(tmp_path).bundle)
    camera = ITEMS.index_of("camera")
    assert camera is not None
    (page,) = read_examples(bundle, (Example(camera, "head"),))
    assert page.thing.name == "camera"  # its id, where it has no title
    assert [(one.thing.name, round(one.probability, 3), one.relation) for one in page.proposed] == [
        ("card", 0.4, "accessory"),
        ("bag", 0.25, "accessory"),
        ("bulb", 0.01, "complement"),
    ]
    assert page.proposed[2].basis == "category"
    assert len(page.proposed) <= N_SHOWN


def test_an_item_without_a_list_is_a_page_all_the_same(tmp_path: Path) -> None:
    bundle = Bundle.open(result_in(tmp_path).bundle)
    (page,) = read_examples(bundle, (Example(0, "tail"),))
    assert page.proposed == ()
