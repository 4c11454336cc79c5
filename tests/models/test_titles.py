import numpy as np
import pytest

from models import titles as module
from models.titles import read_titles


def pair(left: int, right: int) -> tuple[np.ndarray, np.ndarray]:
    return np.array([left]), np.array([right])


def test_the_same_words_are_wholly_similar_and_no_shared_word_not_at_all() -> None:
    titles = read_titles(["Vela camera M5", "camera M5, VELA", "green tea", "tea, green", "case"])
    assert titles.similarity(*pair(0, 1))[0] == pytest.approx(1.0)
    assert titles.similarity(*pair(0, 2))[0] == 0.0


def test_similarity_is_the_cosine_of_idf_weighted_words() -> None:
    titles = read_titles(["vela camera", "vela case", "solis camera", "solis case", "camera", "camera"])
    vela, camera, case = np.log(6 / 2), np.log(6 / 4), np.log(6 / 2)
    expected = vela**2 / (np.hypot(vela, camera) * np.hypot(vela, case))
    assert titles.similarity(*pair(0, 1))[0] == pytest.approx(expected, rel=1e-5)


def test_the_rarest_shared_word_decides() -> None:
    titles = read_titles(["vela camera", "vela camera", "camera", "camera", "tea", "tea"])
    both, common = titles.rarest_shared_word(np.array([0, 0]), np.array([1, 2]))
    assert both == pytest.approx(np.log(6 / 2) / np.log(6), rel=1e-5)
    assert common == pytest.approx(np.log(6 / 4) / np.log(6), rel=1e-5)


def test_a_word_of_one_title_counts_for_nothing() -> None:
    titles = read_titles(["vela camera", "vela", "vela limited", "tea"])
    assert titles.similarity(*pair(0, 1))[0] == pytest.approx(1.0)


def test_a_word_of_very_many_titles_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["blue vela", "blue vela", "blue tea", "blue tea"]
    assert read_titles(names).items_words.shape[1] == 3
    monkeypatch.setattr(module, "MAX_TITLES_OF_WORD", 3)
    assert read_titles(names).items_words.shape[1] == 2


@pytest.mark.parametrize("names", [["", ""], ["one", "two"], ["only"], []])
def test_titles_that_share_nothing_are_not_similar(names: list[str]) -> None:
    titles = read_titles(names)
    every = np.arange(len(names))
    assert titles.items_words.shape[0] == len(names)
    assert titles.similarity(every, every).tolist() == [0.0] * len(names)


def test_many_pairs_are_compared_in_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    titles = read_titles(["vela camera", "vela case", "solis camera", "solis case"])
    anchor, item = np.repeat(np.arange(4), 4), np.tile(np.arange(4), 4)
    at_once = titles.similarity(anchor, item)
    monkeypatch.setattr(module, "CHUNK_PAIRS", 3)
    assert titles.similarity(anchor, item).tolist() == at_once.tolist()
