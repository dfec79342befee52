"""Calls: one row for each, one for each party on its line, and the look for those whose process died."""

from alembic import op

from dynaris.migrations.security import definer, protect

revision = "0054"
down_revision = "0053"

_STATEMENTS = (
    "ALTER TABLE event DROP CONSTRAINT ck_event_kind, DROP CONSTRAINT ck_event_status",
    """ALTER TABLE event ADD CONSTRAINT ck_event_kind
        CHECK (kind IN ('message', 'wake', 'delivery', 'call', 'spoken')),
        ADD CONSTRAINT ck_event_status CHECK (status IN ('queued', 'waiting', 'live', 'done'))""",
    """CREATE TABLE call (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        channel TEXT NOT NULL,
        account_id UUID NOT NULL,
        external_id TEXT NOT NULL,
        event_id UUID NOT NULL,
        conversation_id UUID NOT NULL,
        contact_id UUID NOT NULL,
        message_id UUID,
        direction TEXT NOT NULL,
        caller TEXT,
        called TEXT NOT NULL,
        agent TEXT,
        language TEXT,
        status TEXT DEFAULT 'ringing' NOT NULL,
        outcome TEXT,
        reason TEXT,
        holder UUID,
        beat_at TIMESTAMP WITH TIME ZONE,
        connections INTEGER DEFAULT 0 NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        answered_at TIMESTAMP WITH TIME ZONE,
        ended_at TIMESTAMP WITH TIME ZONE,
        carrier_seconds INTEGER,
        metrics JSONB DEFAULT '{}' NOT NULL,
        CONSTRAINT pk_call PRIMARY KEY (workspace_id, id),
        CONSTRAINT ck_call_direction CHECK (direction IN ('inbound', 'outbound')),
        CONSTRAINT ck_call_status CHECK (status IN ('ringing', 'live', 'ended')),
        CONSTRAINT ck_call_outcome CHECK (outcome IN
            ('answered', 'handed_off', 'transferred', 'voicemail', 'missed', 'busy', 'no_answer', 'failed')),
        CONSTRAINT ck_call_one_outcome CHECK ((status = 'ended') = (outcome IS NOT NULL)),
        CONSTRAINT ck_call_ended CHECK ((status = 'ended') = (ended_at IS NOT NULL)),
        CONSTRAINT fk_call_workspace_id_conversation_id_conversation FOREIGN KEY (workspace_id, conversation_id)
            REFERENCES conversation (workspace_id, id),
        CONSTRAINT fk_call_workspace_id_contact_id_contact FOREIGN KEY (workspace_id, contact_id)
            REFERENCES contact (workspace_id, id))""",
    "CREATE UNIQUE INDEX uq_call_external ON call (workspace_id, channel, account_id, external_id)",
    "CREATE INDEX ix_call_conversation ON call (workspace_id, conversation_id, id)",
    "CREATE INDEX ix_call_contact ON call (workspace_id, contact_id, id)",
    "CREATE INDEX ix_call_open ON call (created_at) WHERE status <> 'ended'",
    """CREATE TABLE call_leg (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        call_id UUID NOT NULL,
        party TEXT NOT NULL,
        name TEXT DEFAULT '' NOT NULL,
        member_id UUID,
        joined_at TIMESTAMP WITH TIME ZONE NOT NULL,
        left_at TIMESTAMP WITH TIME ZONE,
        left_because TEXT,
        CONSTRAINT pk_call_leg PRIMARY KEY (workspace_id, id),
        CONSTRAINT ck_call_leg_party CHECK (party IN ('contact', 'agent', 'member', 'number')),
        CONSTRAINT fk_call_leg_workspace_id_call_id_call FOREIGN KEY (workspace_id, call_id)
            REFERENCES call (workspace_id, id) ON DELETE CASCADE)""",
    "CREATE INDEX ix_call_leg_call ON call_leg (workspace_id, call_id, joined_at)",
    *protect("call"),
    *protect("call_leg"),
    # A process that has a call on its line says so every few seconds. One that is not connected yet has longer.
    *definer(
        "lost_calls(most integer)",
        "TABLE (workspace_id uuid, id uuid)",
        """SELECT c.workspace_id, c.id FROM call c
           WHERE c.status <> 'ended' AND coalesce(c.beat_at, c.created_at) <
                 clock_timestamp() - CASE c.status WHEN 'live' THEN interval '45 seconds'
                                                   ELSE interval '2 minutes' END
           ORDER BY c.created_at LIMIT most""",
    ),
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
