"""The indexes of a page's questions hold all it reads: acts of one person lie apart in the table, together in them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_USES = {
    "kept_events_showings": sa.text("event_type = 'impression'"),
    "kept_events_acts": sa.text("event_type <> 'impression'"),
}


def upgrade() -> None:
    """See privacy.store.schema."""
    _made_of("subject", "at", "event_id", "event_type", "item_id")


def downgrade() -> None:
    """Make them as they were."""
    _made_of("subject", "at")


def _made_of(*columns: str) -> None:
    for name, which in _USES.items():
        op.drop_index(name, "kept_events")
        op.create_index(name, "kept_events", columns, sqlite_where=which, postgresql_where=which)
