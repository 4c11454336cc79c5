"""The tables of the ledger, of people and of what is kept of them."""

import sqlalchemy as sa
from alembic import op

from privacy.chain import GENESIS

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """See privacy.store.schema for what each table is."""
    op.create_table(
        "aliases",
        sa.Column("pseudonym", sa.LargeBinary, primary_key=True, nullable=False),
        sa.Column("key_id", sa.Integer, nullable=False),
        sa.Column("subject", _number, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("aliases_of_subject", "aliases", ["subject"])
    op.create_table(
        "shoppers",
        sa.Column("subject", _number, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("preferences", sa.Text, nullable=False),
    )
    op.create_table(
        "ledger",
        sa.Column("position", _number, primary_key=True, autoincrement=False),
        sa.Column("subject", _number, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("purpose", sa.Text),
        sa.Column("status", sa.Text),
        sa.Column("jurisdiction", sa.Text, nullable=False),
        sa.Column("policy_version", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("other", _number),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )
    op.create_index("ledger_of_subject", "ledger", ["subject"])
    op.create_index("ledger_of_other", "ledger", ["other"])
    head = op.create_table(
        "ledger_head",
        sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("n_entries", _number, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("seal", sa.LargeBinary, nullable=False),
        sa.Column("key_id", sa.Integer, nullable=False),
    )
    # Key 0 is no key: nothing is sealed until something is written.
    op.bulk_insert(head, [{"one": 1, "n_entries": 0, "hash": GENESIS, "seal": b"", "key_id": 0}])
    op.create_table(
        "erasures",
        sa.Column("receipt", sa.Text, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("position", _number, nullable=False),
        sa.Column("n_people", sa.Integer, nullable=False),
        sa.Column("n_events", sa.Integer, nullable=False),
    )
    op.create_table(
        "kept_events",
        sa.Column("event_id", sa.Text, primary_key=True),
        sa.Column("subject", _number, nullable=False),
        sa.Column("event_type", sa.Text, nullable=False),
        sa.Column("item_id", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("session_id", sa.Text),
        sa.Column("order_id", sa.Text),
        sa.Column("other", _number),
    )
    op.create_index("kept_events_of_other", "kept_events", ["other"])
    op.create_index("kept_events_of_subject", "kept_events", ["subject", "at"])
    op.create_index("kept_events_by_age", "kept_events", ["event_type", "at"])


def downgrade() -> None:
    """A ledger is not taken back.

    Raises:
        NotImplementedError: Always.
    """
    raise NotImplementedError("the first tables hold the ledger; remove the database itself if you mean to")
