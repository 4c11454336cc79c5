"""UCI Online Retail II: the invoice lines of a British gift shop, 2009 to 2011.

Chen, D. (2012), Online Retail II, UCI Machine Learning Repository, https://doi.org/10.24432/C5CG6D, CC BY 4.0.
"""

import ibis
import ibis.expr.types as ir

from training.schema import Column, Kind, TableSchema
from training.sources.source import Source
from training.validation import Rule

FILE = TableSchema(
    "events",
    (
        Column("customer_id", Kind.ID),
        Column("basket_id", Kind.ID, required=True),
        Column("item_id", Kind.ID, required=True),
        Column("item_name", Kind.TEXT),
        Column("event_type", Kind.TEXT, required=True),
        Column("timestamp", Kind.TIME, required=True),
        Column("quantity", Kind.COUNT, required=True),
        Column("unit_price", Kind.AMOUNT, required=True),
    ),
)

# Products have five digits and perhaps letters; POST, DOT, M, D, S, C2, B, CRUK are postage and bookkeeping.
MIN_PRODUCT_LENGTH = 5

# Bookkeeping that is as long as a product's code.
BOOKKEEPING = ("ADJUST", "ADJUST2", "AMAZONFEE", "BANK CHARGES", "TEST001", "TEST002")


def to_native(rows: ir.Table) -> ir.Table:
    """Invoice lines as purchases; an event's id is the digest of its content and its place among equal lines."""
    content = [rows[column.name].cast("string").fill_null("") for column in FILE.columns]
    digest = ibis.literal("\x1f").join(content).hexdigest("md5")
    digested = rows.mutate(digest=digest)
    place = ibis.row_number().over(group_by=digested.digest)
    return digested.mutate(
        event_id=digested.digest + "-" + place.cast("string"),
        occurred_at=digested.timestamp,
        visitor_id=ibis.null("string"),
        session_id=ibis.null("string"),
        order_id=digested.basket_id,
        currency=ibis.literal("GBP"),
        item_title=digested.item_name.nullif("nan"),
    ).drop("digest", "basket_id", "item_name", "timestamp")


def set_aside(rows: ir.Table) -> tuple[Rule, ...]:
    """Lines of an invoice that sell no product to anybody."""
    is_code = (rows.item_id.length() < MIN_PRODUCT_LENGTH) | rows.item_id.isin(BOOKKEEPING)
    return (
        Rule((rows.event_type == "cancellation").fill_null(False), "cancellation"),
        Rule(is_code.fill_null(False), "not a product"),
        Rule(((rows.event_type == "adjustment") | (rows.quantity <= 0)).fill_null(False), "stock adjustment"),
        Rule((rows.unit_price <= 0).fill_null(False), "no price"),
    )


ONLINE_RETAIL = Source("online-retail", FILE, to_native, set_aside)
