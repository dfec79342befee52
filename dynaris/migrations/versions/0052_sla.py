"""SLA policies, their clocks, and the triggers that start and stop these with what a contact or the business does."""

from alembic import op

from dynaris.core.db import APP_ROLE
from dynaris.migrations.live import watched
from dynaris.migrations.security import definer, protect

revision = "0052"
down_revision = "0051"

_TABLES = (
    """CREATE TABLE sla_policy (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        position INTEGER NOT NULL,
        name TEXT NOT NULL,
        channels TEXT[] DEFAULT '{}' NOT NULL,
        team_ids UUID[] DEFAULT '{}' NOT NULL,
        contact_tags TEXT[] DEFAULT '{}' NOT NULL,
        tag_ids UUID[] DEFAULT '{}' NOT NULL,
        first_response_minutes INTEGER,
        next_response_minutes INTEGER,
        resolution_minutes INTEGER,
        business_hours BOOLEAN DEFAULT true NOT NULL,
        warn_percent INTEGER,
        warn_minutes INTEGER,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_sla_policy PRIMARY KEY (workspace_id, id),
        CONSTRAINT ck_sla_policy_warn CHECK (num_nonnulls(warn_percent, warn_minutes) <= 1))""",
    """CREATE TABLE sla_clock (
        workspace_id UUID NOT NULL,
        id UUID NOT NULL,
        conversation_id UUID NOT NULL,
        kind TEXT NOT NULL,
        status TEXT DEFAULT 'running' NOT NULL,
        message_id UUID,
        answered_by UUID,
        started_at TIMESTAMP WITH TIME ZONE NOT NULL,
        paused_at TIMESTAMP WITH TIME ZONE,
        pauses JSONB DEFAULT '[]' NOT NULL,
        stopped_at TIMESTAMP WITH TIME ZONE,
        to_plan BOOLEAN DEFAULT true NOT NULL,
        policy_id UUID,
        channel TEXT,
        team_id UUID,
        target_minutes INTEGER,
        due_at TIMESTAMP WITH TIME ZONE,
        warn_at TIMESTAMP WITH TIME ZONE,
        warned_at TIMESTAMP WITH TIME ZONE,
        breached_at TIMESTAMP WITH TIME ZONE,
        seconds INTEGER,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_sla_clock PRIMARY KEY (workspace_id, id),
        CONSTRAINT ck_sla_clock_kind CHECK (kind IN ('first_response', 'next_response', 'resolution')),
        CONSTRAINT ck_sla_clock_status CHECK (status IN ('running', 'paused', 'stopped', 'cancelled')),
        CONSTRAINT ck_sla_clock_paused CHECK ((status = 'paused') = (paused_at IS NOT NULL)))""",
    """CREATE UNIQUE INDEX uq_sla_clock_live ON sla_clock (workspace_id, conversation_id, (kind = 'resolution'))
        WHERE status IN ('running', 'paused')""",
    "CREATE INDEX ix_sla_clock_conversation ON sla_clock (workspace_id, conversation_id, created_at)",
    "CREATE INDEX ix_sla_clock_started ON sla_clock (workspace_id, started_at)",
    """CREATE INDEX ix_sla_clock_answered_by ON sla_clock (workspace_id, answered_by)
        WHERE answered_by IS NOT NULL""",
    "CREATE INDEX ix_sla_clock_to_plan ON sla_clock (workspace_id) WHERE to_plan",
    """CREATE INDEX ix_sla_clock_warn ON sla_clock (warn_at)
        WHERE status = 'running' AND warned_at IS NULL AND warn_at IS NOT NULL""",
    """CREATE INDEX ix_sla_clock_due ON sla_clock (due_at)
        WHERE status = 'running' AND breached_at IS NULL AND due_at IS NOT NULL""",
)

_RETURNS_TRIGGER = "RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp"

# What a contact wrote and nobody answered starts a clock; the earliest such message counts.
_START = """CREATE FUNCTION sla_start(ws uuid, conversation uuid, message uuid, moment timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO sla_clock (workspace_id, id, conversation_id, kind, message_id, started_at)
    SELECT ws, gen_random_uuid(), conversation, CASE WHEN EXISTS (
            SELECT FROM message a WHERE a.workspace_id = ws AND a.conversation_id = conversation
              AND a.direction = 'outbound' AND sla_is_answer(a.author, a.delivery, a.data, a.event_id)
              AND a.id > (SELECT m.id FROM message m WHERE m.workspace_id = ws AND m.conversation_id = conversation
                          AND m.direction = 'inbound' ORDER BY m.id LIMIT 1))
        THEN 'next_response' ELSE 'first_response' END, message, moment
    ON CONFLICT DO NOTHING;
    PERFORM sla_resolution(ws, conversation, 'running', moment);
END $$"""

