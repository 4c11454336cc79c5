"""What `tune` prints: each better trial as it is found, and what came of the search."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from cli.invocation import invocation
from cli.tables import plain_table

if TYPE_CHECKING:
    from rich.console import Console

    from training.tuning import Limits, Trial, Tuned


@contextmanager
def told_trials(console: "Console", limits: "Limits", *, k: int) -> "Iterator[Callable[[Trial], None]]":
    """A function to call after each trial; better ones are printed, and a terminal shows how far the search is.

    Args:
        console: On standard error.
        limits: When the search ends.
        k: Length of the lists that are scored.
    """
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    start = time.perf_counter()
    best = float("-inf")
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("trial 0", total=1.0)

        def tell(trial: "Trial") -> None:
            nonlocal best
            if trial.ndcg.value > best:
                best = trial.ndcg.value
                line = f"  {trial.seconds:6.1f} s  trial {trial.number}: NDCG@{k} {best:.4f}, the best so far"
                console.print(line, highlight=False, markup=False)
            shares = [0.0]
            if limits.time_budget_s:
                shares.append((time.perf_counter() - start) / limits.time_budget_s)
            if limits.n_trials is not None:
                shares.append((trial.number + 1) / limits.n_trials)
            done = min(1.0, max(shares))
            progress.update(task, completed=done, description=f"trial {trial.number + 1}, best NDCG {best:.4f}")

        yield tell


def print_tuned(tuned: "Tuned", *, k: int, out: Path, events: Path) -> None:
    """Print the settings it began with beside the best, whether they are better, and what to do next."""
    from rich.console import Console

    console = Console()
    first, best = tuned.trials[0], tuned.best
    table = plain_table("What was searched", "", "at first", "best")
    for name, value in asdict(first.ranker).items():
        table.add_row(name.replace("_", " "), str(value), str(getattr(best.ranker, name)))
    table.add_row(f"NDCG@{k}", *(f"{one.ndcg.value:.4f}" for one in (first, best)), style="bold")
    console.print(table)
    gain = tuned.gain
    interrupted = ", interrupted" if tuned.interrupted else ""
    lines = [
        f"Trials: {len(tuned.trials):,}{interrupted}; the best is trial {best.number}.",
        f"Gain {gain.value:+.4f}, from {gain.low:+.4f} to {gain.high:+.4f}, paired by order;",
        f"the luckiest of as many equals would gain {tuned.needed:.4f}.",
        _outcome(tuned),
        "",
        "Next:",
        f"  {invocation('shopkeeper', 'train', '--events', str(events), '...', '--config', str(out))}",
    ]
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def _outcome(tuned: "Tuned") -> str:
    if tuned.is_better:
        return "The best settings are better beyond chance: they are written."
    if len(tuned.trials) == 1:
        return "There was time for no other settings: the ones it began with are written."
    return "None is better beyond chance: the settings it began with are written."
