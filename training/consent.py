"""The consent rule of privacy.consent over whole tables: what each pair of ids may be used for, and when."""

import ibis
import ibis.expr.types as ir

from models.errors import Fault
from privacy.consent import Purpose, Reason, ShopperKind, Status
from training.identities import BEGINNING, END, NOBODY
from training.schema import EARLIEST, LATEST

PURPOSE = Purpose.MODEL_TRAINING


def answers_of(good: ir.Table, bad: ir.Table, bad_links: ir.Table) -> ir.Table:
    """Answers to reckon with, a row each: shopper_kind, shopper_id, occurred_at, is_denied.

    Any doubt is a no. A bad row that may be about model training and does not plainly say granted is a denial:
    of the customer and the visitor of that id if the kind is unreadable, from its time on, or at END, which
    nothing follows, if that is unreadable. A bad row that does say granted is no answer. A bad link that names a
    visitor but no customer is a denial of the visitor, who may be anybody.

    Args:
        good: Rows of the consent table that break no rule.
        bad: Rows that do, with what could be read of them.
        bad_links: Rows of the identities table that break a rule.
    """
    clear = good.filter(good.purpose == str(PURPOSE))
    answers = clear.select("shopper_kind", "shopper_id", "occurred_at", is_denied=clear.status == str(Status.DENIED))
    doubtful = bad.filter(_may_deny(bad) & bad.shopper_id.notnull())
    readable = doubtful.occurred_at.between(EARLIEST.replace(tzinfo=None), LATEST.replace(tzinfo=None))
    last = ibis.literal(END, type="timestamp(6)")
    occurred_at = readable.fill_null(False).ifelse(doubtful.occurred_at, last)
    for kind in ShopperKind:
        of_kind = doubtful.select("shopper_id", "shopper_kind", occurred_at=occurred_at).filter(
            (doubtful.shopper_kind == str(kind)) | ~doubtful.shopper_kind.isin(tuple(ShopperKind)).fill_null(False)
        )
        denials = of_kind.select(
            "shopper_id", "occurred_at", shopper_kind=ibis.literal(str(kind)), is_denied=ibis.literal(True)
        )
        answers = answers.union(denials.select(*answers.columns))
    anybody = bad_links.filter(bad_links.visitor_id.notnull() & bad_links.customer_id.isnull())
    unknown = anybody.select(
        shopper_kind=ibis.literal(str(ShopperKind.VISITOR)),
        shopper_id=anybody.visitor_id,
        occurred_at=last,
        is_denied=ibis.literal(True),
    )
    return answers.union(unknown)


def faults_of_answers(bad: ir.Table) -> list[Fault]:
    """A fault if somebody may have said no and nobody can tell who."""
    n_lost = int(bad.filter(_may_deny(bad) & bad.shopper_id.isnull()).count().to_pyarrow().as_py())
    if not n_lost:
        return []
    lost = f"{n_lost:,} rows may say no and name no shopper, so nobody can be sure to be left out; mend or remove them"
    return [Fault("consent.shopper_id", lost)]


def standings_of(answers: ir.Table) -> ir.Table:
    """From when until when each identity stood at an answer: shopper_kind, shopper_id, is_denied, stood_from,
    stood_until, is_latest. Of answers at one instant a denial wins.
    """
    instants = answers.group_by("shopper_kind", "shopper_id", "occurred_at").aggregate(
        is_denied=answers.is_denied.any()
    )
    window = ibis.window(group_by=("shopper_kind", "shopper_id"), order_by="occurred_at")
    following = instants.occurred_at.lead().over(window)
    return instants.select(
        "shopper_kind",
        "shopper_id",
        "is_denied",
        stood_from=instants.occurred_at,
        stood_until=following.fill_null(ibis.literal(END, type="timestamp(6)")),
        is_latest=following.isnull(),
    )


