"""A database that has been in use for long: 100,000 contacts, 1,000,000 messages, and the rows behind them."""

from benchmarks.product import Product

CONTACTS = 100_000
_MESSAGES_EACH = 10
_BIG = 10_000  # rows; below that PostgreSQL may rightly prefer to read a table as a whole

# The people are those of `Mix.known_share`. PostgreSQL makes the rows itself, ids in the order of time: each
# person wrote every other day and was answered the day after.
_PEOPLE = f"""
CREATE TEMP TABLE person_ AS
SELECT n, 'known' || n || '@people.example' AS email,
       uuidv7(n * interval '10 seconds' - interval '30 days') AS contact_id,
       uuidv7(n * interval '10 seconds' - interval '30 days') AS conversation_id
FROM generate_series(0, {CONTACTS - 1}) AS n"""
_WRITTEN = f"""
CREATE TEMP TABLE written AS
SELECT p.*, m, uuidv7(past) AS message_id, uuidv7(past) AS event_id, uuidv7(past) AS run_id,
       uuidv7(past + interval '1 day') AS reply_id, now() + past AS moment
FROM generate_series(0, {_MESSAGES_EACH // 2 - 1}) AS m, person_ AS p,
     LATERAL (SELECT interval '-15 days' + m * interval '2 days' + n * interval '0.8 seconds' AS past) AS at"""
_STATEMENTS = (
    _PEOPLE,
    _WRITTEN,
    "INSERT INTO contact (workspace_id, id, name) SELECT %(workspace)s, contact_id, 'Known' || n FROM person_",
    """INSERT INTO address (workspace_id, id, contact_id, kind, value, display, holds)
       SELECT %(workspace)s, uuidv7(), contact_id, 'email', email, email, true FROM person_""",
    """INSERT INTO lane (workspace_id, lane) SELECT %(workspace)s, 'generic:' || email FROM person_""",
    """INSERT INTO conversation (workspace_id, id, contact_id, channel, account_id, reply_to, subject, base_subject,
                                 last_message_at)
       SELECT %(workspace)s, conversation_id, contact_id, 'generic', %(account)s, email, 'A question', 'a question',
              now() - interval '5 days'
       FROM person_""",
    """INSERT INTO event (workspace_id, id, channel, account_id, external_id, lane, raw, status, contact_id,
                          conversation_id, message_id, run_id, outcome, created_at, settled_at)
       SELECT %(workspace)s, event_id, 'generic', %(account)s, 'past-' || n || '-' || m, 'generic:' || email, '{}',
              'done', contact_id, conversation_id, message_id, run_id, 'answered', moment, moment
       FROM written""",
    """INSERT INTO message (workspace_id, id, conversation_id, contact_id, event_id, direction, author, text,
                            created_at)
       SELECT %(workspace)s, message_id, conversation_id, contact_id, event_id, 'inbound', 'contact',
              'A sentence of the usual length, as people write it when they ask something: number ' || m, moment
       FROM written""",
    """INSERT INTO message (workspace_id, id, conversation_id, contact_id, run_id, direction, author, text, delivery,
                            created_at)
       SELECT %(workspace)s, reply_id, conversation_id, contact_id, run_id, 'outbound', 'agent',
              'A sentence of the usual length, as it is written in answer to a question: number ' || m, 'sent',
              moment + interval '1 day'
       FROM written""",
    """INSERT INTO run (workspace_id, id, event_id, contact_id, conversation_id, agent, model, status, prompt,
                        created_at)
       SELECT %(workspace)s, run_id, event_id, contact_id, conversation_id, 'chat', 'builtin', 'done', '{}', moment
       FROM written""",
    """INSERT INTO run_step (workspace_id, id, run_id, position, kind, response, done, created_at)
       SELECT %(workspace)s, uuidv7(), run_id, 0, 'model', '{}', true, moment FROM written""",
    """INSERT INTO outbox (workspace_id, id, audience, channel, account_id, recipient, contact_id, conversation_id,
                           message_id, event_id, run_id, dedupe_key, content, status, sent_at)
       SELECT %(workspace)s, uuidv7(), 'contact', 'generic', %(account)s, email, contact_id, conversation_id,
              reply_id, event_id, run_id, 'past:' || run_id, '{}', 'sent', moment
       FROM written""",
    "DROP TABLE written",
    "DROP TABLE person_",
    # What autovacuum would do in time is done now, so that it does not do it while we measure.
    "VACUUM (ANALYZE, FREEZE)",
    "CHECKPOINT",
)


async def preload(product: Product) -> None:
    values = {"workspace": product.workspace_id, "account": product.account_ids[0]}
    await product.execute("SET synchronous_commit = off")
    for statement in _STATEMENTS:
        await product.execute(statement, values if "%(" in statement else None)
    await product.execute("RESET synchronous_commit")


async def sequential_scans(product: Product) -> dict[str, int]:
    """How often each big table was read as a whole since the server started."""
    rows = await product.rows(
        "SELECT relname, seq_scan FROM pg_stat_user_tables WHERE n_live_tup >= %(big)s",
        {"big": _BIG},
    )
    return {row["relname"]: row["seq_scan"] for row in rows}
