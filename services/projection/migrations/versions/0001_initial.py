"""The log's tables, the row that names the live generation, and the first generation, empty."""

from alembic import op

from services.projection.tables import GENERATIONS, INDEXES, TABLES, of_generation
from shared.log.tables import VERSION_1

revision = "0001"
down_revision = None


def upgrade() -> None:
    for statement in (*VERSION_1, GENERATIONS):
        op.execute(statement)
    for statement in (*TABLES, *INDEXES):
        op.execute(of_generation(statement, 1))
    op.execute("INSERT INTO generations (number, state, switched_at) VALUES (1, 'live', gongdan_now())")


def downgrade() -> None:
    raise NotImplementedError("a read model is rebuilt, never stepped back")
