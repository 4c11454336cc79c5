"""Tables for data scientists that the commands that train print after their summary."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from cli.tables import plain_table

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from training.assessment import Assessment
    from training.evaluation import Evaluation, Figure
    from training.result import TrainingResult

INTERVALS = ("NDCG", "HR")
"""Metrics shown with their intervals, as many as 80 columns hold; the others' are in evaluation.json."""

WHAT_THEY_ARE = 'For data scientists; the documentation says under "Figures" what each of them means:'


def figures_of(result: "TrainingResult") -> "Iterator[RenderableType]":
    """Tables and the lines below each: how good the lists are, how far to trust them, what is published."""
    if result.evaluation is None:
        yield from _noise(result)
    else:
        yield _figures(result.evaluation)
        yield from (*_verdict(result.evaluation), *_noise(result), "")
    if result.assessment is not None:
        yield _placements(result.assessment)
        yield from (*_trust(result.assessment), "")
    yield _published(result.counts, result.settings.min_shoppers)


def _figures(evaluation: "Evaluation") -> "Table":
    from training.evaluation import METRICS, RANKER

    best_other = _best_single(evaluation)
    table = plain_table(f"How good the lists are, at {evaluation.k}", "", *METRICS)
    for method in sorted(evaluation.figures, key=lambda method: _rank(evaluation, method)):
        figures = evaluation.figures[method]
        cells = [_cell(figures[metric], with_interval=metric in INTERVALS) for metric in METRICS]
        mark = " *" if method == best_other else ""
        table.add_row(method.replace("_", " ") + mark, *cells, style="bold" if method == RANKER else None)
    return table


def _verdict(evaluation: "Evaluation") -> list[str]:
    from training.evaluation import PUBLISHED

    lines = [
        f"{evaluation.n_cases:,} pages of {evaluation.n_orders:,} later orders; ± is half a 95 % interval.",
        f"Recall is hits / min({evaluation.k}, relevant items).",
    ]
    best = _best_single(evaluation)
    if best is not None:
        gain = evaluation.differences[best]["NDCG"]
        words = "better than" if gain.low > 0 else "worse than" if gain.high < 0 else "level with"
        lines += [
            f"The ranker is {words} the best method alone (*), {best.replace('_', ' ')}:",
            f"NDCG {gain.value:+.4f}, from {gain.low:+.4f} to {gain.high:+.4f}, paired by order.",
        ]
    cost = evaluation.differences.get(PUBLISHED)
    if cost is not None:
        lines.append(f"Published is the ranker without what is held back: NDCG {-cost['NDCG'].value:+.4f}.")
    return lines


def _noise(result: "TrainingResult") -> list[str]:
    if result.noise is None:
        return []
    spent = result.noise.spent
    lines = [
        f"Noisy is what the bundle holds: epsilon {spent.epsilon:.4g}, delta {spent.delta:.2g} for each shopper;",
        f"{result.noise.n_pairs:,} pairs came out, at {spent.pair_threshold:,} shoppers or more by a noisy count.",
    ]
    cost = None if result.evaluation is None else result.evaluation.noise_cost.get("NDCG")
    if cost is not None:
        lines.append(
            f"Noise costs NDCG {cost.value:+.4f}, from {cost.low:+.4f} to {cost.high:+.4f}, against published."
        )
    return [*lines, "These figures are not private: the bundle alone is."]


def _placements(assessment: "Assessment") -> "Table":
    table = plain_table("What each placement shows", "", "shown from", "bought", "quiet pages")
    for name, own in assessment.bars.items():
        shares = (own.bar.min_probability, own.precision.value, own.quiet.value)
        table.add_row(name.replace("_", " "), *(f"{share:.1%}" for share in shares))
    return table


def _trust(assessment: "Assessment") -> list[str]:
    error, gain = assessment.reliability.error, assessment.risk_coverage.gain_at_half
    return [
        f"Calibration error {error.value:.4f}, from {error.low:.4f} to {error.high:.4f}.",
        f"The surer half of the pages is hit {gain.value:.2f} times as often as all of them,",
        f"from {gain.low:.2f} to {gain.high:.2f}.",
    ]


def _published(counts: Mapping[str, int], min_shoppers: int) -> "Table":
    labels = {
        "pairs_below_floor": f"pairs held back: fewer than {min_shoppers} shoppers",
        "pairs_alternative": "pairs never shown: alternatives",
        "pairs_by_chance": "pairs held back: no more often than chance",
    }
    table = plain_table("What is published", "", "")
    for name, n in counts.items():
        table.add_row(labels.get(name, name.replace("_", " ")), f"{n:,}")
    return table


def _best_single(evaluation: "Evaluation") -> str | None:
    from training.evaluation import CHAMPION, NOISY, PUBLISHED

    others = evaluation.differences.keys() - {PUBLISHED, NOISY, CHAMPION}
    return min(others, key=lambda method: _rank(evaluation, method), default=None)


def _rank(evaluation: "Evaluation", method: str) -> tuple[int, float, str]:
    """The ranker first, then what of it is published, then the same under noise, then the best."""
    from training.evaluation import NOISY, PUBLISHED, RANKER

    ours = (RANKER, PUBLISHED, NOISY)
    place = ours.index(method) if method in ours else len(ours)
    return place, -evaluation.figures[method]["NDCG"].value, method


def _cell(figure: "Figure", *, with_interval: bool) -> str:
    if with_interval:
        return f"{figure.value:.3f} ±{max(figure.high - figure.value, figure.value - figure.low):.3f}"
    return f"{figure.value:.3f}" if figure.value < 2 else f"{figure.value:.1f}"
