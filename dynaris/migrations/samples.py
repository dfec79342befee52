"""First statistics for the tables of the flow: what the planner goes by until there is something to analyse.

A connection keeps its plans. Those it makes on a young database would be made without statistics, where PostgreSQL
takes "all rows of the workspace" for one row, and reads tables from end to end as they grow, until autovacuum has
looked at them. So each table is analysed once with rows of one workspace in it, and emptied again.
"""

_ROWS = 300  # more than fit one page
_KEY = "md5('statistics')::uuid, md5(n::text)::uuid"  # workspace and id; rows of different tables share their ids
_ID = "md5(n::text)::uuid"

# table: its columns after workspace and id, and their values
_SAMPLES = {
    "contact": ("name", "n::text"),
    "address": ("contact_id, kind, value, holds", f"{_ID}, 'email', n::text, true"),
    "conversation": ("contact_id, channel, account_id, reply_to", f"{_ID}, 'email', md5('')::uuid, n::text"),
    "message": (
        "conversation_id, contact_id, event_id, run_id, direction, author, text, external_id",
        f"{_ID}, {_ID}, {_ID}, {_ID}, 'inbound', 'contact', repeat('text ', 40), n::text",
    ),
    "event": (
        "channel, account_id, external_id, lane, raw, status, outcome, contact_id, conversation_id, message_id, run_id",
        f"""'email', md5('')::uuid, n::text, n::text, convert_to(repeat('text ', 80), 'utf8'), 'done', 'answered',
            {_ID}, {_ID}, {_ID}, {_ID}""",
    ),
    "outbox": (
        "audience, channel, account_id, recipient, dedupe_key, content, status, contact_id, message_id, event_id, run_id",
        f"'contact', 'email', md5('')::uuid, n::text, n::text, '{{}}', 'sent', {_ID}, {_ID}, {_ID}, {_ID}",
    ),
    "run": ("event_id, contact_id, agent, model, prompt", f"{_ID}, {_ID}, 'chat', 'builtin', '{{}}'"),
    "run_step": ("run_id, position, kind, done", f"{_ID}, 1, 'model', true"),
    "task": ("contact_id, title, status, created_by", f"{_ID}, 'task', 'open', 'agent'"),
    "follow_up": (
        "contact_id, conversation_id, kind, reason, due_at, status",
        f"{_ID}, {_ID}, 'wait', '', clock_timestamp(), 'waiting'",
    ),
}


def first_statistics() -> list[str]:
    """Statements for empty tables; they are empty afterwards."""
    filled = [
        f"INSERT INTO {table} (workspace_id, id, {columns}) SELECT {_KEY}, {values} FROM generate_series(1, {_ROWS}) n"
        for table, (columns, values) in _SAMPLES.items()
    ]
    filled.append(
        f"INSERT INTO lane (workspace_id, lane) SELECT md5('statistics')::uuid, n::text FROM generate_series(1, {_ROWS}) n"
    )
    tables = ", ".join([*_SAMPLES, "lane"])
    return [*filled, f"ANALYZE {tables}", f"TRUNCATE {tables} CASCADE"]
