"""All that is told of an interleaved test: which of two lists is used more, as JSON has it."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from experiments.analysis.credit import Credit, Credits, Deed
from experiments.analysis.figures import percent
from experiments.analysis.interleaving import preference_of
from experiments.analysis.report import Report, answers_of
from experiments.analysis.share_sequence import EVEN, share_interval, share_p_value
from experiments.analysis.sums import Served
from experiments.analysis.wording import SAFE
from experiments.definition import Experiment, Metric
from experiments.interleaving import FIRST, SECOND, draft_variant
from experiments.plain import to_plain

FORM = 1
"""Of the keys, as experiments.analysis.report.FORM."""
PREFERRED, OPEN, HARM = "preferred", "open", "harm"
"""Outcomes: an arm's items are used more; nothing is known; the other arm's items are dismissed more."""
DECIDED_BY: Mapping[Metric, Deed] = {
    Metric.CLICK_RATE: Deed.CLICKS,
    Metric.CLICKERS: Deed.CLICKS,
    Metric.CART_ADDERS: Deed.CARTS,
    Metric.ASSISTED_REVENUE: Deed.REVENUE,
}
WORDS: Mapping[Deed, str] = {
    Deed.CLICKS: "clicked",
    Deed.CARTS: "put into the cart",
    Deed.PURCHASES: "bought",
    Deed.REVENUE: "spent on",
    Deed.DISMISSALS: "dismissed",
}
UNEVEN = 0.05
"""So much more than half of the items are one arm's before it is told that the preference comes partly from that."""
LIMITS = (
    "This is a first look: everybody was shown both lists, so it says nothing about silence, total purchases or "
    "opt-outs. Follow it with a test of arms."
)


def interleaving_report(
    experiment: Experiment, counted: Credits, now: datetime, served: Mapping[str, Served] | None = None
) -> Report:
    """All that is told of an interleaved test; `experiment.interleaved` tells it from a report of arms.

    Keys, of which none is missing; what cannot be told is None:

    - form: FORM. as_of: of the analysis, ISO 8601. experiment: the definition, with `share`, of the layer's traffic.
    - verdict: outcome (PREFERRED, OPEN or HARM), arm, headline, sentences, warnings.
    - arms: by name team (as variants have it), items (that were seen), place (their mean one on the page, from 1).
    - units, answers (that they saw), quiet (of those), alone (of those, with one arm's items only).
    - preferences: a list, what decides first: deed (experiments.analysis.credit.Deed), is_primary, totals and units
      (that did it more) by arm, ties (units that did it as much with both, or not at all), and of the arm that is not
      the control: arm, share (of units with a preference), fixed, p_value, always_valid, always_valid_p_value. With a
      guardrail of dismissals either decides with half of alpha, and always_valid is of that.
    - measured and unmeasured: answers, quiet, slow_ms, as servers counted them.
    - first_day, last_day, model_versions, currency.

    Args:
        experiment: The test, interleaved.
        counted: Of it.
        now: UTC.
        served: What servers counted, by variant; None where that is not known.
    """
    arm = next(name for name in experiment.interleaved if name != experiment.control)
    decides = DECIDED_BY[experiment.primary]
    deeds = [decides, *(deed for deed in Deed if deed is not decides)]
    preferences = [_preference(experiment, arm, deed, counted.by_deed[deed], decides) for deed in deeds]
    measured, unmeasured = (
        (served or {}).get(draft_variant(experiment.salt, "", is_measured=is_measured), Served())
        for is_measured in (True, False)
    )
    first, second = experiment.interleaved
    return {
        "form": FORM,
        "as_of": now.isoformat(),
        "experiment": {**to_plain(experiment), "share": experiment.share},
        "verdict": _verdict(experiment, arm, counted, preferences, now),
        "arms": {
            first: {"team": FIRST, "items": counted.shown_first, "place": counted.place_first},
            second: {"team": SECOND, "items": counted.shown_second, "place": counted.place_second},
        },
        "units": counted.n_units,
        "answers": counted.n_exposures,
        "quiet": counted.n_quiet,
        "alone": counted.n_alone,
        "preferences": preferences,
        "measured": answers_of(measured),
        "unmeasured": answers_of(unmeasured),
        "first_day": None if counted.first_day is None else counted.first_day.isoformat(),
        "last_day": None if counted.last_day is None else counted.last_day.isoformat(),
        "model_versions": list(counted.model_versions),
        "currency": counted.currency,
    }


