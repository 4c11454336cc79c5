"""What was shown before a kept event, for measurement."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_COLUMNS = {
    "exposure": sa.LargeBinary,
    "placement": sa.Text,
    "model_version": sa.Text,
    "variant": sa.Text,
    "position": sa.Integer,
    "tier": sa.Text,
}


def upgrade() -> None:
    """See privacy.store.schema."""
    for name, kind in _COLUMNS.items():
        op.add_column("kept_events", sa.Column(name, kind))


def downgrade() -> None:
    """Take the columns away, and what is of nothing without them."""
    op.execute("DELETE FROM kept_events WHERE item_id = ''")
    for name in _COLUMNS:
        op.drop_column("kept_events", name)
