"""An index of what rules an item out for somebody, however much they did since."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_RULING_OUT = sa.text("event_type IN ('purchase', 'dismiss')")


def upgrade() -> None:
    """See privacy.store.schema."""
    op.create_index(
        "kept_events_ruling_out",
        "kept_events",
        ["subject", "at"],
        sqlite_where=_RULING_OUT,
        postgresql_where=_RULING_OUT,
    )


def downgrade() -> None:
    """Take the index away."""
    op.drop_index("kept_events_ruling_out", "kept_events")
