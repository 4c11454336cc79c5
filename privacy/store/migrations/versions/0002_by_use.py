"""An index for each question of a page: what somebody did, what rules an item out, what they were shown."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_USES = {
    "kept_events_ruling_out": sa.text("event_type IN ('purchase', 'dismiss')"),
    "kept_events_showings": sa.text("event_type = 'impression'"),
    "kept_events_acts": sa.text("event_type <> 'impression'"),
}


def upgrade() -> None:
    """See privacy.store.schema."""
    for name, which in _USES.items():
        op.create_index(name, "kept_events", ["subject", "at"], sqlite_where=which, postgresql_where=which)


def downgrade() -> None:
    """Take the indexes away."""
    for name in _USES:
        op.drop_index(name, "kept_events")
