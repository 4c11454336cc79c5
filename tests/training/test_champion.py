"""Which of the champion's lists a training is compared with, and that none of them has seen its test slice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.bundle.reading import Bundle
from models.candidates import Candidates
from models.items import ItemIndex
from tests.training.lamps import shop_world
from tests.training.trained import ITEMS, write_pairs
from training.champion import NO_CHAMPION, Champion, ListsOfChampion, champion_lists, comparison_with
from training.evaluation import Figure
from training.holdout import Holdout, HoldoutError, read_holdout, write_holdout
from training.pipeline import train
from training.result import TrainingResult
from training.settings import TrainingSettings

LAST_DAY = datetime(2026, 6, 30, tzinfo=UTC)
AFTER_S = int((LAST_DAY + timedelta(days=1)).timestamp())
HOLDOUT_S = int(datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp())


def holdout(test_s: int = HOLDOUT_S) -> Holdout:
    """On the page of camera, lamp and then bag."""
    lists = Candidates(
        np.array([0, 0, 0, 2, 2, 2]), ITEMS.indices_of(["lamp", "bag"]), np.array([0.5, 0.25], np.float32)
    )
    return Holdout(ITEMS, lists, test_s)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A bundle whose last event was some time on LAST_DAY."""
    directory = tmp_path_factory.mktemp("champion") / "bundle"
    write_pairs(directory)
    opened = Bundle.open(directory)
    opened.manifest["training"]["last_event"] = LAST_DAY.date().isoformat()
    return opened


@pytest.fixture(scope="module")
def champion(bundle: Bundle) -> Champion:
    return Champion(3, bundle, holdout(), {})


def ids_of(lists: Candidates | None, items: ItemIndex, anchor: str) -> list[str]:
    assert lists is not None
    index = items.index_of(anchor)
    assert index is not None
    return [items.ids[item] for item in lists.of(index)]


def test_a_bundle_whose_last_day_was_over_is_compared_as_new_lists_are(champion: Champion) -> None:
    # No alternatives, and none of the pairs that rest on titles: new lists are scored without them.
    assert ids_of(champion_lists(champion, ITEMS, AFTER_S), ITEMS, "camera") == ["card", "bag"]
    assert comparison_with(champion, AFTER_S).says.endswith("scored as it is, counted up to 2026-06-30.")


def test_a_bundle_whose_last_day_was_under_way_gives_way_to_the_holdout_lists(champion: Champion) -> None:
    assert ids_of(champion_lists(champion, ITEMS, AFTER_S - 1), ITEMS, "camera") == ["lamp", "bag"]
    assert "holdout lists, counted before 2026-06-01" in comparison_with(champion, AFTER_S - 1).says


def test_the_same_data_again_are_compared_by_the_holdout_lists(champion: Champion) -> None:
    assert champion_lists(champion, ITEMS, HOLDOUT_S) is not None


def test_no_fair_comparison_is_said_with_every_reason(champion: Champion) -> None:
    assert champion_lists(champion, ITEMS, HOLDOUT_S - 1) is None
    comparison = comparison_with(champion, HOLDOUT_S - 1)
    assert not comparison.is_fair
    assert comparison.says == (
        "No fair comparison with the champion, version 3: its bundle may have seen the test slice; its holdout lists "
        "have seen some of it."
    )
    unread = replace(champion, bundle=None, holdout=None, unread=("its bundle is of another release",))
    assert "its bundle is of another release" in comparison_with(unread, AFTER_S).says


def test_without_a_test_slice_or_a_champion_nothing_is_compared(champion: Champion) -> None:
    assert not comparison_with(champion, None).is_fair
    assert comparison_with(None, AFTER_S) == NO_CHAMPION


@given(test_s=st.integers(HOLDOUT_S - 90_000, AFTER_S + 90_000), holdout_s=st.integers(HOLDOUT_S, AFTER_S + 90_000))
def test_lists_with_an_event_at_or_after_the_test_slice_are_never_compared(
    bundle: Bundle, test_s: int, holdout_s: int
) -> None:
    champion = Champion(3, bundle, holdout(holdout_s), {})
    lists = champion_lists(champion, ITEMS, test_s)
    assert comparison_with(champion, test_s).is_fair == (lists is not None)
    if lists is None:
        assert test_s < AFTER_S
        assert test_s < holdout_s
        return
    # An event of the bundle may have been in the last second of its last day; one of the holdout lists, in the
    # second before its cut.
    is_bundle = ids_of(lists, ITEMS, "camera")[0] == "card"
    latest_event_s = AFTER_S - 1 if is_bundle else holdout_s - 1
    assert latest_event_s < test_s


