"""What tests of models are judged by: prices and quantities of events, and counts that are of nobody."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_COLUMNS = {"quantity": sa.Integer, "unit_price_minor": sa.BigInteger, "currency": sa.Text}
_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_IN_TESTS = sa.text("variant <> ''")


def upgrade() -> None:
    """See privacy.store.schema."""
    for name, kind in _COLUMNS.items():
        op.add_column("kept_events", sa.Column(name, kind))
    op.create_index(
        "kept_events_in_tests",
        "kept_events",
        ("subject", "variant", "at"),
        sqlite_where=_IN_TESTS,
        postgresql_where=_IN_TESTS,
    )
    op.create_table(
        "experiment_definitions",
        sa.Column("salt", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("definition", sa.Text, nullable=False),
        sa.Column("first_seen_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "experiment_answers",
        sa.Column("variant", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("counter", sa.Text, primary_key=True),
        sa.Column("n", _NUMBER, nullable=False),
    )
    op.create_table(
        "experiment_departures",
        sa.Column("variant", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("n", _NUMBER, nullable=False),
    )


def downgrade() -> None:
    """Take all of it away."""
    for name in ("experiment_departures", "experiment_answers", "experiment_definitions"):
        op.drop_table(name)
    op.drop_index("kept_events_in_tests", "kept_events")
    for name in _COLUMNS:
        op.drop_column("kept_events", name)
