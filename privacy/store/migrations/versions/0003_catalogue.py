"""What the shop says of its items between two trainings. It is of no person."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """See privacy.store.schema."""
    op.create_table(
        "catalogue_words",
        sa.Column("item_id", sa.Text, primary_key=True),
        sa.Column("available", sa.Boolean),
        sa.Column("available_at", sa.BigInteger),
        sa.Column("price_minor", sa.BigInteger),
        sa.Column("price_at", sa.BigInteger),
        sa.Column("seq", _number, nullable=False),
    )
    op.create_index("catalogue_words_by_seq", "catalogue_words", ["seq"], unique=True)
    head = op.create_table(
        "catalogue_head",
        sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", _number, nullable=False),
    )
    op.bulk_insert(head, [{"one": 1, "seq": 0}])


def downgrade() -> None:
    """Take the tables away: what was said is lost, and what the model knows holds."""
    op.drop_table("catalogue_head")
    op.drop_table("catalogue_words")