def test_a_bundle_that_does_not_say_when_it_ends_is_not_compared(champion: Champion, tmp_path: Path) -> None:
    write_pairs(tmp_path / "bundle")
    silent = replace(champion, bundle=Bundle.open(tmp_path / "bundle"), holdout=None)
    assert champion_lists(silent, ITEMS, AFTER_S + 10**9) is None


def test_lists_come_in_the_indices_of_the_training_and_without_items_it_does_not_know(champion: Champion) -> None:
    items = ItemIndex(["aaa", "bag", "camera", "card", "zebra"])
    lists = champion_lists(champion, items, AFTER_S)
    assert lists is not None
    assert lists.n_items == len(items)
    assert ids_of(lists, items, "camera") == ["card", "bag"]
    assert ids_of(lists, items, "card") == ["bag"]
    assert [ids_of(lists, items, anchor) for anchor in ("aaa", "bag", "zebra")] == [[], [], []]


def test_holdout_lists_read_back_as_they_were(tmp_path: Path) -> None:
    sha256 = write_holdout(holdout(), tmp_path / "held")
    read = read_holdout(tmp_path / "held", expected_sha256=sha256)
    assert (read.items.ids, read.test_s) == (ITEMS.ids, HOLDOUT_S)
    assert read.lists.indptr.tolist() == [0, 0, 0, 2, 2, 2]
    assert ids_of(read.lists, ITEMS, "camera") == ["lamp", "bag"]
    assert read.lists.score.tolist() == [0.5, 0.25]
    assert write_holdout(holdout(), tmp_path / "again") == sha256


def test_holdout_lists_hold_items_and_lists_and_nothing_else(tmp_path: Path) -> None:
    write_holdout(holdout(), tmp_path / "held")
    assert {path.name for path in (tmp_path / "held").iterdir()} == {
        "manifest.json",
        "item_id_bytes.npy",
        "item_id_offsets.npy",
        "list_indptr.npy",
        "list_item.npy",
        "list_probability.npy",
    }


@pytest.mark.parametrize("name", ["manifest.json", "list_item.npy"])
def test_holdout_lists_that_were_changed_are_refused(tmp_path: Path, name: str) -> None:
    sha256 = write_holdout(holdout(), tmp_path / "held")
    path = tmp_path / "held" / name
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(HoldoutError, match=r"not what was written|not the registered one"):
        read_holdout(tmp_path / "held", expected_sha256=sha256)


def test_a_missing_file_of_holdout_lists_is_told(tmp_path: Path) -> None:
    sha256 = write_holdout(holdout(), tmp_path / "held")
    (tmp_path / "held" / "list_item.npy").unlink()
    with pytest.raises(HoldoutError, match=r"list_item\.npy"):
        read_holdout(tmp_path / "held", expected_sha256=sha256)


def test_a_training_scores_the_champions_lists_and_publishes_the_same_bytes(tmp_path: Path) -> None:
    inputs = shop_world(n_orders=600).write(tmp_path / "shop")
    settings = replace(TrainingSettings(), n_bootstrap=100)

    def trained(name: str, champion: ListsOfChampion | None) -> TrainingResult:
        return train(inputs, settings, tmp_path / name, quarantine=tmp_path / "bad", n_threads=1, champion=champion)

    alone = trained("alone", None)
    held = alone.holdout
    assert held is not None
    assert alone.evaluation is not None
    assert "champion" not in alone.evaluation.figures

    asked: list[int] = []

    def same(items: ItemIndex, test_s: int) -> Candidates | None:
        asked.append(test_s)
        return champion_lists(Champion(1, None, held, {}), items, test_s)

    beside = trained("beside", same)
    assert asked == [held.test_s]
    assert beside.fingerprint == alone.fingerprint
    assert beside.evaluation is not None
    assert beside.evaluation.figures["champion"] == beside.evaluation.figures["published"]
    assert beside.evaluation.published_differences["champion"]["NDCG"] == Figure(0, 0, 0)
