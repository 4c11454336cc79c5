"""What the commands that train print: each step with its seconds, and what came of it."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from training.evaluation import Evaluation, Figure
    from training.ingest import IngestReport
    from training.publish import Published
    from training.result import TrainingResult

INTERVALS = ("NDCG", "HR", "recall")
"""Metrics shown with their intervals; the others' are in the run's evaluation.json."""


@contextmanager
def told_steps(console: "Console") -> Iterator[Callable[[str], None]]:
    """A function to call as each step begins; the step before it is then printed with its seconds.

    Args:
        console: On standard error; a terminal also shows what is under way.
    """
    begun: list[tuple[str, float]] = []

    def finish() -> None:
        if begun:
            name, start = begun.pop()
            console.print(f"  {time.perf_counter() - start:6.1f} s  {name}", highlight=False, markup=False)

    with console.status("starting") as status:

        def begin(name: str) -> None:
            finish()
            begun.append((name, time.perf_counter()))
            status.update(f"{name} ...")

        yield begin
        finish()


def print_result(console: "Console", result: "TrainingResult") -> None:
    """Tables of what was read, how good the lists are and what is published."""
    console.print(_read(result.ingest))
    if result.evaluation is None:
        console.print("\nToo few orders to set some aside for figures: nothing is known of how good the lists are.")
    else:
        console.print(_figures(result.evaluation), _verdict(result.evaluation), sep="\n")
    console.print(_published(result.counts, result.settings.min_shoppers))


def print_registered(console: "Console", published: "Published") -> None:
    """Where the version is and what to do next."""
    version = f"{published.model} version {published.version}"
    alias = "" if published.alias is None else f" as {published.alias}"
    before = "" if published.replaced is None else f" (before: version {published.replaced})"
    lines = [
        f"\nRegistered {version}{alias}{before} in {published.tracking_uri}",
        "\nNext:",
        f"  shopkeeper promote {published.model} {published.version}{_option(published)}",
        f"  shopkeeper serve --model {published.model}{_option(published)}",
    ]
    if "://" in published.tracking_uri and not published.tracking_uri.startswith("http"):
        lines.append(f"  mlflow server --backend-store-uri {published.tracking_uri}")
    console.print("\n".join(lines), highlight=False, markup=False)


def _option(published: "Published") -> str:
    from training.mlflow_environment import DEFAULT_TRACKING_URI

    return "" if published.tracking_uri == DEFAULT_TRACKING_URI else f" --tracking-uri {published.tracking_uri}"


def _read(report: "IngestReport") -> "Table":
    table = _table("What was read", "", "", "events", "share")
    groups = (
        ("used", report.n_events_used),
        ("left out", report.n_excluded),
        ("quarantined", report.n_quarantined),
    )
    for group, counts in groups:
        for place, (name, n) in enumerate(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))):
            share = f"{n / report.n_events_read:.1%}" if report.n_events_read else ""
            last = place == len(counts) - 1
            table.add_row("" if place else group, name.replace("_", " "), f"{n:,}", share, end_section=last)
    table.add_row("all", "", f"{report.n_events_read:,}", "")
    table.caption = (
        f"{report.n_shoppers:,} shoppers, {report.n_orders:,} orders, {report.n_sessions:,} sessions, "
        f"{report.n_items:,} items; {report.first_event[:10]} to {report.last_event[:10]}"
    )
    elsewhere = sum(report.n_quarantined_elsewhere.values())
    if elsewhere:
        table.caption += f"; {elsewhere:,} rows of other files quarantined"
    if report.assumed_consent:
        table.caption += f"\nconsent assumed: {report.assumed_consent}"
    return table


def _figures(evaluation: "Evaluation") -> "Table":
    from training.evaluation import METRICS

    ordered = sorted(evaluation.figures, key=lambda method: _rank(evaluation.figures, method))
    best_other = _best_single(evaluation)
    table = _table(f"How good the lists are, at {evaluation.k}", "", *METRICS)
    for method in ordered:
        figures = evaluation.figures[method]
        cells = [_cell(figures[metric], with_interval=metric in INTERVALS) for metric in METRICS]
        mark = " *" if method == best_other else ""
        style = "bold" if method == "blend" else None
        table.add_row(method.replace("_", " ") + mark, *cells, style=style, end_section=method == "blend")
    table.caption = (
        f"on {evaluation.n_cases:,} pages from {evaluation.n_orders:,} later orders, 95 % intervals; "
        "* best without the blend"
    )
    return table


def _verdict(evaluation: "Evaluation") -> str:
    best = _best_single(evaluation)
    if best is None or best not in evaluation.differences:
        return ""
    gain = evaluation.differences[best]["NDCG"]
    words = "better than" if gain.low > 0 else "worse than" if gain.high < 0 else "level with"
    interval = f"{gain.value:+.4f}, {gain.low:+.4f} to {gain.high:+.4f}"
    return f"The blend is {words} the best single method, {best.replace('_', ' ')}: NDCG {interval}.\n"


def _published(counts: Mapping[str, int], min_shoppers: int) -> "Table":
    labels = {
        "pairs_below_floor": f"pairs held back: fewer than {min_shoppers} shoppers",
        "pairs_alternative": "pairs held back: alternatives",
    }
    table = _table("What is published", "", "")
    for name, n in counts.items():
        table.add_row(labels.get(name, name.replace("_", " ")), f"{n:,}")
    return table


def _table(title: str, *headings: str) -> "Table":
    from rich.table import Table

    table = Table(title=title, title_justify="left", caption_justify="left", show_edge=False)
    for place, heading in enumerate(headings):
        words = place == 0 or heading == ""
        table.add_column(heading, justify="left" if words and place < len(headings) - 1 else "right")
    return table


def _best_single(evaluation: "Evaluation") -> str | None:
    others = [method for method in evaluation.figures if method != "blend"]
    return min(others, key=lambda method: _rank(evaluation.figures, method), default=None)


def _rank(figures: "Mapping[str, Mapping[str, Figure]]", method: str) -> tuple[bool, float, str]:
    """The blend first, then the best."""
    return method != "blend", -figures[method]["NDCG"].value, method


def _cell(figure: "Figure", *, with_interval: bool) -> str:
    if with_interval:
        return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"
    return f"{figure.value:.3f}" if figure.value < 2 else f"{figure.value:.1f}"
