"""A rehearsal that somebody cancelled has not failed."""

from alembic import op

revision = "0030"
down_revision = "0029"

_STATEMENTS = (
    "ALTER TABLE eval_run DROP CONSTRAINT ck_eval_run_status",
    "UPDATE eval_run SET status = 'cancelled', error = NULL WHERE status = 'failed' AND error = 'cancelled'",
    """ALTER TABLE eval_run ADD CONSTRAINT ck_eval_run_status
           CHECK (status IN ('queued', 'running', 'done', 'failed', 'cancelled'))""",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
