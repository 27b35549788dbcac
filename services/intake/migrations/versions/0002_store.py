"""Whose ticket it is: the store that routing chose, so that a store's token is shown its own tickets and contacts only.

Tickets from before have none until routing moves them; `gongdan rebuild intake` fills it from the log.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column; who asks comes by customer or number, so it needs no index."""
    op.execute("ALTER TABLE tickets ADD COLUMN store_id text")
