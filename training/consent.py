"""The consent rule of privacy.consent over whole tables: what each pair of ids may be used for, and when."""

from functools import reduce

import ibis
import ibis.expr.types as ir

from models.errors import Fault
from privacy.consent import Purpose, Reason, ShopperKind, Status, Voice
from training.identities import BEGINNING, END, NOBODY
from training.schema import EARLIEST, LATEST
from training.terms import Exclusion

PURPOSE = Purpose.MODEL_TRAINING


def answers_of(good: ir.Table, bad: ir.Table, bad_links: ir.Table) -> ir.Table:
    """Answers to reckon with, a row each: shopper_kind, shopper_id, occurred_at, status, jurisdiction, policy_version.

    Any doubt is a no. A bad row that may be about model training and says neither granted nor noticed is a denial:
    of the customer and the visitor of that id if the kind is unreadable, from its time on, or at END, which
    nothing follows, if that is unreadable. A bad row that does say one of the two is no answer. A bad link that names
    a visitor but no customer is a denial of the visitor, who may be anybody.

    Args:
        good: Rows of the consent table that break no rule.
        bad: Rows that do, with what could be read of them.
        bad_links: Rows of the identities table that break a rule.
    """
    clear = good.filter(good.purpose == str(PURPOSE))
    answers = clear.select(
        "shopper_kind",
        "shopper_id",
        "occurred_at",
        "status",
        jurisdiction=clear.jurisdiction.fill_null(""),
        policy_version=clear.policy_version.fill_null(""),
    )
    doubtful = bad.filter(_may_deny(bad) & bad.shopper_id.notnull())
    for kind in ShopperKind:
        of_kind = doubtful.filter(
            (doubtful.shopper_kind == str(kind)) | ~doubtful.shopper_kind.isin(tuple(ShopperKind)).fill_null(False)
        )
        answers = answers.union(_denials(kind, of_kind, time_or_end(of_kind.occurred_at)))
    anybody = bad_links.filter(bad_links.visitor_id.notnull() & bad_links.customer_id.isnull())
    anybody = anybody.mutate(shopper_id=anybody.visitor_id)
    return answers.union(_denials(ShopperKind.VISITOR, anybody, _moment(END)))


def faults_of_answers(bad: ir.Table) -> list[Fault]:
    """A fault if somebody may have said no and nobody can tell who."""
    n_lost = int(bad.filter(_may_deny(bad) & bad.shopper_id.isnull()).count().to_pyarrow().as_py())
    if not n_lost:
        return []
    lost = f"{n_lost:,} rows may say no and name no shopper, so nobody can be sure to be left out; mend or remove them"
    return [Fault("consent.shopper_id", lost)]


def time_or_end(moment: ir.TimestampValue) -> ir.TimestampValue:
    """The moment, or END where it cannot be one."""
    readable = moment.between(EARLIEST.replace(tzinfo=None), LATEST.replace(tzinfo=None))
    return readable.fill_null(False).ifelse(moment, _moment(END))


def since_erasure(answers: ir.Table, erasures: ir.Table) -> ir.Table:
    """The answers without those that their identity's erasure made void: all said until then.

    Args:
        answers: As answers_of gives them.
        erasures: Columns shopper_kind, shopper_id, erased_at, a row an identity.
    """
    joined = answers.left_join(erasures, ("shopper_kind", "shopper_id"))
    kept = joined.filter(joined.erased_at.isnull() | (joined.occurred_at > joined.erased_at))
    return kept.select(*answers.columns)


