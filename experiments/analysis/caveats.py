"""What makes a verdict less sure than it seems."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from experiments.analysis.effects import Effect, effect_of
from experiments.analysis.figures import percent
from experiments.analysis.glossary import HARMS, UNITS
from experiments.analysis.guardrails import State
from experiments.analysis.judgement import ArmJudgement, Outcome
from experiments.analysis.reporting_rate import comparable
from experiments.analysis.sums import Counts
from experiments.analysis.wording import share_text, value_text
from experiments.definition import Experiment

MANY_CROSSED = 0.05
"""Share of units that met more than one arm from which on whoever is left is not like everybody."""
MUCH_LOST = 0.5
"""Share of the smallest effect: so many more of one arm's units gone make a difference of their own, not much smaller
than what is looked for."""
WEEK_DAYS = 7
"""Weekends are not like other days."""


def caveats_of(
    experiment: Experiment,
    counts: Counts,
    arms: Mapping[str, ArmJudgement],
    effects: tuple[Effect, ...],
    now: datetime,
) -> Iterator[str]:
    """One sentence or two for each.

    Args:
        experiment: The test.
        counts: Of it.
        arms: What is to be done about each but the control.
        effects: Of all arms.
        now: UTC.
    """
    for counted in counts.arms.values():
        if len(counted.model_versions) > 1:
            versions = ", ".join(counted.model_versions)
            yield f"{counted.arm} was answered by versions {versions}: its figures are of all of them together."
    n_units = sum(counted.n_units for counted in counts.arms.values())
    if counts.n_crossed > MANY_CROSSED * (n_units + counts.n_crossed):
        units = UNITS[experiment.unit]
        yield f"{counts.n_crossed:,} {units} met more than one arm and are left out; {n_units:,} are counted."
    yield from _uneven_losses(experiment, counts)
    yield from _unknown_losses(experiment, counts)
    for name, arm in arms.items():
        if arm.outcome == Outcome.SHIP:
            yield from _early(experiment, name, counts, effects)
            yield from _possible_harm(experiment, name, arm, effects)
    complete = experiment.ends_at + timedelta(days=experiment.window_days)
    if experiment.ends_at <= now < complete:
        yield f"What {UNITS[experiment.unit]} do counts until {complete:%Y-%m-%d}: these are not the last figures."


def _unknown_losses(experiment: Experiment, counts: Counts) -> Iterator[str]:
    """Of which arms it is not known whether their impressions are lost, though servers gave answers."""
    control = counts.arms.get(experiment.control)
    others = [arm for arm in counts.arms.values() if arm is not control]
    if control is None or not control.measured.n_answers:
        return
    known = comparable(control, others)
    if unknown := [arm.arm for arm in others if arm not in known]:
        yield f"Whether impressions are lost is not known yet of {', '.join(unknown)}: too few people, or no reports."


def _uneven_losses(experiment: Experiment, counts: Counts) -> Iterator[str]:
    """If those who left an arm were its shoppers who do not buy, whoever stayed buys more by as large a share."""
    shares = {
        name: counted.n_left / (counted.n_units + counted.n_left)
        for name, counted in counts.arms.items()
        if counted.n_units + counted.n_left
    }
    of_control = shares.pop(experiment.control, 0.0)
    for name, share in shares.items():
        if abs(share - of_control) > MUCH_LOST * experiment.smallest_effect:
            yield (
                f"{percent(share)} of {name}'s {UNITS[experiment.unit]} left, {percent(of_control)} of "
                f"{experiment.control}'s. What was bought and clicked is of those who stayed, and may be better or "
                "worse for that alone."
            )


def _early(experiment: Experiment, name: str, counts: Counts, effects: tuple[Effect, ...]) -> Iterator[str]:
    """A winner is certain to be better, and not by how much, nor on the days that it was not seen on."""
    if counts.first_day is not None and counts.last_day is not None:
        n_days = (counts.last_day - counts.first_day).days + 1
        if n_days < WEEK_DAYS:
            days = "1 day" if n_days == 1 else f"{n_days} days"
            yield f"{name} was seen for {days}, less than a week: weekdays may differ."
    found = effect_of(effects, name, experiment.primary)
    low = None if found is None or found.always_valid_relative is None else found.always_valid_relative.low
    if low is not None and low < experiment.smallest_effect:
        looked_for = percent(experiment.smallest_effect)
        yield f"{name}: that it is less than the {looked_for} looked for is not ruled out ({share_text(low)} or more)."


def _possible_harm(experiment: Experiment, name: str, arm: ArmJudgement, effects: tuple[Effect, ...]) -> Iterator[str]:
    for guardrail in experiment.guardrails:
        if arm.guardrails.get(guardrail.metric) != State.OPEN:
            continue
        metric, words = guardrail.metric, HARMS[guardrail.metric]
        found = effect_of(effects, name, metric)
        if found is None or found.always_valid is None:
            yield f"{name}: too little data on {words.data}."
        else:
            worst = words.possible.format(value_text(metric, found.control_value + found.always_valid.high))
            yield f"{name}: up to {worst} still possible (seen: {value_text(metric, found.arm_value)})."
