"""Why people were given a conversation, whose contacts they answer first, and how a conversation ended for them."""

from alembic import op

from dynaris.migrations.live import watched
from dynaris.migrations.security import protect

revision = "0049"
down_revision = "0047"

_STATEMENTS = (
    "ALTER TABLE conversation ADD COLUMN handed_off_for TEXT, ADD COLUMN disposition TEXT",
    """ALTER TABLE workspace ADD COLUMN vip_tags TEXT[] DEFAULT '{}' NOT NULL,
        ADD COLUMN dispositions TEXT[]
            DEFAULT '{Answered,Booked,"Passed on","No answer needed",Spam,Other}' NOT NULL,
        ADD COLUMN wrap_up_seconds INTEGER DEFAULT 60 NOT NULL""",
    "ALTER TABLE member ADD COLUMN wrap_up_until TIMESTAMP WITH TIME ZONE",
    """CREATE TABLE wrap_up (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        conversation_id UUID NOT NULL,
        member_id UUID NOT NULL,
        after_message UUID NOT NULL,
        disposition TEXT NOT NULL,
        note TEXT DEFAULT '' NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_wrap_up PRIMARY KEY (workspace_id, id),
        CONSTRAINT uq_wrap_up_workspace_id_conversation_id_after_message
            UNIQUE (workspace_id, conversation_id, after_message),
        CONSTRAINT fk_wrap_up_workspace_id_conversation_id_conversation
            FOREIGN KEY (workspace_id, conversation_id) REFERENCES conversation (workspace_id, id) ON DELETE CASCADE)""",
    "CREATE INDEX ix_wrap_up_created ON wrap_up (workspace_id, created_at)",
    *protect("wrap_up"),
    *watched("wrap_up", "conversation", "conversation_id"),
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
