"""The tables. A migration changes them; this is what they are now."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    func,
    text,
)

from privacy.kept_event import IMPRESSION, RULING_OUT

Number = BigInteger().with_variant(Integer, "sqlite")
"""64 bits everywhere; as a primary key of SQLite only INTEGER is the row's own number."""

METADATA = MetaData()

ALIASES = Table(
    "aliases",
    METADATA,
    Column("pseudonym", LargeBinary, primary_key=True, nullable=False),
    Column("key_id", Integer, nullable=False),
    Column("subject", Number, nullable=False),
    Index("aliases_of_subject", "subject"),
    sqlite_with_rowid=False,
)
"""Which person a hashed id is, a row for each key it was met under."""

SHOPPERS = Table(
    "shoppers",
    METADATA,
    Column("subject", Number, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("preferences", Text, nullable=False),
)
"""The latest of each person: `state` follows from the ledger, `preferences` go with an erasure."""

LEDGER = Table(
    "ledger",
    METADATA,
    Column("position", Number, primary_key=True, autoincrement=False),
    Column("subject", Number, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("purpose", Text),
    Column("status", Text),
    Column("jurisdiction", Text, nullable=False),
    Column("policy_version", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("other", Number),
    Column("hash", LargeBinary, nullable=False),
    Index("ledger_of_subject", "subject"),
    Index("ledger_of_other", "other"),
)
"""Every word ever said, in the order it came. `at` is in microseconds since 1970 UTC, here and below."""

LEDGER_HEAD = Table(
    "ledger_head",
    METADATA,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("n_entries", Number, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("seal", LargeBinary, nullable=False),
    Column("key_id", Integer, nullable=False),
)
"""One row: where the ledger ends, sealed with a key that is not here. Who writes, holds it."""

ERASURES = Table(
    "erasures",
    METADATA,
    Column("receipt", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("position", Number, nullable=False),
    Column("n_people", Integer, nullable=False),
    Column("n_events", Integer, nullable=False),
)
"""What a receipt stands for; it does not say of whom."""

IS_RULING_OUT = text("event_type IN ({})".format(", ".join(map(repr, RULING_OUT))))
IS_SHOWING = text(f"event_type = '{IMPRESSION}'")
IS_ACT = text(f"event_type <> '{IMPRESSION}'")
"""What the shop did, and what the shopper did. A query that says one of these in its words has an index of its own."""

IS_OF_AN_ITEM = text("item_id <> ''")
"""Not that a place stayed empty, which says nothing of items."""

IS_IN_A_TEST = text("variant <> ''")
"""Where no test of models runs, an index of these is empty."""

UNMEASURED = "~"
"""Ends a variant that was drawn for one answer and for nobody."""

_READ_BY_PAGES = ("subject", "at", "event_id", "event_type", "item_id")
"""All of it: what one person did is in one place of the index, and all over the table."""

KEPT_EVENTS = Table(
    "kept_events",
    METADATA,
    Column("event_id", Text, primary_key=True),
    Column("subject", Number, nullable=False),
    Column("event_type", Text, nullable=False),
    Column("item_id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("session_id", Text),
    Column("order_id", Text),
    Column("other", Number),
    Column("exposure", LargeBinary),
    Column("placement", Text),
    Column("model_version", Text),
    Column("variant", Text),
    Column("position", Integer),
    Column("tier", Text),
    Column("quantity", Integer),
    Column("unit_price_minor", BigInteger),
    Column("currency", Text),
    Index("kept_events_of_subject", "subject", "at"),
    Index("kept_events_of_other", "other"),
    Index("kept_events_by_age", "event_type", "at"),
    Index("kept_events_ruling_out", "subject", "at", sqlite_where=IS_RULING_OUT, postgresql_where=IS_RULING_OUT),
    Index("kept_events_showings", *_READ_BY_PAGES, sqlite_where=IS_SHOWING, postgresql_where=IS_SHOWING),
    Index("kept_events_acts", *_READ_BY_PAGES, sqlite_where=IS_ACT, postgresql_where=IS_ACT),
    Index("kept_events_in_tests", "subject", "variant", "at", sqlite_where=IS_IN_A_TEST, postgresql_where=IS_IN_A_TEST),
)
"""What people who said yes did; `other` is a second number that was named with it, which may have it forgotten too.
From `exposure` to `tier` it is what was shown before, there only of people who said yes to measurement. A quantity of
null is one."""

MEASURED = ("exposure", "placement", "model_version", "variant", "position", "tier")
"""Columns of a kept event that are for measurement."""

CATALOGUE_WORDS = Table(
    "catalogue_words",
    METADATA,
    Column("item_id", Text, primary_key=True),
    Column("available", Boolean),
    Column("available_at", BigInteger),
    Column("price_minor", BigInteger),
    Column("price_at", BigInteger),
    Column("seq", Number, nullable=False),
    Index("catalogue_words_by_seq", "seq", unique=True),
)
"""The latest that the shop said of each item, and when that was so; of no person. A value of null was taken back where
it has a time, and else nothing was ever said. Whoever read up to a `seq` finds what is newer above it."""

CATALOGUE_HEAD = Table(
    "catalogue_head",
    METADATA,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("seq", Number, nullable=False),
)
"""One row: the last `seq` given. Who writes, holds it, so that numbers come to be seen in their order."""

EXPERIMENT_DEFINITIONS = Table(
    "experiment_definitions",
    METADATA,
    Column("salt", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("definition", Text, nullable=False),
    Column("first_seen_at", BigInteger, nullable=False),
)
"""What was first served under each salt; of no person, like the two below."""

EXPERIMENT_ANSWERS = Table(
    "experiment_answers",
    METADATA,
    Column("variant", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("counter", Text, primary_key=True),
    Column("n", Number, nullable=False),
)
"""What servers counted of an arm's answers on a day, UTC: see privacy.store.answer_counts."""

EXPERIMENT_DEPARTURES = Table(
    "experiment_departures",
    METADATA,
    Column("variant", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("n", Number, nullable=False),
)
"""How many people an arm drove away, see privacy.store.departures. By no day: beside the ledger, whose words have one,
it would tell of whom."""


def is_of_test(variant: ColumnElement[str], salt: str) -> ColumnElement[bool]:
    """Whether it is a variant of the test with this salt."""
    # Neither a pattern, which a salt might hold, nor an order, which on PostgreSQL is the database's own.
    return func.substr(variant, 1, len(salt) + 1) == f"{salt}/"
