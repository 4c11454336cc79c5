"""What came of a training in a few sentences, for whoever knows no figure of it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from training.gate import Rule, Verdict
    from training.result import TrainingResult

FAILED = {
    "relevance": "its lists are worse than {other}",
    "calibration": "its probabilities are too far from what happened",
    "floors": "pairs may rest on too few shoppers",
    "coverage": "too few items have a list",
}
"""What a check that fails means, by the gate's rule."""


def summary(result: "TrainingResult") -> list[str]:
    """A sentence on what was learnt from, on how good it is and on what is published, one each."""
    used, read = sum(result.ingest.n_events_used.values()), result.ingest.n_events_read
    if result.evaluation is None:
        good = "Too few orders to set some aside for figures: how good the lists are is not known."
    else:
        evaluation = result.evaluation
        own, popular = evaluation.figures[evaluation.bundled], evaluation.figures.get("popularity")
        good = (
            f"On {evaluation.n_cases:,} pages of later orders, {own['HR'].value:.0%} had something in the first "
            f"{evaluation.k} that was bought along"
        )
        good += "." if popular is None else f"; the most popular items alone would have got {popular['HR'].value:.0%}."
    return [
        f"Of {read:,} events {used:,} could be learnt from; of the others nobody has said yes, or they have taken it "
        "back, or the row is bad.",
        good,
        f"{result.counts['pairs_published']:,} pairs of items are published, each made by "
        f"{result.settings.min_shoppers} shoppers or more.",
    ]


def readiness(verdict: "Verdict", objections: tuple[str, ...] = ()) -> str:
    """Whether a version may take the champion's place, and in words what speaks against it."""
    against = [_against(rule, verdict) for rule in verdict.rules if not rule.holds] + list(objections)
    return f"Not ready to serve: {'; '.join(against)}." if against else "Ready to serve."


def _against(rule: "Rule", verdict: "Verdict") -> str:
    if rule.figure is None:
        return f"{rule.name} is not known"
    other = "the most popular items" if verdict.champion is None else f"those of version {verdict.champion}"
    return f"{FAILED[rule.name].format(other=other)} ({rule.name})"
