"""`shopkeeper experiment report` of a test that shows two lists as one: which of them is used more."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cli.experiment_counts import measured_of
from cli.experiment_report_layout import Grid, print_parts
from cli.experiment_report_tables import P_ANY_DAY, period_of

if TYPE_CHECKING:
    from experiments.definition import Experiment

Report = Mapping[str, Any]


def first_look(
    arguments: argparse.Namespace,
    experiment: "Experiment",
    now: datetime,
    as_of: datetime | None,
    warnings: Sequence[str] = (),
) -> int:
    """Print what was found; fails as cli.experiment_counts.measured_of does.

    Args:
        arguments: Of the report.
        experiment: The test, interleaved.
        now: The present, UTC.
        as_of: What came later is left out; None for nothing.
        warnings: To tell with it.
    """
    from experiments.analysis.credit import credits_of
    from experiments.analysis.first_look import interleaving_report

    with measured_of(arguments, experiment, now, as_of) as measured:
        counted = credits_of(experiment, measured.directory, as_of=as_of)
    found = interleaving_report(experiment, counted, as_of or now, measured.served)
    found["verdict"]["warnings"] += warnings
    if arguments.json:
        json.dump(found, sys.stdout, indent=2, ensure_ascii=False)
        print()
    else:
        print_first_look(found)
    return 0


def print_first_look(report: Report) -> None:
    """Print a report of an interleaved test.

    Args:
        report: As experiments.analysis.first_look.interleaving_report gives it.
    """
    print_parts(report["verdict"], (_preferences(report), _shown(report)), _notes(report))


def _preferences(report: Report) -> Grid:
    from experiments.analysis.credit import Deed
    from experiments.analysis.figures import count, probability
    from experiments.analysis.first_look import WORDS
    from experiments.analysis.glossary import UNITS
    from experiments.definition import Unit

    test = report["experiment"]
    first, second = test["interleaved"]
    arm = report["preferences"][0]["arm"]
    rows = [
        (
            f"{WORDS[Deed(one['deed'])]}{' (decides)' * one['is_primary']}",
            count(one["units"][first]),
            count(one["units"][second]),
            count(one["ties"]),
            *(_shares(shares) for shares in ([one["share"]], one["fixed"], one["always_valid"])),
            probability(one["always_valid_p_value"]),
        )
        for one in report["preferences"]
    ]
    return Grid(
        f"{test['name']}, {period_of(report)}: {UNITS[Unit(test['unit'])]} who used one list more",
        ("", first, second, "neither", f"{arm}'s share", "if read once", "read any day", P_ANY_DAY),
        rows,
        spare=("if read once", P_ANY_DAY, "neither"),
    )


def _shown(report: Report) -> Grid:
    from experiments.analysis.credit import Deed
    from experiments.analysis.figures import NOTHING, count
    from experiments.analysis.first_look import WORDS

    deeds = [Deed.CLICKS, Deed.CARTS, Deed.PURCHASES, Deed.DISMISSALS]
    totals = {one["deed"]: one["totals"] for one in report["preferences"]}
    period = f"{report['first_day'] or 'no exposure yet'} to {report['last_day'] or 'now'}"
    rows = [
        (
            name,
            arm["team"],
            count(arm["items"]),
            NOTHING if arm["place"] is None else f"{arm['place']:.2f}",
            *(count(totals[deed][name]) for deed in deeds),
        )
        for name, arm in report["arms"].items()
    ]
    headings = ("arm", "team", "seen", "mean place", *(WORDS[deed] for deed in deeds))
    return Grid(f"Items, {period}", headings, rows, spare=("team", "mean place"))


def _shares(shares: list[float | None] | None) -> str:
    from experiments.analysis.figures import NARROW_SPACE, NOTHING

    if shares is None or None in shares:
        return NOTHING
    return f"{' to '.join(f'{100 * share:.1f}' for share in shares if share is not None)}{NARROW_SPACE}%"


def _notes(report: Report) -> Iterator[str]:
    from experiments.analysis.figures import count

    yield (
        f"{count(report['units'])} {report['experiment']['unit']}s saw {count(report['answers'])} answers: "
        f"{count(report['quiet'])} showed nothing, {count(report['alone'])} items of one list alone"
    )
    if report["model_versions"]:
        yield f"Models: {', '.join(report['model_versions'])}"
    if apart := report["unmeasured"]["answers"]:
        yield f"Left out: {count(apart)} answers to people who did not allow measurement"
