"""Batches: many events brought back to their lanes at once, with what became of each."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from dynaris.migrations.security import protect

revision = "0012"
down_revision = "0011"

_UUID = postgresql.UUID(as_uuid=True)
_NOW = sa.text("clock_timestamp()")


def _moment(name: str) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True))


def upgrade() -> None:
    op.create_table(
        "batch",
        sa.Column("workspace_id", _UUID, nullable=False),
        sa.Column("id", _UUID, nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("asked", postgresql.JSONB(), nullable=False),
        sa.Column("replay_all", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("status", sa.Text(), server_default="running", nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        _moment("ended_at"),
        sa.PrimaryKeyConstraint("workspace_id", "id"),
        sa.CheckConstraint("status IN ('running', 'done', 'cancelled')", name="status"),
    )
    op.create_table(
        "batch_event",
        sa.Column("workspace_id", _UUID, nullable=False),
        sa.Column("batch_id", _UUID, nullable=False),
        sa.Column("event_id", _UUID, nullable=False),
        sa.Column("result", sa.Text()),
        sa.Column("reason", sa.Text()),
        _moment("done_at"),
        sa.PrimaryKeyConstraint("workspace_id", "batch_id", "event_id"),
        sa.ForeignKeyConstraint(["workspace_id", "batch_id"], ["batch.workspace_id", "batch.id"], ondelete="CASCADE"),
        sa.CheckConstraint("result IN ('run', 'replayed', 'skipped', 'not_found')", name="result"),
    )
    op.create_index(
        "ix_batch_event_left",
        "batch_event",
        ["workspace_id", "batch_id", "event_id"],
        postgresql_where=sa.text("result IS NULL"),
    )
    op.create_index("ix_batch_event_event", "batch_event", ["workspace_id", "event_id"])
    op.create_index(
        "ix_event_failed",
        "event",
        ["workspace_id", "id"],
        postgresql_where=sa.text("outcome = 'failed'"),
    )
    op.create_index(
        "ix_outbox_run",
        "outbox",
        ["workspace_id", "run_id"],
        postgresql_where=sa.text("run_id IS NOT NULL AND event_id IS NULL"),
    )
    for statement in (*protect("batch"), *protect("batch_event")):
        op.get_bind().exec_driver_sql(statement)
