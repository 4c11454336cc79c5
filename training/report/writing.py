"""Writes the report of a training: one HTML page that needs nothing else, and holds nothing of any person."""

from collections.abc import Iterator
from pathlib import Path

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from models.bundle.reading import Bundle
from training.assessment import PAGE
from training.confidence_plots import draw_importance, draw_reliability, draw_risk_coverage
from training.evaluation import METRICS
from training.plots import draw_figures
from training.report import tables, wording
from training.report.examples import read_examples
from training.report.pictures import Plot, inline
from training.result import TrainingResult

HERE = Path(__file__).parent
PAGE_TEMPLATE = "page.html.jinja"
STYLE = "page.css"


def write_report(result: TrainingResult, path: Path, *, comparison: str = "") -> None:
    """Write the page; the same result gives the same bytes.

    Args:
        result: What was trained; its bundle is on disk. What it lacks is left out of the page.
        path: The file to write.
        comparison: Which lists of the champion were scored, or why none: a sentence.
    """
    path.write_text(render_report(result, comparison=comparison), encoding="utf-8")


def render_report(result: TrainingResult, *, comparison: str = "") -> str:
    """The page as HTML; arguments as for write_report."""
    # Autoescaping is on for the template whatever its name: titles, categories and reasons come from the shop's files.
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "count": wording.count,
        "percent": wording.percent,
        "price": lambda minor: "–" if minor is None else f"{minor / 100:,.2f}",
        "words": wording.name_of,
    }
    assessment = result.assessment
    pages = () if assessment is None else read_examples(Bundle.open(result.bundle), assessment.examples)
    return environment.get_template(PAGE_TEMPLATE).render(
        style=(HERE / STYLE).read_text(encoding="utf-8"),
        result=result,
        report=result.ingest,
        evaluation=result.evaluation,
        assessment=assessment,
        comparison=comparison,
        metrics=METRICS,
        findings=wording.findings(result),
        tables=tables,
        plots=dict(_plots(result)),
        pages=pages,
        page_bar=0.0 if assessment is None else assessment.bars[PAGE].bar.min_probability,
        settings=yaml.safe_dump(result.settings.as_dict(), sort_keys=False, allow_unicode=True),
    )


def _plots(result: TrainingResult) -> Iterator[tuple[str, Plot]]:
    if result.evaluation is not None:
        rows = tables.method_rows(result.evaluation)
        yield (
            "figures",
            inline(
                draw_figures(result.evaluation, "NDCG", "NDCG"),
                "figures",
                alternative="NDCG by method: " + ", ".join(f"{row.head} {row.cells[0].value}" for row in rows),
                caption="Dots are the figures, lines their 95 % intervals; diamonds are this training's own.",
            ),
        )
    if result.assessment is not None:
        reliability, curve = result.assessment.reliability, result.assessment.risk_coverage
        said = ", ".join(f"{one.stated:.1%} said and {one.bought.value:.1%} bought" for one in reliability.bins)
        yield (
            "reliability",
            inline(
                draw_reliability(reliability),
                "reliability",
                alternative=f"Share bought by probability said: {said or 'nothing was shown'}",
                caption="On the dashed line what is said is what happens; below it the model promises too much.",
            ),
        )
        yield (
            "risk_coverage",
            inline(
                draw_risk_coverage(curve),
                "risk-coverage",
                alternative=f"Hit rate {curve.at_half.value:.1%} with the surer half of the pages answered, "
                f"{curve.overall.value:.1%} with all of them.",
                caption="From right to left, the model answers only the pages it is surer of. A curve that rises to "
                "the left says that silence is kept where it should be; the diamond is half the pages.",
            ),
        )
    if result.importance:
        yield (
            "importance",
            inline(
                draw_importance(result.importance),
                "importance",
                alternative="Features by share of the gain; the table below holds the same.",
                caption="How much of the ranker's learning rests on each feature.",
            ),
        )
