"""Pictures of a tuning: of the right trials and settings."""

from models.ranker import RankerSettings
from training.evaluation import Figure
from training.tuning import Trial, Tuned
from training.tuning_plots import draw_history, draw_setting_importance


def tuned(*ndcg: float) -> Tuned:
    trials = tuple(
        Trial(number, RankerSettings(), Figure(value, value - 0.01, value + 0.01), (value,), 1.0)
        for number, value in enumerate(ndcg)
    )
    best = max(trials, key=lambda trial: trial.ndcg.value)
    return Tuned(trials, best, Figure(0.02, 0.01, 0.03), 0.015, {}, interrupted=False)


def test_the_history_rises_with_the_best_so_far_and_marks_the_best() -> None:
    trials, best_so_far, best, line = draw_history(tuned(0.2, 0.19, 0.22, 0.21), 10).axes[0].lines
    assert list(trials.get_ydata()) == [0.2, 0.19, 0.22, 0.21]
    assert list(best_so_far.get_ydata()) == [0.2, 0.2, 0.22, 0.22]
    assert (list(best.get_xdata()), list(best.get_ydata())) == ([2], [0.22])
    assert line.get_ydata()[0] == 0.2 + 0.015


def test_the_weightiest_setting_is_on_top() -> None:
    axes = draw_setting_importance({"num_leaves": 0.1, "learning_rate": 0.7, "objective": 0.2}).axes[0]
    by_height = sorted(zip(axes.get_yticks(), axes.get_yticklabels(), strict=True), key=lambda one: -one[0])
    assert [label.get_text() for _, label in by_height] == ["learning rate", "objective", "num leaves"]
