"""What the commands that train print: each step with its seconds, and what came of it."""

import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cli.invocation import invocation
from cli.tables import plain_table
from training.names import CHAMPION_ALIAS

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from training.assessment import Assessment
    from training.evaluation import Evaluation, Figure
    from training.gate import Verdict
    from training.ingest import IngestReport
    from training.publish import Published
    from training.result import TrainingResult

INTERVALS = ("NDCG", "HR")
"""Metrics shown with their intervals, as many as 80 columns hold; the others' are in evaluation.json."""

WIDTH = 80
"""Columns that sentences of unknown length are broken at."""


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
    """Print what was read, how good the lists are and what is published."""
    console.print(_read(result.ingest))
    _say(console, *_about(result.ingest), "")
    if result.evaluation is None:
        told = "Too few orders to set some aside for figures: how good the lists are is not known."
        _say(console, told, *_noise(result), "")
    else:
        console.print(_figures(result.evaluation))
        _say(console, *_verdict(result.evaluation), *_noise(result), "")
    if result.assessment is not None:
        console.print(_placements(result.assessment))
        _say(console, *_raised(result.assessment), *_trust(result.assessment), "")
    console.print(_published(result.counts, result.settings.min_shoppers))


def print_verdict(console: "Console", verdict: "Verdict | None") -> None:
    """Print the gate's rules, each with its figure and its limit, and what they say; nothing where it was not asked."""
    if verdict is None:
        return
    against = "none yet" if verdict.champion is None else f"version {verdict.champion}"
    table = plain_table(f"The gate (champion: {against})", "", "", "figure", "limit")
    for rule in verdict.rules:
        cells = ("" if number is None else f"{number:.4g}" for number in (rule.figure, rule.limit))
        table.add_row(rule.name, "holds" if rule.holds else "FAILS", *cells, style=None if rule.holds else "bold")
    _say(console, "")
    console.print(table)
    for rule in verdict.rules:
        _say(console, *textwrap.wrap(f"{rule.name}: {rule.says}", WIDTH, subsequent_indent="  "))


def print_registered(console: "Console", published: "Published", *, quarantine: Path | None) -> None:
    """Print where the version is, where bad rows are if there are any, and what to do next."""
    version = f"{published.model} version {published.version}"
    alias = "" if published.alias is None else f" as {published.alias}"
    withheld = _withheld(published)
    before = [] if published.replaced is None else [f"Before, {published.alias} was version {published.replaced}."]
    bad_rows = [] if quarantine is None else ["", f"Bad rows, readable by you alone: {quarantine}"]
    store = _store_options(published)
    promote = invocation("shopkeeper", "promote", published.model, str(published.version), *store)
    serve = invocation("shopkeeper", "serve", "--model", published.model, *store)
    lines = [
        *bad_rows,
        "",
        f"Registered {version}{alias} in {published.tracking_uri}",
        *before,
        *withheld,
        "",
        "Next:",
        *([] if published.alias == CHAMPION_ALIAS or withheld else [f"  {promote}"]),
        f"  {serve}",
    ]
    if is_database(published.tracking_uri):
        lines.append(f"  {invocation('mlflow', 'server', '--backend-store-uri', published.tracking_uri)}")
    _say(console, *lines)


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


def _read(report: "IngestReport") -> "Table":
    table = plain_table("What was read", "", "", "events", "share")
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
    return table


def _about(report: "IngestReport") -> list[str]:
    lines = [
        f"{report.n_shoppers:,} shoppers, {report.n_orders:,} orders, {report.n_sessions:,} sessions, "
        f"{report.n_items:,} items,",
        f"from {report.first_event[:10]} to {report.last_event[:10]}",
    ]
    n_lines, n_items = report.n_capped.get("order_lines", 0), report.n_capped.get("session_items", 0)
    if n_lines or n_items:
        lines += [
            f"Shoppers with very many items, of which the latest count: {report.n_capped['shoppers']:,};",
            f"left out of theirs are {n_lines:,} order lines and {n_items:,} items of sessions",
        ]
    if report.ledger_position is not None:
        lines.append(f"Consent by the ledger's {report.ledger_position:,} entries, the last {report.ledger_hash[:12]}")
    if report.as_of:
        lines.append(f"As of {report.as_of}")
    if report.assumed_consent:
        lines.append(f"Consent assumed: {report.assumed_consent}")
    for reason, n in report.n_quarantined_elsewhere.items():
        lines.append(f"Quarantined: {n:,} of {reason}")
    return lines


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


def _raised(assessment: "Assessment") -> list[str]:
    """A warning of each placement whose bar is not what training chose."""
    return [
        line
        for name, own in assessment.bars.items()
        if own.bar.raised_from is not None
        for line in textwrap.wrap(
            f"Careful: for the {name.replace('_', ' ')} training chose a bar of {own.bar.raised_from:.1%}, which "
            f"would show nearly anything. {own.bar.min_probability:.1%}, the least bar, is used instead; more orders "
            "would give it more to choose on.",
            WIDTH,
            subsequent_indent="  ",
        )
    ]


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


def _say(console: "Console", *lines: str) -> None:
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)


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
