"""Sessions and orders: which events of a shopper belong together."""

import ibis
import ibis.expr.types as ir

from training.schema import EventType

# The web's convention since the log analysers of the 1990s, and Google Analytics' default.
SESSION_GAP_MINUTES = 30

SESSION_EVENTS = (EventType.VIEW, EventType.ADD_TO_CART, EventType.FAVOURITE)


def session_lines(events: ir.Table) -> ir.Table:
    """Items looked at in a session: views, favourites and additions to the cart.

    A session is a shopper's events under one session_id, or under none, without a gap of more than 30 minutes.

    Args:
        events: Columns event_type, occurred_at, shopper, session_id, item.

    Returns:
        Columns shopper, name (the session_id, empty for none), run, item, n (events), n_favourites (of them), at (the
        earliest) and until (the latest).
    """
    looks = events.filter(events.event_type.isin(SESSION_EVENTS))
    return _lines(_runs(looks).mutate(name=lambda rows: rows.session_id.fill_null("")))


def order_lines(events: ir.Table) -> ir.Table:
    """Items bought together: a shopper's purchases with one order_id, or without one in one session.

    Two shoppers with the same order_id have an order each. Purchases without order_id are of one session if no
    more than 30 minutes lie between one and the next.

    Args:
        events: As for session_lines, and order_id.

    Returns:
        As session_lines, without favourites; name is the order_id with run 0, or the session_id with run 1, 2, ....
    """
    bought = events.filter(events.event_type == str(EventType.PURCHASE))
    named = bought.filter(bought.order_id.notnull())
    unnamed = _runs(bought.filter(bought.order_id.isnull()))
    columns = ("shopper", "item", "occurred_at")
    kind = {"event_type": ibis.literal(str(EventType.PURCHASE))}
    together = named.select(*columns, name=named.order_id, run=ibis.literal(0, type="int64"), **kind).union(
        unnamed.select(*columns, name=unnamed.session_id.fill_null(""), run=unnamed.run, **kind)
    )
    return _lines(together)


def _runs(events: ir.Table) -> ir.Table:
    """Events with `run`, which counts a shopper's sessions under one session_id from 1."""
    window = ibis.window(group_by=("shopper", "session_id"), order_by="occurred_at")
    before = events.occurred_at.lag().over(window)
    pause = before + ibis.interval(minutes=SESSION_GAP_MINUTES)
    marked = events.mutate(starts=(before.isnull() | (events.occurred_at > pause)).cast("int64"))
    # By range, not by rows: of events at one moment either window may take any first, and all are of one run.
    so_far = ibis.range_window(group_by=("shopper", "session_id"), order_by="occurred_at", preceding=None, following=0)
    return marked.mutate(run=marked.starts.sum().over(so_far))


def _lines(events: ir.Table) -> ir.Table:
    return events.group_by("shopper", "name", "run", "item").aggregate(
        n=events.count(),
        n_favourites=(events.event_type == str(EventType.FAVOURITE)).sum(),
        at=events.occurred_at.min(),
        until=events.occurred_at.max(),
    )
