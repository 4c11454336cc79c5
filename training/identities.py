"""Who a visitor is: the pairs of ids that events carry, everybody they name, and the customer that owns a visitor.

Two moments stand for the ends of time: BEGINNING, before every event, and END, after every one. A link at END is
known now and was known at no event.
"""

from datetime import datetime

import ibis
import ibis.expr.types as ir

from privacy.consent import ShopperKind

BEGINNING = datetime(1, 1, 1)  # noqa: DTZ001 - the backend's times are naive UTC
END = datetime(9999, 12, 31)  # noqa: DTZ001

# An id that is not there; no real id is empty.
NOBODY = ""


def pairs_of(events: ir.Table) -> ir.Table:
    """The distinct (customer_id, visitor_id) of events, NOBODY where one is missing, each with a number `pair`.

    The numbers come in any order: materialise the result before using it twice.
    """
    distinct = events.select(
        customer_id=events.customer_id.fill_null(NOBODY), visitor_id=events.visitor_id.fill_null(NOBODY)
    ).distinct()
    return distinct.mutate(pair=ibis.row_number())


def links_of(good: ir.Table, bad: ir.Table) -> ir.Table:
    """Links to reckon with: those that could be read, and at END those of which only the time could not.

    So a customer who says no today stops the visitor's events although nobody knows since when the two are one.
    """
    timeless = bad.filter(bad.visitor_id.notnull() & bad.customer_id.notnull())
    columns = ("visitor_id", "customer_id")
    doubtful = timeless.select(*columns, linked_at=ibis.literal(END, type="timestamp(6)"))
    return good.select(*columns, "linked_at").union(doubtful).distinct()


def members_of(pairs: ir.Table, links: ir.Table) -> ir.Table:
    """Everybody a pair names: its customer, its visitor, and customers its visitor is linked to.

    Returns:
        Columns pair, shopper_kind, shopper_id, since (when it was first known that the pair names them) and may_agree:
        whether their yes counts, which that of a customer who shares the browser with another one does only where the
        pair itself names them.
    """
    ever = ibis.literal(BEGINNING, type="timestamp(6)")
    customer, visitor = (ibis.literal(str(kind)) for kind in (ShopperKind.CUSTOMER, ShopperKind.VISITOR))
    own = pairs.filter(pairs.customer_id != NOBODY)
    browser = pairs.filter(pairs.visitor_id != NOBODY)
    linked = browser.drop("customer_id").join(links, "visitor_id")
    yes, no = ibis.literal(True), ibis.literal(False)
    everybody = (
        own.select("pair", shopper_kind=customer, shopper_id=own.customer_id, since=ever, is_named=yes)
        .union(browser.select("pair", shopper_kind=visitor, shopper_id=browser.visitor_id, since=ever, is_named=yes))
        .union(
            linked.select(
                "pair", shopper_kind=customer, shopper_id=linked.customer_id, since=linked.linked_at, is_named=no
            )
        )
    )
    each = everybody.group_by("pair", "shopper_kind", "shopper_id").aggregate(
        since=everybody.since.min(), is_named=everybody.is_named.any()
    )
    is_customer = each.shopper_kind == str(ShopperKind.CUSTOMER)
    n_customers = is_customer.cast("int64").sum().over(ibis.window(group_by="pair"))
    return each.mutate(may_agree=each.is_named | (n_customers == 1)).drop("is_named")


def owners_of(links: ir.Table, customers: ir.Table | None) -> ir.Table:
    """Which customer a visitor without one belongs to, and when.

    At any time it is the customer of the latest link so far (of several at one instant the smallest id), before
    the first link the customer of that one. Only customers who consent now count, so that a link to anybody else
    joins no histories.

    Args:
        links: As links_of gives them.
        customers: Column customer_id of those who consent now; None for everybody.

    Returns:
        Columns visitor_id, owner_id, owned_from, owned_until, disjoint and without gaps for each visitor.
    """
    known = links.filter(links.linked_at < ibis.literal(END, type="timestamp(6)"))
    if customers is not None:
        known = known.semi_join(customers, "customer_id")
    single = known.group_by("visitor_id", "linked_at").aggregate(owner_id=known.customer_id.min())
    window = ibis.window(group_by="visitor_id", order_by="linked_at")
    is_first = ibis.row_number().over(window) == 0
    return single.select(
        "visitor_id",
        "owner_id",
        owned_from=is_first.ifelse(ibis.literal(BEGINNING, type="timestamp(6)"), single.linked_at),
        owned_until=single.linked_at.lead().over(window).fill_null(ibis.literal(END, type="timestamp(6)")),
    )


def shoppers_of(rulings: ir.Table, pairs: ir.Table, owners: ir.Table) -> ir.Table:
    """Rulings for each pair's ids with the one shopper they are about.

    Args:
        rulings: Columns pair, starts, ends, reason.
        pairs: As pairs_of gives them.
        owners: As owners_of gives them.

    Returns:
        Columns customer_id, visitor_id, starts, ends, reason, shopper_kind and shopper_id (null for no identity).
        Rulings are parted where the owner changes.
    """
    known = rulings.join(pairs, "pair").drop("pair")
    owned = known.mutate(browser=(known.customer_id == NOBODY).ifelse(known.visitor_id, NOBODY))
    joined = owned.left_join(
        owners,
        [
            owned.browser == owners.visitor_id,
            owned.starts < owners.owned_until,
            owners.owned_from < owned.ends,
        ],
    )
    customer_id = joined.customer_id.nullif(NOBODY).coalesce(joined.owner_id)
    return joined.select(
        "customer_id",
        "visitor_id",
        "reason",
        starts=ibis.greatest(joined.starts, joined.owned_from.fill_null(joined.starts)),
        ends=ibis.least(joined.ends, joined.owned_until.fill_null(joined.ends)),
        shopper_kind=customer_id.notnull().ifelse(str(ShopperKind.CUSTOMER), str(ShopperKind.VISITOR)),
        shopper_id=customer_id.coalesce(joined.visitor_id.nullif(NOBODY)),
    )
