"""How each identity stood, and what that amounted to: privacy.consent's standing_of and voice_of over whole tables."""

import ibis
import ibis.expr.types as ir

from privacy.consent import ShopperKind, Status, Voice
from privacy.regimes import Regime, Regimes
from training.identities import END
from training.terms import Terms, naive


def standings_of(answers: ir.Table, terms: Terms) -> ir.Table:
    """From when until when each identity stood at an answer, and what that amounted to.

    Which answer stands is privacy.consent.standing_of's matter, what it amounts to voice_of's: a yes that lapses ends
    at that moment and is followed by silence.

    Returns:
        Columns shopper_kind, shopper_id, voice (a privacy.consent.Voice), stood_from, stood_until; voice_now, the
        same for all rows of an identity; is_latest; and has_granted, whether the answer is a grant.
    """
    person = ("shopper_kind", "shopper_id")
    is_said = answers.status != str(Status.NOTICED)
    is_denied = answers.status == str(Status.DENIED)
    marked = answers.mutate(
        is_denied=is_denied,
        said_from=is_said.ifelse(answers.occurred_at, ibis.null("timestamp(6)"))
        .min()
        .over(ibis.window(group_by=person)),
        is_notice=~is_said,
    )
    # A notice stands only until anything is said, and whatever comes later.
    counting = marked.filter(~(marked.is_notice & (marked.occurred_at >= marked.said_from)).fill_null(False))
    order = [ibis.desc(counting[name]) for name in ("is_denied", "jurisdiction", "policy_version")]
    placed = counting.mutate(place=ibis.row_number().over(group_by=(*person, "occurred_at"), order_by=order))
    instants = placed.filter(placed.place == 0)
    following = instants.occurred_at.lead().over(group_by=person, order_by="occurred_at")
    lapses_at = _lapse(instants.policy_version, terms.regimes)
    is_yes = _may_be_yes(answers, instants, terms.regimes)
    is_current = (instants.occurred_at <= _moment(naive(terms.now))) & (
        lapses_at.isnull() | (lapses_at > _moment(naive(terms.now)))
    )
    no, yes, silent = (ibis.literal(str(voice)) for voice in (Voice.NO, Voice.YES, Voice.SILENT))
    latest = instants.select(
        *person,
        voice=ibis.cases((instants.is_denied, no), (is_yes, yes), else_=silent),
        stood_from=instants.occurred_at,
        following=following.fill_null(_moment(END)),
        lapses_at=lapses_at,
        is_latest=following.isnull(),
        voice_now=ibis.cases((instants.is_denied, no), (is_yes & is_current, yes), else_=silent),
        has_granted=instants.status == str(Status.GRANTED),
    )
    # Only a yes lapses.
    lapses_at = (latest.voice == yes).ifelse(latest.lapses_at, ibis.null("timestamp(6)"))
    return latest.select(
        *person,
        "voice",
        "stood_from",
        "is_latest",
        "has_granted",
        stood_until=ibis.least(latest.following, lapses_at.fill_null(_moment(END))),
        voice_now=latest.is_latest.ifelse(latest.voice_now, ibis.null("string"))
        .max()
        .over(ibis.window(group_by=person)),
    )


def consenting_customers(standings: ir.Table) -> ir.Table:
    """Column customer_id of the customers who say yes now."""
    granted = standings.filter(
        standings.is_latest
        & (standings.voice_now == str(Voice.YES))
        & (standings.shopper_kind == str(ShopperKind.CUSTOMER))
    )
    return granted.select(customer_id=granted.shopper_id)


def _may_be_yes(answers: ir.Table, instants: ir.Table, regimes: Regimes) -> ir.BooleanValue:
    """Whether an answer is a yes while it has not lapsed."""
    is_granted = instants.status == str(Status.GRANTED)
    if not regimes.by_jurisdiction:
        return is_granted
    noticed = answers.filter(answers.status == str(Status.NOTICED))
    jurisdictions = noticed.select("jurisdiction").distinct().to_pyarrow()["jurisdiction"].to_pylist()
    opt_out = [one for one in jurisdictions if regimes.regime_of(one) is Regime.OPT_OUT]
    if not opt_out:
        return is_granted
    return is_granted | ((instants.status == str(Status.NOTICED)) & instants.jurisdiction.isin(opt_out))


def _lapse(policy_version: ir.StringColumn, regimes: Regimes) -> ir.TimestampValue:
    """When a yes to each version comes to count as never asked; null for never. See Regimes.has_lapsed."""
    never = ibis.null("timestamp(6)")

    def first_after(place: int) -> ir.TimestampValue:
        later = [policy.effective_from for policy in regimes.policy_versions[place:] if policy.older_lapse]
        return _moment(naive(min(later))) if later else never

    cases = [
        (policy_version == policy.version, first_after(place + 1))
        for place, policy in enumerate(regimes.policy_versions)
    ]
    return ibis.cases(*cases, else_=first_after(0)) if cases else never


def _moment(moment: object) -> ir.TimestampScalar:
    return ibis.literal(moment, type="timestamp(6)")
