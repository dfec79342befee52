"""What people handed back stays with the agents; a team that gets what agents hand off."""

from alembic import op

revision = "0053"
down_revision = "0052"

_STATEMENTS = (
    "ALTER TABLE conversation ADD COLUMN handed_back_at TIMESTAMP WITH TIME ZONE",
    "ALTER TABLE team ADD COLUMN takes_hand_offs BOOLEAN DEFAULT false NOT NULL",
    "CREATE UNIQUE INDEX uq_team_takes_hand_offs ON team (workspace_id) WHERE takes_hand_offs",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
