"""What is kept about a contact for later: facts with their source, and the story of what is too old to be read whole."""

from alembic import op

from dynaris.migrations.security import protect

revision = "0022"
down_revision = "0021"

_STATEMENTS = (
    """CREATE TABLE contact_fact (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        contact_id UUID NOT NULL,
        conversation_id UUID,
        message_id UUID,
        run_id UUID,
        text TEXT NOT NULL,
        said_by TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_contact_fact PRIMARY KEY (workspace_id, id),
        CONSTRAINT fk_contact_fact_workspace_id_contact_id_contact FOREIGN KEY(workspace_id, contact_id) REFERENCES contact (workspace_id, id)
    )""",
    "CREATE INDEX ix_contact_fact_contact ON contact_fact (workspace_id, contact_id, id)",
    "ALTER TABLE conversation ADD COLUMN story TEXT, ADD COLUMN story_to UUID",
)


def upgrade() -> None:
    for statement in (*_STATEMENTS, *protect("contact_fact")):
        op.execute(statement)