# Automatic lines are the product's ('system'); what tells the contact that a person will answer is marked `holding`.
# What another system says was said before has no event; what our people write in the provider's app has one.
_IS_ANSWER = """CREATE FUNCTION sla_is_answer(author text, delivery text, data jsonb, event uuid) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT author IN ('agent', 'member') AND delivery IS DISTINCT FROM 'failed'
        AND delivery IS DISTINCT FROM 'cancelled' AND NOT data ? 'holding'
        AND (event IS NOT NULL OR NOT data ? 'elsewhere')
$$"""

# One row goes on through pauses, closing and reopening; what comes a week after closing is another matter.
_RESOLUTION = """CREATE FUNCTION sla_resolution(ws uuid, conversation uuid, wanted text, moment timestamptz)
RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    clock sla_clock;
    since timestamptz;
    ended timestamptz;
BEGIN
    SELECT * INTO clock FROM sla_clock k WHERE k.workspace_id = ws AND k.conversation_id = conversation
        AND k.kind = 'resolution' AND k.status <> 'cancelled' ORDER BY k.created_at DESC LIMIT 1 FOR NO KEY UPDATE;
    IF NOT FOUND OR clock.status = 'stopped' AND clock.stopped_at < moment - interval '7 days' THEN
        IF wanted = 'running' THEN
            INSERT INTO sla_clock (workspace_id, id, conversation_id, kind, started_at)
            VALUES (ws, gen_random_uuid(), conversation, 'resolution', moment) ON CONFLICT DO NOTHING;
        END IF;
        RETURN;
    END IF;
    IF clock.status = wanted THEN
        RETURN;
    END IF;
    since := coalesce(clock.paused_at, clock.stopped_at);
    ended := greatest(moment, since);
    UPDATE sla_clock k SET status = wanted, to_plan = true,
        pauses = CASE WHEN since IS NOT NULL AND NOT (clock.status = 'stopped' AND wanted = 'paused')
                 THEN k.pauses || jsonb_build_array(jsonb_build_array(since, ended)) ELSE k.pauses END,
        paused_at = CASE wanted WHEN 'paused' THEN coalesce(since, greatest(moment, k.started_at)) END,
        stopped_at = CASE wanted WHEN 'stopped' THEN greatest(moment, k.started_at) END,
        seconds = NULL
    WHERE k.workspace_id = ws AND k.id = clock.id;
END $$"""

# An agent answers what it was asked, and not what has come since: that waits on.
_ANSWER = """CREATE FUNCTION sla_answer(ws uuid, conversation uuid, answer uuid, run uuid, moment timestamptz)
RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    late record;
BEGIN
    UPDATE sla_clock k SET status = 'stopped', stopped_at = greatest(moment, k.started_at), answered_by = answer,
        to_plan = true
    WHERE k.workspace_id = ws AND k.conversation_id = conversation AND k.kind <> 'resolution' AND k.status = 'running';
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF run IS NOT NULL THEN
        SELECT e.message_id, e.created_at INTO late FROM event e
        WHERE e.workspace_id = ws AND e.conversation_id = conversation AND e.status <> 'done'
          AND e.message_id IS NOT NULL AND e.run_id IS DISTINCT FROM run ORDER BY e.id LIMIT 1;
        IF FOUND THEN
            PERFORM sla_start(ws, conversation, late.message_id, late.created_at);
            RETURN;
        END IF;
    END IF;
    PERFORM sla_resolution(ws, conversation, 'paused', moment);
END $$"""

# A contact's message counts from its arrival, which is before it is filed.
_MESSAGE = f"""CREATE FUNCTION sla_message() {_RETURNS_TRIGGER} AS $$
BEGIN
    IF NEW.direction = 'inbound' THEN
        IF NEW.event_id IS NOT NULL AND EXISTS (SELECT FROM sla_policy p WHERE p.workspace_id = NEW.workspace_id) THEN
            PERFORM sla_start(NEW.workspace_id, NEW.conversation_id, NEW.id, coalesce(
                (SELECT e.created_at FROM event e WHERE e.workspace_id = NEW.workspace_id AND e.id = NEW.event_id),
                NEW.created_at));
        END IF;
    ELSIF sla_is_answer(NEW.author, NEW.delivery, NEW.data, NEW.event_id) THEN
        PERFORM sla_answer(NEW.workspace_id, NEW.conversation_id, NEW.id,
            CASE NEW.author WHEN 'agent' THEN NEW.run_id END, NEW.created_at);
    END IF;
    RETURN NULL;
END $$"""