def consenting_customers(standings: ir.Table) -> ir.Table:
    """Column customer_id of the customers who stand at granted now."""
    granted = standings.filter(
        standings.is_latest & ~standings.is_denied & (standings.shopper_kind == str(ShopperKind.CUSTOMER))
    )
    return granted.select(customer_id=granted.shopper_id)


def rulings_of(pairs: ir.Table, members: ir.Table, standings: ir.Table) -> ir.Table:
    """The rule for every pair of ids and every time.

    Args:
        pairs: Columns pair, customer_id, visitor_id.
        members: Columns pair, shopper_kind, shopper_id, since.
        standings: As standings_of gives them.

    Returns:
        Columns pair, starts, ends, reason (a privacy.consent.Reason); a pair's rulings cover all time without
        overlap, `ends` excluded.
    """
    spans = members.join(standings, ("shopper_kind", "shopper_id"))
    spans = spans.select(
        "pair",
        "is_denied",
        "is_latest",
        starts=ibis.greatest(spans.since, spans.stood_from),
        ends=spans.stood_until,
    )
    now = spans.group_by("pair").aggregate(denied_now=(spans.is_latest & spans.is_denied).any())
    steps = _steps(pairs, spans)
    window = ibis.window(group_by="pair", order_by="at")
    so_far = ibis.window(group_by="pair", order_by="at", rows=(None, 0))
    counts = steps.select(
        "pair",
        starts=steps["at"],
        ends=steps["at"].lead().over(window).fill_null(ibis.literal(END, type="timestamp(6)")),
        n_granted=steps.granted.sum().over(so_far),
        n_denied=steps.denied.sum().over(so_far),
    )
    known = counts.left_join(now, "pair").join(pairs, "pair")
    # Who stood at granted then stands at an answer now, so "still granted" follows from "nobody denies now".
    reason = ibis.cases(
        ((known.customer_id == NOBODY) & (known.visitor_id == NOBODY), str(Reason.NO_IDENTITY)),
        (known.denied_now.isnull(), str(Reason.NEVER_ASKED)),
        ((known.n_granted == 0) & ~known.denied_now, str(Reason.NOT_YET_GRANTED)),
        ((known.n_granted == 0) | (known.n_denied > 0), str(Reason.DENIED)),
        (known.denied_now, str(Reason.WITHDRAWN)),
        else_=str(Reason.GRANTED),
    )
    return known.select("pair", "starts", "ends", reason=reason)


def assumed_rulings(pairs: ir.Table) -> ir.Table:
    """Rulings that allow everything, for data whose consent was settled elsewhere."""
    return pairs.select(
        "pair",
        starts=ibis.literal(BEGINNING, type="timestamp(6)"),
        ends=ibis.literal(END, type="timestamp(6)"),
        reason=ibis.literal(str(Reason.GRANTED)),
    )


def _steps(pairs: ir.Table, spans: ir.Table) -> ir.Table:
    """When the number of a pair's members at granted or denied changes, and by how much; BEGINNING is a step."""
    lasting = spans.filter(spans.starts < spans.ends)
    one = lasting.is_denied.cast("int64")
    up = lasting.select("pair", at=lasting.starts, granted=1 - one, denied=one)
    down = lasting.select("pair", at=lasting.ends, granted=one - 1, denied=-one)
    zero = ibis.literal(0, type="int64")
    base = pairs.select("pair", at=ibis.literal(BEGINNING, type="timestamp(6)"), granted=zero, denied=zero)
    steps = base.union(up).union(down.filter(down["at"] < ibis.literal(END, type="timestamp(6)")))
    return steps.group_by("pair", "at").aggregate(granted=steps.granted.sum(), denied=steps.denied.sum())


def _may_deny(rows: ir.Table) -> ir.BooleanValue:
    others = tuple(str(purpose) for purpose in Purpose if purpose is not PURPOSE)
    about_training = ~rows.purpose.isin(others).fill_null(False)
    return about_training & ~(rows.status == str(Status.GRANTED)).fill_null(False)
