"""Whose contacts made a ticket: the integrations that sent them, so that each sees its own only.

Tickets from before have none until another contact comes; agents, stores and the boss see them as ever.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column; who asks comes by ticket or by place, so it needs no index."""
    op.execute("ALTER TABLE tickets ADD COLUMN senders text[] NOT NULL DEFAULT '{}'")


def downgrade() -> None:
    """Forget it."""
    op.execute("ALTER TABLE tickets DROP COLUMN senders")