# What did not arrive is no answer: its clock goes on as if nothing had been said. Sent again, it is one.
_DELIVERY = f"""CREATE FUNCTION sla_delivery() {_RETURNS_TRIGGER} AS $$
BEGIN
    IF sla_is_answer(NEW.author, NEW.delivery, NEW.data, NEW.event_id) THEN
        PERFORM sla_answer(NEW.workspace_id, NEW.conversation_id, NEW.id,
            CASE NEW.author WHEN 'agent' THEN NEW.run_id END, clock_timestamp());
        RETURN NULL;
    END IF;
    UPDATE sla_clock k SET status = 'running', stopped_at = NULL, answered_by = NULL, seconds = NULL, to_plan = true
    WHERE k.workspace_id = NEW.workspace_id AND k.answered_by = NEW.id AND k.status = 'stopped'
      AND NOT EXISTS (SELECT FROM sla_clock o WHERE o.workspace_id = NEW.workspace_id
                      AND o.conversation_id = NEW.conversation_id AND o.kind <> 'resolution' AND o.status = 'running')
      AND NOT EXISTS (SELECT FROM message a WHERE a.workspace_id = NEW.workspace_id
                      AND a.conversation_id = NEW.conversation_id AND a.id > NEW.id AND a.direction = 'outbound'
                      AND sla_is_answer(a.author, a.delivery, a.data, a.event_id))
      AND EXISTS (SELECT FROM conversation c WHERE c.workspace_id = NEW.workspace_id
                  AND c.id = NEW.conversation_id AND c.status <> 'closed');
    IF FOUND THEN
        PERFORM sla_resolution(NEW.workspace_id, NEW.conversation_id, 'running', clock_timestamp());
    END IF;
    RETURN NULL;
END $$"""

# An inquiry that ends without a reply: nobody need answer it, or what was asked for was done (a call).
_EVENT = f"""CREATE FUNCTION sla_event() {_RETURNS_TRIGGER} AS $$
DECLARE
    clock sla_clock;
    next record;
    now timestamptz := clock_timestamp();
BEGIN
    SELECT * INTO clock FROM sla_clock k WHERE k.workspace_id = NEW.workspace_id
        AND k.conversation_id = NEW.conversation_id AND k.kind <> 'resolution' AND k.status = 'running';
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT e.message_id, e.created_at INTO next FROM event e WHERE e.workspace_id = NEW.workspace_id
        AND e.conversation_id = NEW.conversation_id AND e.message_id >= clock.message_id
        AND (e.outcome IS NULL OR e.outcome IN ('handed_off', 'failed')) ORDER BY e.message_id LIMIT 1;
    IF FOUND AND next.message_id = clock.message_id THEN
        RETURN NULL;
    END IF;
    IF next.message_id IS NOT NULL AND NEW.outcome = 'ignored' THEN
        UPDATE sla_clock k SET message_id = next.message_id, started_at = next.created_at, to_plan = true,
            warned_at = NULL, breached_at = NULL WHERE k.workspace_id = clock.workspace_id AND k.id = clock.id;
        RETURN NULL;
    END IF;
    UPDATE sla_clock k SET status = CASE NEW.outcome WHEN 'ignored' THEN 'cancelled' ELSE 'stopped' END,
        stopped_at = now, to_plan = true WHERE k.workspace_id = clock.workspace_id AND k.id = clock.id;
    IF next.message_id IS NOT NULL THEN
        PERFORM sla_start(NEW.workspace_id, NEW.conversation_id, next.message_id, next.created_at);
    ELSIF EXISTS (SELECT FROM sla_clock k WHERE k.workspace_id = NEW.workspace_id
                  AND k.conversation_id = NEW.conversation_id AND k.kind <> 'resolution' AND k.status = 'stopped') THEN
        PERFORM sla_resolution(NEW.workspace_id, NEW.conversation_id, 'paused', now);
    ELSE
        UPDATE sla_clock k SET status = 'cancelled', paused_at = NULL, to_plan = true
        WHERE k.workspace_id = NEW.workspace_id AND k.conversation_id = NEW.conversation_id
          AND k.kind = 'resolution' AND k.status IN ('running', 'paused');
    END IF;
    RETURN NULL;
END $$"""

