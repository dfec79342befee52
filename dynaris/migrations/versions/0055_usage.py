"""Usage: what calls used, and what that costs by prices that hold for a time."""

from alembic import op

from dynaris.migrations.security import protect

revision = "0055"
down_revision = "0054"

_STATEMENTS = (
    """CREATE TABLE price (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        provider TEXT NOT NULL,
        model TEXT NOT NULL,
        unit TEXT NOT NULL,
        amount NUMERIC(18, 6) NOT NULL,
        effective_from TIMESTAMP WITH TIME ZONE NOT NULL,
        effective_to TIMESTAMP WITH TIME ZONE,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_price PRIMARY KEY (workspace_id, id),
        CONSTRAINT ck_price_unit CHECK (unit IN ('stt_minute', 'llm_input_1k', 'llm_output_1k', 'tts_1k')),
        CONSTRAINT ck_price_period CHECK (effective_to IS NULL OR effective_to > effective_from))""",
    "CREATE INDEX ix_price_of ON price (workspace_id, provider, model, unit, effective_from)",
    """CREATE TABLE usage_event (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        call_id TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        channel TEXT NOT NULL,
        agent TEXT NOT NULL,
        transcript TEXT,
        seconds NUMERIC(12, 3) NOT NULL,
        metrics JSONB NOT NULL,
        metadata JSONB DEFAULT '{}' NOT NULL,
        cost NUMERIC(18, 6) NOT NULL,
        evidence JSONB NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_usage_event PRIMARY KEY (workspace_id, id))""",
    "CREATE UNIQUE INDEX uq_usage_event_call ON usage_event (workspace_id, call_id)",
    "CREATE INDEX ix_usage_event_at ON usage_event (workspace_id, at, id)",
    *protect("price"),
    *protect("usage_event"),
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
