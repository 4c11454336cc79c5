"""The one sentence that says what is to be done about a test."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from experiments.analysis.effects import Effect, effect_of
from experiments.analysis.figures import percent
from experiments.analysis.glossary import GAINS, UNITS
from experiments.analysis.judgement import Judgement, Outcome, is_deciding
from experiments.analysis.power import Plan
from experiments.analysis.sample_ratio import SampleRatio
from experiments.analysis.sums import Counts
from experiments.analysis.wording import SAFE, effect_text, moment_text, share_text
from experiments.definition import Experiment


def headline_of(
    experiment: Experiment,
    counts: Counts,
    judgement: Judgement,
    effects: tuple[Effect, ...],
    ratios: tuple[SampleRatio, ...],
    plans: Sequence[Plan],
    now: datetime,
) -> str:
    """What is to be done, and why.

    Args:
        experiment: The test.
        counts: Of it.
        judgement: Of them.
        effects: Of all arms.
        ratios: Of all arms.
        plans: Of the arms that decide.
        now: UTC.
    """
    match judgement.outcome:
        case Outcome.BROKEN:
            return "Broken: " + _mismatch(next(ratio for ratio in ratios if ratio.is_broken))
        case Outcome.STOP_FOR_HARM:
            harmed = effect_of(effects, judgement.arm, judgement.metric)
            return f"Stop for harm: {effect_text(experiment, harmed)}" if harmed else "Stop for harm."
        case Outcome.SHIP:
            better = effect_of(effects, judgement.arm, experiment.primary)
            return f"Ship {effect_text(experiment, better)}" if better else f"Ship {judgement.arm}."
        case Outcome.NO_DIFFERENCE:
            names = [name for name in judgement.arms if is_deciding(experiment, name)]
            are = f"{', '.join(names)} {'is' if len(names) == 1 else 'are'}"
            return (
                f"No difference worth having: {are} within {percent(experiment.smallest_effect)} of "
                f"{experiment.control}."
            )
    if now < experiment.starts_at:
        return f"Not begun: it starts {moment_text(experiment.starts_at)}."
    if is_unseen(counts):
        return _unseen(experiment, counts)
    if now >= experiment.ends_at:
        return "Undecided at its end: no arm is shown to be better, worse, or no different."
    return _keep_running(experiment, plans, now)


def is_unseen(counts: Counts) -> bool:
    """Whether nobody who is counted, or was, has been seen with an answer.

    Args:
        counts: Of a test.
    """
    return not counts.n_crossed and not any(
        arm.n_units or arm.n_left or arm.n_exposures for arm in counts.arms.values()
    )


def _unseen(experiment: Experiment, counts: Counts) -> str:
    began = f"since it began on {moment_text(experiment.starts_at)}"
    n_measured, n_unmeasured = (
        sum(served.n_answers for served in (getattr(arm, name) for arm in counts.arms.values()))
        for name in ("measured", "unmeasured")
    )
    if n_measured:
        return f"No answer has been seen {began}, and servers gave {n_measured:,}: do pages report what they show?"
    if n_unmeasured:
        return f"No answer can be counted {began}: all {n_unmeasured:,} went to people who did not allow measurement."
    return f"No answer has been seen {began}: is a server running it, and do its models exist?"


def _keep_running(experiment: Experiment, plans: Sequence[Plan], now: datetime) -> str:
    units, days = UNITS[experiment.unit], [plan.days_to_go for plan in plans]
    if not days or None in days:
        return f"Keep running: there are too few {units} yet to say how long."
    longest = max(day for day in days if day is not None)
    if not longest:
        return "Keep running: it has all the units planned for, and what it finds is smaller than what was looked for."
    days_left = (experiment.ends_at - now) / timedelta(days=1)
    if longest > days_left:
        ends = f"ends in {days_left:.0f}" if days_left >= 1 else "ends within a day"
        return (
            f"Keep running, but it will not be done by its end: at the present rate it needs about {longest} more "
            f"days, and it {ends}. Move `ends`, or start it anew with a larger smallest_effect."
        )
    return (
        f"Keep running: about {longest} more days at the present rate; the last {units}' "
        f"{GAINS[experiment.primary].deeds} are complete {experiment.window_days} days after that."
    )


def _mismatch(ratio: SampleRatio) -> str:
    chance = f"p = {ratio.always_valid_p_value:.2g}, {SAFE}"
    return f"{_uneven(ratio)}; {chance}. Find out what is lost before you read anything else."


def _uneven(ratio: SampleRatio) -> str:
    if ratio.answers is not None:
        (first, *others) = (
            (f"of {name}'s {ratio.answers[name]:,}", percent(seen / ratio.answers[name]))
            for name, seen in ratio.observed.items()
        )
        return ", ".join([f"{first[0]} answers {first[1]} were reported as seen", *map(" ".join, others)])
    n = sum(ratio.observed.values())
    arms = "; ".join(
        f"{name} has {count:,} where {n * ratio.expected[name]:,.0f} are due "
        f"({share_text(count / (n * ratio.expected[name]) - 1)})"
        for name, count in ratio.observed.items()
    )
    return f"of {n:,} {ratio.of} {arms}"
