"""Calls tell the screens that look at them."""

from alembic import op

from dynaris.migrations.live import watched

revision = "0060"
down_revision = "0056"

# The process that has a call on its line says so every few seconds, and now and then what was used: nobody sees either,
# and a look at all of a workspace's calls for each would be for nothing.
_SEEN = """status, outcome, reason, agent, language, contact_id, conversation_id, answered_at, ended_at,
    carrier_seconds, transfer, answered_by, recording, summary, sentiment"""
_NOTE_CALL = """CREATE FUNCTION note_call_seen() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        PERFORM note_change(NEW.workspace_id, 'call', ARRAY[NEW.id]) FROM live_watch w
        WHERE w.workspace_id = NEW.workspace_id AND w.until > clock_timestamp();
        RETURN NULL;
    END $$"""
_STATEMENTS = (
    *watched("call", "call"),
    *watched("call_leg", "call", "call_id"),
    'DROP TRIGGER tell_update ON "call"',
    _NOTE_CALL,
    f"""CREATE TRIGGER tell_update AFTER UPDATE OF {_SEEN} ON "call" FOR EACH ROW
        WHEN (pg_sequence_last_value('live_until') > extract(epoch FROM clock_timestamp()))
        EXECUTE FUNCTION note_call_seen()""",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
