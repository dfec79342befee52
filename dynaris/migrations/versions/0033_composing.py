"""Drafts, presence, canned replies, files and ids of teammates' replies."""

from alembic import op

from dynaris.migrations.live import watched
from dynaris.migrations.security import protect

revision = "0033"
down_revision = "0032"

_STATEMENTS = (
    # The id that a writer gave their message: sent twice, it is stored once.
    "ALTER TABLE message ADD COLUMN given_id UUID",
    "CREATE UNIQUE INDEX uq_message_given ON message (workspace_id, given_id) WHERE given_id IS NOT NULL",
    # A file waits in a composer until its message is sent.
    "ALTER TABLE attachment ALTER COLUMN message_id DROP NOT NULL",
    "ALTER TABLE attachment ADD COLUMN conversation_id UUID",
    """ALTER TABLE attachment ADD CONSTRAINT ck_attachment_place
       CHECK (message_id IS NOT NULL OR conversation_id IS NOT NULL)""",
    """ALTER TABLE attachment ADD CONSTRAINT fk_attachment_workspace_id_conversation_id_conversation
       FOREIGN KEY (workspace_id, conversation_id) REFERENCES conversation (workspace_id, id)""",
    """CREATE INDEX ix_attachment_waiting ON attachment (workspace_id, conversation_id)
       WHERE conversation_id IS NOT NULL""",
    """CREATE TABLE draft (
        workspace_id UUID NOT NULL,
        conversation_id UUID NOT NULL,
        member_id UUID NOT NULL,
        text TEXT NOT NULL,
        note BOOLEAN NOT NULL,
        attachment_ids UUID[] DEFAULT '{}' NOT NULL,
        version INTEGER NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_draft PRIMARY KEY (workspace_id, conversation_id, member_id),
        CONSTRAINT fk_draft_workspace_id_conversation_id_conversation
            FOREIGN KEY (workspace_id, conversation_id) REFERENCES conversation (workspace_id, id) ON DELETE CASCADE)""",
    """CREATE UNLOGGED TABLE presence (
        workspace_id UUID NOT NULL,
        conversation_id UUID NOT NULL,
        member_id UUID NOT NULL,
        until TIMESTAMP WITH TIME ZONE NOT NULL,
        typing_until TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_presence PRIMARY KEY (workspace_id, conversation_id, member_id))""",
    """CREATE TABLE canned_reply (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        shortcut TEXT NOT NULL,
        title TEXT NOT NULL,
        text TEXT NOT NULL,
        language TEXT DEFAULT '' NOT NULL,
        created_by TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_canned_reply PRIMARY KEY (workspace_id, id),
        CONSTRAINT uq_canned_reply_workspace_id_shortcut_language UNIQUE (workspace_id, shortcut, language))""",
    *protect("draft"),
    *protect("presence"),
    *protect("canned_reply"),
    *watched("canned_reply", "canned_reply"),
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
