"""Outages of models: which of them do not answer, and which inquiries wait with the team until they do."""

from alembic import op

from dynaris.migrations.security import definer, protect

revision = "0025"
down_revision = "0024"

_STATEMENTS = (
    """CREATE TABLE model_outage (
        workspace_id UUID NOT NULL,
        model TEXT NOT NULL,
        due_at TIMESTAMP WITH TIME ZONE NOT NULL,
        failures INTEGER DEFAULT 0 NOT NULL,
        rounds INTEGER DEFAULT 0 NOT NULL,
        error TEXT,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_model_outage PRIMARY KEY (workspace_id, model)
    )""",
    "CREATE INDEX ix_model_outage_due ON model_outage (due_at)",
    """CREATE TABLE outage_wait (
        workspace_id UUID NOT NULL,
        run_id UUID NOT NULL,
        model TEXT NOT NULL,
        event_ids UUID[] NOT NULL,
        conversation_id UUID NOT NULL,
        deadline TIMESTAMP WITH TIME ZONE NOT NULL,
        is_overdue BOOLEAN DEFAULT false NOT NULL,
        until TIMESTAMP WITH TIME ZONE NOT NULL,
        times INTEGER NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_outage_wait PRIMARY KEY (workspace_id, run_id, model)
    )""",
    "CREATE INDEX ix_outage_wait_model ON outage_wait (workspace_id, model, run_id)",
    "CREATE INDEX ix_outage_wait_conversation ON outage_wait (workspace_id, conversation_id)",
)

# Not in rehearsals: nobody waits for an answer there.
_DUE = definer(
    "due_outages(most integer)",
    "TABLE (workspace_id uuid, model text)",
    """SELECT o.workspace_id, o.model FROM model_outage o
       JOIN workspace w ON w.id = o.workspace_id AND w.rehearsal_of IS NULL
       WHERE o.due_at <= clock_timestamp() ORDER BY o.due_at LIMIT most""",
)


def upgrade() -> None:
    for statement in (*_STATEMENTS, *protect("model_outage"), *protect("outage_wait"), *_DUE):
        op.execute(statement)