_CONVERSATION = f"""CREATE FUNCTION sla_conversation() {_RETURNS_TRIGGER} AS $$
BEGIN
    IF NEW.status IS DISTINCT FROM OLD.status THEN
        IF NEW.status = 'closed' THEN
            UPDATE sla_clock k SET status = 'cancelled', stopped_at = clock_timestamp(), to_plan = true
            WHERE k.workspace_id = NEW.workspace_id AND k.conversation_id = NEW.id AND k.kind <> 'resolution'
              AND k.status = 'running';
        END IF;
        IF EXISTS (
            SELECT FROM sla_clock k WHERE k.workspace_id = NEW.workspace_id AND k.conversation_id = NEW.id) THEN
            PERFORM sla_resolution(NEW.workspace_id, NEW.id, CASE NEW.status WHEN 'closed' THEN 'stopped'
                WHEN 'snoozed' THEN 'paused' ELSE 'running' END, clock_timestamp());
        END IF;
    END IF;
    UPDATE sla_clock k SET to_plan = true WHERE k.workspace_id = NEW.workspace_id AND k.conversation_id = NEW.id
        AND k.status IN ('running', 'paused') AND NOT k.to_plan;
    RETURN NULL;
END $$"""

# Where a clock runs, it says by when a person must answer; what is set once it has run out is when to remind again.
_RESPOND_BY = f"""CREATE FUNCTION sla_respond_by() {_RETURNS_TRIGGER} AS $$
BEGIN
    NEW.respond_by := coalesce(sla_due(NEW.workspace_id, NEW.id), NEW.respond_by);
    RETURN NEW;
END $$"""
_DEADLINE = f"""CREATE FUNCTION sla_deadline() {_RETURNS_TRIGGER} AS $$
BEGIN
    NEW.deadline := coalesce(sla_due(NEW.workspace_id, NEW.conversation_id), NEW.deadline);
    RETURN NEW;
END $$"""
_DUE = """CREATE FUNCTION sla_due(ws uuid, conversation uuid) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT k.due_at FROM sla_clock k WHERE k.workspace_id = ws AND k.conversation_id = conversation
        AND k.kind <> 'resolution' AND k.status = 'running' AND k.due_at > clock_timestamp()
$$"""

_REPLAN_TAGGED = f"""CREATE FUNCTION sla_tagged() {_RETURNS_TRIGGER} AS $$
BEGIN
    UPDATE sla_clock k SET to_plan = true FROM changed c
    WHERE k.workspace_id = c.workspace_id AND k.conversation_id = c.conversation_id
      AND k.status IN ('running', 'paused') AND NOT k.to_plan;
    RETURN NULL;
END $$"""
_REPLAN_CONTACT = f"""CREATE FUNCTION sla_contact() {_RETURNS_TRIGGER} AS $$
BEGIN
    UPDATE sla_clock k SET to_plan = true FROM conversation c
    WHERE c.workspace_id = NEW.workspace_id AND c.contact_id = NEW.id AND k.workspace_id = c.workspace_id
      AND k.conversation_id = c.id AND k.status IN ('running', 'paused') AND NOT k.to_plan;
    RETURN NULL;
END $$"""
_REPLAN_HOURS = f"""CREATE FUNCTION sla_hours() {_RETURNS_TRIGGER} AS $$
BEGIN
    UPDATE sla_clock k SET to_plan = true
    WHERE k.workspace_id = NEW.id AND k.status IN ('running', 'paused') AND NOT k.to_plan;
    RETURN NULL;
END $$"""
_REPLAN_TEAM = f"""CREATE FUNCTION sla_team() {_RETURNS_TRIGGER} AS $$
BEGIN
    UPDATE sla_clock k SET to_plan = true FROM conversation c
    WHERE c.workspace_id = NEW.workspace_id AND c.team_id = NEW.id AND k.workspace_id = c.workspace_id
      AND k.conversation_id = c.id AND k.status IN ('running', 'paused') AND NOT k.to_plan;
    RETURN NULL;
END $$"""

