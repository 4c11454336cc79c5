"""Rows of the report's tables, numbers already in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from privacy.consent import Reason
from training.assessment import POPULARITY
from training.bars import BarFigures
from training.evaluation import CHAMPION, METRICS, NOISY, PUBLISHED, RANKER, Evaluation, Figure
from training.ingest import IngestReport
from training.report.wording import LEADING, count, decimal, name_of, percent, percents, signed, verdict
from training.result import TrainingResult
from training.settings import TrainingSettings
from training.terms import Exclusion

OURS = (RANKER, PUBLISHED, NOISY)


@dataclass(frozen=True, slots=True)
class Cell:
    """A number and its interval.

    Attributes:
        value: The number.
        interval: From where to where it may be; empty where there is none.
    """

    value: str
    interval: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table.

    Attributes:
        head: What the row is of.
        cells: The others in order.
        is_ours: Whether it is of what this training made.
    """

    head: str
    cells: tuple[Cell, ...]
    is_ours: bool = False


REASONS: Mapping[str, str] = {
    Reason.NO_IDENTITY: "nobody is named, so nobody can have said yes",
    Reason.NEVER_ASKED: "the shopper was never asked",
    Reason.NOT_YET_GRANTED: "it happened before the shopper said yes",
    Reason.DENIED: "the shopper said no",
    Reason.WITHDRAWN: "the shopper said yes and later no",
    Reason.LAPSED: "the shopper said yes to a policy that no longer counts",
    Exclusion.ERASED: "it happened until the shopper was erased",
    Exclusion.PAST_RETENTION: "it is older than such events are kept",
    Exclusion.MUTED_TOPIC: "the shopper muted the topic",
    Exclusion.SENSITIVE_TOPIC: "the topic is sensitive, and needs a yes of its own",
}
"""Why an event was not used."""


def method_rows(evaluation: Evaluation) -> list[Row]:
    """Each method's figures, the best first."""
    ranked = sorted(evaluation.figures, key=lambda name: (-evaluation.figures[name][LEADING].value, name))
    return [
        Row(name_of(name), tuple(_cell(evaluation.figures[name][m], m) for m in METRICS), is_ours=name in OURS)
        for name in ranked
    ]


def difference_rows(evaluation: Evaluation) -> list[Row]:
    """How far the published lists are ahead of the champion's, and the ranker of each method, the closest first."""
    others = {name: own for name, own in evaluation.differences.items() if name not in (*OURS, CHAMPION)}
    ranked = [(name, others[name]) for name in sorted(others, key=lambda name: (others[name][LEADING].value, name))]
    bundled = evaluation.noisy_differences or evaluation.published_differences
    if CHAMPION in bundled:
        ranked.insert(0, (CHAMPION, bundled[CHAMPION]))
    return [
        Row(name_of(name), (_difference(own[LEADING]), _difference(own["HR"]), Cell(verdict(own[LEADING]))))
        for name, own in ranked
    ]


def segment_rows(segments: Mapping[str, Evaluation]) -> list[Row]:
    """The published lists' figures on each part's pages, popularity's beside them."""

    def cells(one: Evaluation) -> Iterator[Cell]:
        yield Cell(count(one.n_cases))
        for metric in ("NDCG", "HR", "coverage", "novelty"):
            yield _cell(one.figures[PUBLISHED][metric], metric)
        yield _cell(one.figures[POPULARITY][LEADING]) if POPULARITY in one.figures else Cell("–")

    return [Row(label, tuple(cells(one))) for label, one in segments.items()]


def bar_rows(bars: Mapping[str, BarFigures], *, is_noisy: bool = False) -> list[Row]:
    """What each placement shows from its bar on; under noise no bar is chosen on pages."""
    return [
        Row(
            name_of(name),
            (
                Cell(count(one.bar.rules.max_results)),
                Cell(percent(one.bar.rules.wanted_precision)),
                Cell(percent(one.bar.min_probability), _how(one, is_noisy=is_noisy)),
                _share(one.precision),
                _share(one.hit_rate),
                _share(one.quiet),
            ),
        )
        for name, one in bars.items()
    ]


