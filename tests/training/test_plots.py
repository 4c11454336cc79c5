"""Pictures: one file each, of the right things."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure as Picture

from tests.training.trained import REPORT, evaluation, result_in
from training.plots import draw_differences, draw_events, draw_figures, draw_list_lengths, draw_plots

PNG = b"\x89PNG"
OF_FIGURES = {"ranker_minus_others.png", "hit_rate.png", "ndcg.png"}
OF_THE_REST = {"events.png", "list_lengths.png", "probabilities.png"}


def rows(picture: Picture) -> list[str]:
    """The rows' labels from the top."""
    return [label.get_text() for label in picture.axes[0].get_yticklabels()][::-1]


def test_every_picture_is_a_png_file(tmp_path: Path) -> None:
    result = result_in(tmp_path)
    plots = tmp_path / "plots"
    plots.mkdir()
    draw_plots(result, plots)
    assert {path.name for path in plots.iterdir()} == OF_FIGURES | OF_THE_REST
    assert all(path.read_bytes().startswith(PNG) for path in plots.iterdir())


def test_without_figures_there_are_no_pictures_of_them(tmp_path: Path) -> None:
    result = result_in(tmp_path, scored=False)
    plots = tmp_path / "plots"
    plots.mkdir()
    draw_plots(result, plots)
    assert {path.name for path in plots.iterdir()} == OF_THE_REST


def test_the_best_method_is_on_top_and_ours_in_bold() -> None:
    picture = draw_figures(evaluation(ranker=0.2, published=0.19, popularity=0.1, pair_counts=0.25), "NDCG", "NDCG")
    assert rows(picture) == ["pair counts", "ranker", "published", "popularity"]
    weights = {label.get_text(): label.get_fontweight() for label in picture.axes[0].get_yticklabels()}
    assert [name for name, weight in weights.items() if weight == "bold"] == ["published", "ranker"]


def test_differences_are_to_methods_that_are_not_ours() -> None:
    assert rows(draw_differences(evaluation(ranker=0.2, published=0.19, popularity=0.1, als=0.15), "NDCG", "NDCG")) == [
        "popularity",
        "als",
    ]


def test_events_are_told_by_what_became_of_them() -> None:
    assert rows(draw_events(REPORT))[::-1] == [
        "used: view",
        "used: purchase",
        "left out: denied",
        "left out: never asked",
        "quarantined: quantity is not a whole number above 0",
    ]


def test_a_bar_of_list_lengths_covers_as_many_lengths_as_its_neighbour() -> None:
    picture = draw_list_lengths(np.arange(65))
    heights = [bar.get_height() for bar in picture.axes[0].patches]
    assert heights == [2] * 32
