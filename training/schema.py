"""The native form of a shop's data, as data: tables, columns, types and what a value may be."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from privacy.consent import Purpose, ShopperKind, Status

# Times outside are defaults of a broken clock (year 1, 1900) or a wrong unit (milliseconds read as seconds).
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)

# Far above any price or pack, and its minor units still fit an int64 and a float64 exactly.
MAX_AMOUNT = 1e12


class Kind(StrEnum):
    """What a column holds, and in its value the types that may hold it."""

    ID = "string or integer"
    TEXT = "string"
    TIME = "timestamp or date"
    COUNT = "integer or whole number"
    AMOUNT = "number"
    FLAG = "boolean"


class EventType(StrEnum):
    """What happened to an item."""

    VIEW = "view"
    ADD_TO_CART = "add_to_cart"
    FAVOURITE = "favourite"
    PURCHASE = "purchase"
    IMPRESSION = "impression"
    CLICK = "click"
    DISMISS = "dismiss"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        name: As in the file, case included.
        kind: What it holds. A time without zone is UTC; an integer id becomes its decimal string.
        required: Whether the column must exist and hold a value in every row. An optional column that is
            missing is read as all null, and an empty string as null.
        choices: The only values allowed, where there are such.
        printable: Whether control characters are a mistake: the server takes no item with any.
    """

    name: str
    kind: Kind
    required: bool = False
    choices: tuple[str, ...] = ()
    printable: bool = False


@dataclass(frozen=True, slots=True)
class TableSchema:
    """One table: its name in messages and its columns. Other columns are ignored.

    Attributes:
        key: The column whose values are unique, if any: later rows of a value are duplicates.
    """

    name: str
    columns: tuple[Column, ...]
    key: str | None = None


EVENTS = TableSchema(
    "events",
    (
        Column("event_id", Kind.ID, required=True),
        Column("event_type", Kind.TEXT, required=True, choices=tuple(EventType)),
        Column("occurred_at", Kind.TIME, required=True),
        Column("customer_id", Kind.ID),
        Column("visitor_id", Kind.ID),
        Column("session_id", Kind.ID),
        Column("order_id", Kind.ID),
        Column("item_id", Kind.ID, required=True, printable=True),
        Column("quantity", Kind.COUNT),
        Column("unit_price", Kind.AMOUNT),
        Column("currency", Kind.TEXT),
    ),
    key="event_id",
)

CONSENT = TableSchema(
    "consent",
    (
        Column("shopper_kind", Kind.TEXT, required=True, choices=tuple(ShopperKind)),
        Column("shopper_id", Kind.ID, required=True),
        Column("purpose", Kind.TEXT, required=True, choices=tuple(Purpose)),
        Column("status", Kind.TEXT, required=True, choices=tuple(Status)),
        Column("occurred_at", Kind.TIME, required=True),
        Column("jurisdiction", Kind.ID),
        Column("policy_version", Kind.ID),
    ),
)

IDENTITIES = TableSchema(
    "identities",
    (
        Column("visitor_id", Kind.ID, required=True),
        Column("customer_id", Kind.ID, required=True),
        Column("linked_at", Kind.TIME, required=True),
    ),
)

CATALOGUE = TableSchema(
    "catalogue",
    (
        Column("item_id", Kind.ID, required=True, printable=True),
        Column("title", Kind.TEXT),
        Column("category", Kind.TEXT),
        Column("brand", Kind.TEXT),
        Column("price", Kind.AMOUNT),
        Column("currency", Kind.TEXT),
        Column("available", Kind.FLAG),
    ),
    key="item_id",
)
