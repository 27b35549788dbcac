"""When something was planned and is due goes by the database's own clock, whoever's session writes it."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

COLUMNS = ("planned_at", "due_at")


def upgrade() -> None:
    """Two defaults; rows of before stay as they are."""
    for column in COLUMNS:
        op.execute(f"ALTER TABLE deliveries ALTER COLUMN {column} SET DEFAULT clock_timestamp()")


def downgrade() -> None:
    """The clock of the session again."""
    for column in COLUMNS:
        op.execute(f"ALTER TABLE deliveries ALTER COLUMN {column} SET DEFAULT gongdan_now()")
