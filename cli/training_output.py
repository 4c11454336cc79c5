"""What the commands that train print: each step with its seconds, and what came of it."""

import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cli.invocation import invocation
from cli.tables import plain_table
from training.names import CHAMPION_ALIAS

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from training.assessment import Assessment
    from training.gate import Verdict
    from training.publish import Published
    from training.result import TrainingResult

WIDTH = 80
"""Columns that sentences of unknown length are broken at."""

MEASURES: Mapping[str, Callable[[float], str]] = {
    "relevance": lambda number: f"{number:+.4f} NDCG" if number else "no difference",
    "calibration": lambda number: f"{number:.1%} off",
    "floors": lambda number: f"{number:.0f} shoppers",
    "coverage": lambda number: f"{number:.1%} of the items",
}
"""What the gate's figures are, by its rule."""


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
    """Print in three sentences what came of it, and below what was read and how good the lists are."""
    from cli.training_figures import WHAT_THEY_ARE, figures_of
    from cli.training_intake import rows_read
    from cli.training_summary import summary

    _say(console, *_wrapped(summary(result)), "")
    _print(console, rows_read(result.ingest))
    if result.assessment is not None:
        _say(console, *_wrapped(_raised(result.assessment)))
    _say(console, "", *_wrapped([WHAT_THEY_ARE]), "")
    _print(console, figures_of(result))


def print_readiness(console: "Console", published: "Published") -> None:
    """Print whether the version may serve, and why not."""
    from cli.training_summary import readiness

    if published.verdict is not None:
        _say(console, *_wrapped([readiness(published.verdict, published.objections)]), "")


def print_verdict(console: "Console", verdict: "Verdict | None") -> None:
    """Print the gate's rules, each with its figure and its limit, and what they say; nothing where it was not asked."""
    if verdict is None:
        return
    against = "none yet" if verdict.champion is None else f"version {verdict.champion}"
    table = plain_table(f"The gate (champion: {against})", "", "", "figure", "limit")
    for rule in verdict.rules:
        cells = ("" if number is None else MEASURES[rule.name](number) for number in (rule.figure, rule.limit))
        figure, limit = cells
        bound = limit and f"{limit} or {'less' if rule.name == 'calibration' else 'more'}"
        result = "holds" if rule.holds else "FAILS"
        table.add_row(rule.name, result, figure, bound, style=None if rule.holds else "bold")
    _say(console, "")
    console.print(table)
    for rule in verdict.rules:
        _say(console, *textwrap.wrap(f"{rule.name}: {rule.says}", WIDTH, subsequent_indent="  "))


def print_registered(console: "Console", published: "Published", *, quarantine: Path | None) -> None:
    """Print where the version is, where bad rows are if there are any, and what to do next.

    Args:
        console: Where to.
        published: Where the training went.
        quarantine: Folder of the bad rows; None where there are none.
    """
    from cli.training_intake import bad_rows

    version = f"{published.model} version {published.version}"
    alias = "" if published.alias is None else f" as {published.alias}"
    before = [] if published.replaced is None else [f"Before, {published.alias} was version {published.replaced}."]
    told = [] if quarantine is None else ["", *bad_rows(quarantine)]
    _say(console, *told, "", f"Registered {version}{alias} in {published.tracking_uri}", *before, *_withheld(published))
    _say(console, "", "Next:", *_next(published))


def _next(published: "Published") -> Iterator[str]:
    """What to do now: a version that the gate refuses is not to be promoted."""
    store = _store_options(published)
    promote = ("shopkeeper", "promote", published.model, str(published.version), *store)
    is_champion, withheld = published.alias == CHAMPION_ALIAS, _withheld(published)
    may_serve = published.verdict is None or published.verdict.passed
    if may_serve and not is_champion and not withheld:
        yield f"  {invocation(*promote)}"
    if may_serve or is_champion:
        yield f"  {invocation('shopkeeper', 'serve', '--model', published.model, *store)}"
    elif not withheld:
        yield "  mend what the gate found and train again, or promote it all the same:"
        yield f"  {invocation(*promote, '--force', '--reason', 'WHY')}"
    if is_database(published.tracking_uri):
        yield f"  {invocation('mlflow', 'server', '--backend-store-uri', published.tracking_uri)}"


def _withheld(published: "Published") -> list[str]:
    """What the gate made of a version that was to be champion."""
    if published.forced is not None:
        return [f"The gate said no, and it was forced: {published.forced}"]
    verdict = published.verdict
    if published.withheld is not None or (published.alias is None and published.objections):
        why = "; ".join(_against(published)) or "the champion changed meanwhile"
        stays = "None is" if published.withheld is None else f"Version {published.withheld} stays"
        return [
            f"{stays} champion: {why}.",
            'To replace it all the same: promote with --force --reason "WHY".',
        ]
    if published.alias == CHAMPION_ALIAS and verdict is not None and not verdict.passed:
        return [f"It serves though the gate says no ({', '.join(verdict.failed)}): there was no champion before it."]
    return []


def _against(published: "Published") -> list[str]:
    """What the version may not be champion for."""
    failed = () if published.verdict is None else published.verdict.failed
    return [*([f"{', '.join(failed)} failed"] if failed else []), *published.objections]


def is_database(tracking_uri: str) -> bool:
    """Whether MLflow's page of the store has yet to be started."""
    return "://" in tracking_uri and not tracking_uri.startswith("http")


def _store_options(published: "Published") -> list[str]:
    from training.mlflow_environment import DEFAULT_TRACKING_URI

    return [] if published.tracking_uri == DEFAULT_TRACKING_URI else ["--tracking-uri", published.tracking_uri]


def _raised(assessment: "Assessment") -> list[str]:
    """A warning of each placement whose bar is not what training chose."""
    return [
        f"Careful: for the {name.replace('_', ' ')} training chose a bar of {own.bar.raised_from:.1%}, which would "
        f"show nearly anything. {own.bar.min_probability:.1%}, the least bar, is used instead; more orders would give "
        "it more to choose on."
        for name, own in assessment.bars.items()
        if own.bar.raised_from is not None
    ]


def _wrapped(sentences: Iterable[str]) -> Iterator[str]:
    for sentence in sentences:
        yield from textwrap.wrap(sentence, WIDTH, subsequent_indent="  ")


def _print(console: "Console", parts: "Iterable[RenderableType]") -> None:
    for part in parts:
        if isinstance(part, str):
            _say(console, part)
        else:
            console.print(part)


def _say(console: "Console", *lines: str) -> None:
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
