"""Models: settings of agents with their versions, providers of a workspace, what requests cost, the monthly cap."""

from alembic import op

from dynaris.migrations.security import protect

revision = "0017"
down_revision = "0016"

_STATEMENTS = (
    "ALTER TABLE workspace ADD COLUMN agents JSONB DEFAULT '{}' NOT NULL",
    "ALTER TABLE workspace ADD COLUMN spending_cap NUMERIC(18, 6)",
    "ALTER TABLE run ADD COLUMN cached_tokens INTEGER DEFAULT 0 NOT NULL",
    "ALTER TABLE run ADD COLUMN cost NUMERIC(18, 6) DEFAULT 0",
    "ALTER TABLE run_step ADD COLUMN model TEXT",
    "ALTER TABLE run_step ADD COLUMN input_tokens INTEGER",
    "ALTER TABLE run_step ADD COLUMN output_tokens INTEGER",
    "ALTER TABLE run_step ADD COLUMN cached_tokens INTEGER",
    "ALTER TABLE run_step ADD COLUMN cost NUMERIC(18, 6)",
    "ALTER TABLE run_step ADD COLUMN price_source TEXT",
    """CREATE TABLE agent (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        name TEXT NOT NULL,
        version INTEGER NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_agent PRIMARY KEY (workspace_id, id),
        CONSTRAINT uq_agent_workspace_id_name UNIQUE (workspace_id, name)
    )""",
    """CREATE TABLE agent_version (
        workspace_id UUID NOT NULL,
        agent_id UUID NOT NULL,
        number INTEGER NOT NULL,
        settings JSONB NOT NULL,
        restores INTEGER,
        changed_by TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_agent_version PRIMARY KEY (workspace_id, agent_id, number),
        CONSTRAINT fk_agent_version_workspace_id_agent_id_agent FOREIGN KEY(workspace_id, agent_id) REFERENCES agent (workspace_id, id) ON DELETE CASCADE
    )""",
    """CREATE TABLE model_provider (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        base_url TEXT,
        api_key TEXT,
        prices JSONB DEFAULT '{}' NOT NULL,
        version INTEGER DEFAULT 1 NOT NULL,
        error TEXT,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_model_provider PRIMARY KEY (workspace_id, id),
        CONSTRAINT uq_model_provider_workspace_id_name UNIQUE (workspace_id, name)
    )""",
    """CREATE TABLE model_spending (
        workspace_id UUID NOT NULL,
        month TEXT NOT NULL,
        spent NUMERIC(18, 6) DEFAULT 0 NOT NULL,
        requests INTEGER DEFAULT 0 NOT NULL,
        unpriced INTEGER DEFAULT 0 NOT NULL,
        held JSONB DEFAULT '{}' NOT NULL,
        CONSTRAINT pk_model_spending PRIMARY KEY (workspace_id, month)
    )""",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
    for table in ("agent", "agent_version", "model_provider", "model_spending"):
        for statement in protect(table):
            op.execute(statement)