def _preference(experiment: Experiment, arm: str, deed: Deed, credit: Credit, decides: Deed) -> Report:
    units = dict(zip(experiment.interleaved, (credit.n_first, credit.n_second), strict=True))
    n_arm, n_control = units[arm], units[experiment.control]
    found = preference_of(n_arm, n_control, credit.n_ties, experiment.alpha)
    always_valid = share_interval(n_arm, n_control, _alpha(experiment))
    return {
        "deed": str(deed),
        "is_primary": deed is decides,
        "totals": dict(zip(experiment.interleaved, (credit.first, credit.second), strict=True)),
        "units": units,
        "ties": credit.n_ties,
        "arm": arm,
        "share": found.share,
        "fixed": None if found.fixed is None else list(found.fixed),
        "p_value": found.p_value,
        "always_valid": None if always_valid is None else list(always_valid),
        "always_valid_p_value": share_p_value(n_arm, n_control),
    }


def _verdict(experiment: Experiment, arm: str, counted: Credits, preferences: list[Report], now: datetime) -> Report:
    decides = preferences[0]
    control, is_over = experiment.control, experiment.ends_at <= now
    preferred = _preferred(experiment, decides)
    if _is_waved_away(experiment, arm, counted, preferences):
        outcome, of = HARM, arm
        headline = f"Stop: more {experiment.unit}s dismiss what {arm} shows than what {control} does"
    elif preferred is None:
        outcome, of = OPEN, None
        headline = "No preference was found" if is_over else "No preference is found yet: keep running"
    elif preferred == arm:
        outcome, of = PREFERRED, arm
        headline = f"{arm} is preferred to {control}: it is worth a test of arms"
    else:
        outcome, of = PREFERRED, control
        headline = f"{control} is preferred to {arm}"
    return {
        "outcome": outcome,
        "arm": of,
        "headline": headline,
        "sentences": [_told(experiment, decides), LIMITS],
        "warnings": list(_warnings(experiment, arm, counted)),
    }


def _alpha(experiment: Experiment) -> float:
    """Of each of what may end the test, so that all of it is false with the experiment's alpha or less."""
    return experiment.alpha / (2 if _margin(experiment) is not None else 1)


def _margin(experiment: Experiment) -> float | None:
    """Of the guardrail of dismissals, the only one that both lists in one can tell; None without it."""
    margins = (guardrail.margin for guardrail in experiment.guardrails if guardrail.metric == Metric.DISMISSAL_RATE)
    return next(margins, None)


def _preferred(experiment: Experiment, preference: Report) -> str | None:
    """Whose items are used by more units, safe at every look; None where nobody's are."""
    if preference["share"] is None or preference["always_valid_p_value"] > _alpha(experiment):
        return None
    arm: str = preference["arm"]
    return arm if preference["share"] > EVEN else experiment.control


def _is_waved_away(experiment: Experiment, arm: str, counted: Credits, preferences: list[Report]) -> bool:
    """Whether the arm's items are dismissed by more units, and more often by an item than the margin lets it."""
    margin = _margin(experiment)
    if margin is None:
        return False
    [waved] = [one for one in preferences if one["deed"] == Deed.DISMISSALS]
    shown = dict(zip(experiment.interleaved, (counted.shown_first, counted.shown_second), strict=True))
    rates = {name: total / max(shown[name], 1) for name, total in waved["totals"].items()}
    is_over = rates[arm] - rates[experiment.control] > margin
    return is_over and _preferred(experiment, waved) == arm


def _told(experiment: Experiment, preference: Report) -> str:
    """Such as "Of 310 shoppers who clicked more of one list, 56.1 % did so of new's (50.3 % to 61.7 %, ...)."."""
    n, did = sum(preference["units"].values()), WORDS[Deed(preference["deed"])]
    if preference["always_valid"] is None:
        return f"No {experiment.unit} {did} more of one list than of the other."
    share, low, high = map(percent, (preference["share"], *preference["always_valid"]))
    return (
        f"Of {n:,} {experiment.unit}s who {did} more of one list than of the other, {share} did so of "
        f"{preference['arm']}'s ({low} to {high}, {SAFE})."
    )


def _warnings(experiment: Experiment, arm: str, counted: Credits) -> Iterator[str]:
    shown = dict(zip(experiment.interleaved, (counted.shown_first, counted.shown_second), strict=True))
    n_shown = sum(shown.values())
    if n_shown and abs(shown[arm] / n_shown - EVEN) > UNEVEN:
        more, share = max(shown, key=shown.__getitem__), percent(max(shown.values()) / n_shown)
        yield f"{share} of the items seen are {more}'s: part of the preference comes from showing more items."
    if len(counted.model_versions) > 1:
        yield f"More than one pair of models answered: {', '.join(counted.model_versions)}."