# A number that every session sees at once, and none until the first policy of all: to call a function with each message
# would be paid for by installations that have none.
_IN_USE = ("CREATE SEQUENCE sla_in_use", f"GRANT SELECT, UPDATE ON SEQUENCE sla_in_use TO {APP_ROLE}")
_TRIGGERS = (
    """CREATE TRIGGER sla_message AFTER INSERT ON message FOR EACH ROW
        WHEN (pg_sequence_last_value('sla_in_use') IS NOT NULL AND NEW.direction <> 'note')
        EXECUTE FUNCTION sla_message()""",
    """CREATE TRIGGER sla_delivery AFTER UPDATE OF delivery ON message FOR EACH ROW
        WHEN (NEW.direction = 'outbound' AND NEW.delivery IS DISTINCT FROM OLD.delivery
              AND (NEW.delivery IN ('failed', 'cancelled')) <> (OLD.delivery IN ('failed', 'cancelled')))
        EXECUTE FUNCTION sla_delivery()""",
    """CREATE TRIGGER sla_event AFTER UPDATE OF outcome ON event FOR EACH ROW
        WHEN (pg_sequence_last_value('sla_in_use') IS NOT NULL AND NEW.outcome IN ('answered', 'ignored')
              AND NEW.outcome IS DISTINCT FROM OLD.outcome
              AND NEW.message_id IS NOT NULL AND NEW.conversation_id IS NOT NULL)
        EXECUTE FUNCTION sla_event()""",
    """CREATE TRIGGER sla_deadline BEFORE UPDATE OF deadline ON event FOR EACH ROW
        WHEN (NEW.status = 'waiting' AND NEW.waiting_for IN ('person', 'run') AND NEW.conversation_id IS NOT NULL
              AND NEW.deadline IS DISTINCT FROM OLD.deadline)
        EXECUTE FUNCTION sla_deadline()""",
    """CREATE TRIGGER sla_conversation AFTER UPDATE OF status, team_id, contact_id ON conversation FOR EACH ROW
        WHEN (NEW.status IS DISTINCT FROM OLD.status OR NEW.team_id IS DISTINCT FROM OLD.team_id
              OR NEW.contact_id IS DISTINCT FROM OLD.contact_id)
        EXECUTE FUNCTION sla_conversation()""",
    """CREATE TRIGGER sla_respond_by BEFORE UPDATE OF respond_by ON conversation FOR EACH ROW
        WHEN (NEW.respond_by IS NOT NULL AND NEW.respond_by IS DISTINCT FROM OLD.respond_by)
        EXECUTE FUNCTION sla_respond_by()""",
    """CREATE TRIGGER sla_tagged AFTER INSERT ON conversation_tag REFERENCING NEW TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION sla_tagged()""",
    """CREATE TRIGGER sla_untagged AFTER DELETE ON conversation_tag REFERENCING OLD TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION sla_tagged()""",
    """CREATE TRIGGER sla_contact AFTER UPDATE OF tags ON contact FOR EACH ROW
        WHEN (NEW.tags IS DISTINCT FROM OLD.tags) EXECUTE FUNCTION sla_contact()""",
    """CREATE TRIGGER sla_hours AFTER UPDATE OF business_hours, hours_exceptions, timezone ON workspace FOR EACH ROW
        WHEN (NEW.business_hours IS DISTINCT FROM OLD.business_hours OR NEW.timezone IS DISTINCT FROM OLD.timezone
              OR NEW.hours_exceptions IS DISTINCT FROM OLD.hours_exceptions) EXECUTE FUNCTION sla_hours()""",
    """CREATE TRIGGER sla_team AFTER UPDATE OF business_hours ON team FOR EACH ROW
        WHEN (NEW.business_hours IS DISTINCT FROM OLD.business_hours) EXECUTE FUNCTION sla_team()""",
)
_LOOK = definer(
    "workspaces_with_sla_work(moment timestamptz)",
    "SETOF uuid",
    """
    SELECT w.id FROM workspace w WHERE w.rehearsal_of IS NULL AND w.id IN (
        SELECT k.workspace_id FROM sla_clock k WHERE k.to_plan
        UNION
        SELECT k.workspace_id FROM sla_clock k WHERE k.status = 'running' AND k.warned_at IS NULL
            AND k.warn_at IS NOT NULL AND k.warn_at <= moment
        UNION
        SELECT k.workspace_id FROM sla_clock k WHERE k.status = 'running' AND k.breached_at IS NULL
            AND k.due_at IS NOT NULL AND k.due_at <= moment)
    """,
)


def upgrade() -> None:
    guarded = (*protect("sla_policy"), *protect("sla_clock"))
    functions = (_IS_ANSWER, _RESOLUTION, _START, _ANSWER, _MESSAGE, _DELIVERY, _EVENT, _CONVERSATION)
    deadlines = (_DUE, _RESPOND_BY, _DEADLINE, _REPLAN_TAGGED, _REPLAN_CONTACT, _REPLAN_HOURS, _REPLAN_TEAM)
    shown = watched("sla_clock", "conversation", "conversation_id")
    for statement in (*_TABLES, *guarded, *_IN_USE, *functions, *deadlines, *_TRIGGERS, *_LOOK, *shown):
        op.get_bind().exec_driver_sql(statement)
