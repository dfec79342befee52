"""What providers say of sent messages, approved templates, and when a contact wrote last."""

from alembic import op

from dynaris.core.db import APP_ROLE
from dynaris.migrations.live import watched
from dynaris.migrations.security import protect

revision = "0040"
down_revision = "0039"

_STATEMENTS = (
    "ALTER TABLE conversation ADD COLUMN last_inbound_at TIMESTAMP WITH TIME ZONE",
    """UPDATE conversation c SET last_inbound_at = (
           SELECT max(m.created_at) FROM message m
           WHERE m.workspace_id = c.workspace_id AND m.conversation_id = c.id AND m.direction = 'inbound')""",
    """CREATE TABLE receipt (
       workspace_id UUID NOT NULL,
       outbox_id UUID NOT NULL,
       part INTEGER NOT NULL,
       status TEXT NOT NULL,
       external_id TEXT NOT NULL,
       said_at TIMESTAMP WITH TIME ZONE,
       reason TEXT,
       price JSONB DEFAULT '{}' NOT NULL,
       created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
       CONSTRAINT pk_receipt PRIMARY KEY (workspace_id, outbox_id, part, status),
       CONSTRAINT ck_receipt_status CHECK (status IN ('taken', 'sent', 'delivered', 'read', 'failed')))""",
    *protect("receipt"),
    """CREATE TABLE template (
       workspace_id UUID NOT NULL,
       id UUID NOT NULL,
       account_id UUID NOT NULL,
       external_id TEXT NOT NULL,
       name TEXT NOT NULL,
       language TEXT NOT NULL,
       category TEXT NOT NULL,
       status TEXT NOT NULL,
       reason TEXT,
       header TEXT,
       body TEXT NOT NULL,
       footer TEXT,
       buttons TEXT[] DEFAULT '{}' NOT NULL,
       variables JSONB DEFAULT '[]' NOT NULL,
       quality TEXT,
       fills JSONB DEFAULT '{}' NOT NULL,
       purpose TEXT DEFAULT '' NOT NULL,
       for_agents BOOLEAN DEFAULT true NOT NULL,
       created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
       synced_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
       removed_at TIMESTAMP WITH TIME ZONE,
       CONSTRAINT pk_template PRIMARY KEY (workspace_id, id),
       CONSTRAINT uq_template_name UNIQUE (workspace_id, account_id, name, language))""",
    *protect("template"),
    *watched("template", "template"),
    """CREATE TABLE agent_phone_mapping (
       workspace_id UUID NOT NULL,
       id UUID NOT NULL,
       account_id UUID NOT NULL,
       position INTEGER NOT NULL,
       agent TEXT,
       team_id UUID,
       hours JSONB,
       created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
       CONSTRAINT pk_agent_phone_mapping PRIMARY KEY (workspace_id, id),
       CONSTRAINT fk_agent_phone_mapping_workspace_id_account FOREIGN KEY(workspace_id, account_id)
           REFERENCES account (workspace_id, id) ON DELETE CASCADE,
       CONSTRAINT fk_agent_phone_mapping_workspace_id_team FOREIGN KEY(workspace_id, team_id)
           REFERENCES team (workspace_id, id) ON DELETE CASCADE,
       CONSTRAINT ck_agent_phone_mapping_one CHECK ((agent IS NULL) <> (team_id IS NULL)))""",
    """CREATE INDEX ix_agent_phone_mapping_account ON agent_phone_mapping (workspace_id, account_id, position)""",
    """CREATE INDEX ix_agent_phone_mapping_team ON agent_phone_mapping (workspace_id, team_id)
       WHERE team_id IS NOT NULL""",
    *protect("agent_phone_mapping"),
    *watched("agent_phone_mapping", "account", "account_id"),
    # With the outcome itself, whatever gives it: who sent an event that is reported on hears of its end.
    """CREATE FUNCTION report_outcome() RETURNS trigger LANGUAGE plpgsql
           SET search_path = public, pg_temp AS $$
       BEGIN
           PERFORM procrastinate_defer_jobs_v1(ARRAY[ROW('default', 'events.report.v1', 0, NULL, NULL,
               jsonb_build_object('workspace_id', NEW.workspace_id, 'event_id', NEW.id), NULL
               )::procrastinate_job_to_defer_v1]);
           RETURN NULL;
       END $$""",
    """CREATE TRIGGER report_outcome AFTER UPDATE OF status ON event FOR EACH ROW
       WHEN (NEW.status = 'done' AND OLD.status <> 'done' AND NEW.meta ? 'echo') EXECUTE FUNCTION report_outcome()""",
    # Under the name by which the WhatsApp connections were looked up before, without their secrets.
    "CREATE SCHEMA IF NOT EXISTS composio",
    """CREATE VIEW composio.whatsapp_connections WITH (security_invoker = true) AS
       SELECT id, workspace_id, address AS phone_number_id, settings->>'phone_number' AS phone_number,
              settings->>'waba_id' AS waba_id, coalesce(settings->>'transport', 'meta') AS transport,
              CASE WHEN NOT enabled THEN 'disabled' WHEN error IS NOT NULL OR send_error IS NOT NULL THEN 'failed'
                   ELSE 'connected' END AS status,
              coalesce(error, send_error) AS error, last_event_at, created_at
       FROM account WHERE channel = 'whatsapp' AND removed_at IS NULL""",
    f"GRANT USAGE ON SCHEMA composio TO {APP_ROLE}",
    f"GRANT SELECT ON composio.whatsapp_connections TO {APP_ROLE}",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
