"""Numbers of shoppers by what is used of them, where the ids of some are not known.

The ledger knows a customer by a pseudonym. Whether an event that is left out happens to tell the id must not decide
where the customer comes among the others: the order of shoppers goes in the bundle.
"""

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend


def numbered_by_use(
    backend: Backend, events: ir.Table, rulings: ir.Table, people: ir.Table
) -> tuple[ir.Table, ir.Table]:
    """Events and rulings with shoppers numbered in an order that used events alone decide.

    That is the order of their kinds and ids, as where all ids are known, except that a customer whom no used event
    names comes where the smallest of the visitors would that are theirs on used events.

    Args:
        backend: Where tables are made.
        events: Columns shopper, customer_id, visitor_id, occurred_at and event_id, null where not used, and others.
        rulings: Column shopper, and others.
        people: Columns shopper and shopper_kind.

    Returns:
        The events without customer_id and visitor_id, and the rulings; of who is not used the number is null.
    """
    used = events.filter(events.shopper.notnull())
    named = used.group_by("shopper").aggregate(
        name=ibis.coalesce(used.customer_id.min(), used.visitor_id.min()),
        first_at=used.occurred_at.min(),
        first_event=used.event_id.min(),
    )
    known = named.join(people, "shopper")
    number = ibis.row_number().over(order_by=("shopper_kind", "name", "first_at", "first_event"))
    numbers = backend.create_table("shoppers_by_use", known.select("shopper", number=number))
    renumbered = [_renumbered(table, numbers) for table in (events.drop("customer_id", "visitor_id"), rulings)]
    return (
        backend.create_table("events_numbered", renumbered[0]),
        backend.create_table("rulings_numbered", renumbered[1]),
    )


def _renumbered(rows: ir.Table, numbers: ir.Table) -> ir.Table:
    joined = rows.left_join(numbers, "shopper")
    return joined.select(**{name: joined[name] for name in rows.columns if name != "shopper"}, shopper=joined.number)