def held_back_rows(counts: Mapping[str, int], settings: TrainingSettings) -> list[Row]:
    """What became of the proposed pairs, in numbers and shares of them."""
    known = {
        "pairs_proposed": "proposed by any generator",
        "pairs_below_floor": f"made by fewer than {settings.min_shoppers} distinct shoppers",
        "pairs_by_chance": f"bought together less than {settings.min_lift:g} times as often as chance would",
        "pairs_alternative": "bought instead of the page's item; stored, never shown beside it",
        "pairs_published": "published",
    }
    told = [name for name in known if name in counts]
    told += sorted(name for name in counts if name.startswith("pairs_") and name not in known)
    proposed = counts.get("pairs_proposed", 0)
    return [
        Row(
            known.get(name, name_of(name)),
            (Cell(count(counts[name])), Cell(percent(counts[name] / proposed) if proposed else "–")),
        )
        for name in told
    ]


def cost_rows(evaluation: Evaluation) -> list[Row]:
    """What holding back costs, metric by metric; nothing where the two were not compared."""
    cost = evaluation.differences.get(PUBLISHED)
    if cost is None:
        return []
    return [
        Row(
            f"{metric}@{evaluation.k}",
            (
                Cell(decimal(evaluation.figures[RANKER][metric].value, metric)),
                Cell(decimal(evaluation.figures[PUBLISHED][metric].value, metric)),
                _difference(cost[metric]),
            ),
        )
        for metric in METRICS
    ]


def noise_rows(evaluation: Evaluation) -> list[Row]:
    """What noise costs, metric by metric; nothing where there is none."""
    return [
        Row(
            f"{metric}@{evaluation.k}",
            (
                Cell(decimal(evaluation.figures[PUBLISHED][metric].value, metric)),
                Cell(decimal(evaluation.figures[NOISY][metric].value, metric)),
                _difference(cost),
            ),
        )
        for metric, cost in evaluation.noise_cost.items()
    ]


def event_rows(report: IngestReport) -> list[Row]:
    """What became of the events, in numbers and shares of those read."""
    quarantined = sum(report.n_quarantined.values())
    told = [(f"used: {name_of(kind)}", n) for kind, n in sorted(report.n_events_used.items())]
    told += [(f"left out: {REASONS.get(reason, name_of(reason))}", n) for reason, n in report.n_excluded.items()]
    told += [("quarantined: the row has a fault", quarantined)] if quarantined else []
    read = max(report.n_events_read, 1)
    rows = [Row(name, (Cell(count(n)), Cell(percent(n / read)))) for name, n in told]
    return [*rows, Row("read in all", (Cell(count(report.n_events_read)), Cell(percent(1.0))))]


def fingerprints(result: TrainingResult) -> dict[str, str]:
    """What was read and what came out, to the byte."""
    report = result.ingest
    consent = report.consent_fingerprint or "none: consent was assumed"
    rules = {"the rules of privacy": report.rules_fingerprint} if report.rules_fingerprint else {}
    return {
        "events as they came in": report.events_fingerprint,
        "consent as it came in": consent if report.ledger_position is None else f"ledger, {report.ledger_hash}",
        **rules,
        "what consent let be used": report.used_fingerprint,
        "the bundle": result.fingerprint,
    }


def _cell(figure: Figure, metric: str = LEADING) -> Cell:
    return Cell(decimal(figure.value, metric), f"{decimal(figure.low, metric)} to {decimal(figure.high, metric)}")


def _difference(figure: Figure) -> Cell:
    return Cell(signed(figure.value), f"{signed(figure.low)} to {signed(figure.high)}")


def _share(figure: Figure) -> Cell:
    value, _, interval = percents(figure).partition(" (")
    return Cell(value, interval.rstrip(")"))


def _how(one: BarFigures, *, is_noisy: bool) -> str:
    if is_noisy:
        return "not chosen on pages, as noise is on: the wanted precision itself"
    if one.bar.raised_from is not None:
        return f"the least there is: training chose {percent(one.bar.raised_from)}"
    if one.bar.n_shown == 0:
        return "too few pages to choose on: the wanted precision itself"
    return "reaches it" if one.bar.is_reached else "out of reach: the best there is"