def rulings_of(pairs: ir.Table, members: ir.Table, standings: ir.Table, erasures: ir.Table) -> ir.Table:
    """The rule for every pair of ids and every time.

    Args:
        pairs: Columns pair, customer_id, visitor_id.
        members: Columns pair, shopper_kind, shopper_id, since, may_agree.
        standings: As training.standings.standings_of gives them.
        erasures: Columns shopper_kind, shopper_id, erased_at.

    Returns:
        Columns pair, starts, ends, reason (of training.terms.REASONS); a pair's rulings cover all time without
        overlap, `ends` excluded.
    """
    spans = members.join(standings, ("shopper_kind", "shopper_id"))
    yes_now = (spans.voice_now == str(Voice.YES)) & spans.may_agree
    spans = spans.select(
        "pair",
        "is_latest",
        voice=((spans.voice == str(Voice.YES)) & ~spans.may_agree).ifelse(str(Voice.SILENT), spans.voice),
        has_granted=spans.has_granted & spans.may_agree,
        denies_now=spans.voice_now == str(Voice.NO),
        yes_now=yes_now,
        starts=ibis.greatest(spans.since, spans.stood_from),
        ends=spans.stood_until,
    )
    latest = spans.filter(spans.is_latest)
    now = latest.group_by("pair").aggregate(
        denied_now=latest.denies_now.any(), yes_now=latest.yes_now.any(), has_granted=latest.has_granted.any()
    )
    erased = members.join(erasures, ("shopper_kind", "shopper_id"))
    erased = erased.group_by("pair").aggregate(erased_at=erased.erased_at.max())
    steps = _steps(pairs, spans, erased)
    window = ibis.window(group_by="pair", order_by="at")
    so_far = ibis.window(group_by="pair", order_by="at", rows=(None, 0))
    counts = steps.select(
        "pair",
        starts=steps["at"],
        ends=steps["at"].lead().over(window).fill_null(_moment(END)),
        n_yes=steps.yes.sum().over(so_far),
        n_no=steps.no.sum().over(so_far),
        n_still=steps.still.sum().over(so_far),
    )
    known = counts.left_join(now, "pair").drop("pair_right").left_join(erased, "pair").drop("pair_right")
    known = known.join(pairs, "pair")
    denied_now = known.denied_now.fill_null(False)
    speaks_now = denied_now | known.yes_now.fill_null(False)
    reason = ibis.cases(
        ((known.customer_id == NOBODY) & (known.visitor_id == NOBODY), str(Reason.NO_IDENTITY)),
        ((known.starts <= known.erased_at).fill_null(False), str(Exclusion.ERASED)),
        (~speaks_now & known.has_granted.fill_null(False), str(Reason.LAPSED)),
        (~speaks_now, str(Reason.NEVER_ASKED)),
        ((known.n_yes == 0) & ~denied_now, str(Reason.NOT_YET_GRANTED)),
        ((known.n_yes == 0) | (known.n_no > 0), str(Reason.DENIED)),
        (denied_now, str(Reason.WITHDRAWN)),
        (known.n_still == 0, str(Reason.LAPSED)),
        else_=str(Reason.GRANTED),
    )
    return known.select("pair", "starts", "ends", reason=reason)


def assumed_rulings(pairs: ir.Table) -> ir.Table:
    """Rulings that allow everything, for data whose consent was settled elsewhere."""
    return pairs.select("pair", starts=_moment(BEGINNING), ends=_moment(END), reason=ibis.literal(str(Reason.GRANTED)))


def _steps(pairs: ir.Table, spans: ir.Table, erased: ir.Table) -> ir.Table:
    """When the number of a pair's members that say yes or no changes, and by how much.

    BEGINNING is a step, and so is the first moment after the pair's erasure.
    """
    lasting = spans.filter(spans.starts < spans.ends)
    one = {
        "yes": (lasting.voice == str(Voice.YES)).cast("int64"),
        "no": (lasting.voice == str(Voice.NO)).cast("int64"),
        "still": ((lasting.voice == str(Voice.YES)) & lasting.yes_now).cast("int64"),
    }
    up = lasting.select("pair", at=lasting.starts, **one)
    down = lasting.select("pair", at=lasting.ends, **{name: -number for name, number in one.items()})
    zero = dict.fromkeys(one, ibis.literal(0, type="int64"))
    base = pairs.select("pair", at=_moment(BEGINNING), **zero)
    cuts = erased.select("pair", at=erased.erased_at + ibis.interval(microseconds=1), **zero)
    steps = reduce(lambda left, right: left.union(right), (base, up, down.filter(down["at"] < _moment(END)), cuts))
    return steps.group_by("pair", "at").aggregate(**{name: steps[name].sum() for name in one})


def _denials(kind: ShopperKind, rows: ir.Table, occurred_at: ir.TimestampValue) -> ir.Table:
    """Denials by the rows' shopper_id, as answers."""
    return rows.select(
        shopper_kind=ibis.literal(str(kind)),
        shopper_id=rows.shopper_id,
        occurred_at=occurred_at,
        status=ibis.literal(str(Status.DENIED)),
        jurisdiction=ibis.literal(""),
        policy_version=ibis.literal(""),
    )


def _may_deny(rows: ir.Table) -> ir.BooleanValue:
    others = tuple(str(purpose) for purpose in Purpose if purpose is not PURPOSE)
    about_training = ~rows.purpose.isin(others).fill_null(False)
    return about_training & ~rows.status.isin((str(Status.GRANTED), str(Status.NOTICED))).fill_null(False)


def _moment(moment: object) -> ir.TimestampScalar:
    return ibis.literal(moment, type="timestamp(6)")
