"""A database that has been in use for long: 100,000 contacts, 1,000,000 messages and the events behind them."""

from benchmarks.product import Product

CONTACTS = 100_000
_MESSAGES_EACH = 10
_BIG = 10_000  # rows; below that PostgreSQL may rightly prefer to read a table as a whole

# The people are those of `Mix.known_share`. PostgreSQL makes the rows itself, ids in the order of time.
_CONTACTS = f"""
CREATE TEMP TABLE person_ AS
SELECT n, uuidv7(n * interval '10 seconds' - interval '30 days') AS contact_id,
       uuidv7(n * interval '10 seconds' - interval '30 days') AS conversation_id
FROM generate_series(0, {CONTACTS - 1}) AS n;
INSERT INTO contact (workspace_id, id, name)
SELECT %(workspace)s, contact_id, 'Known' || n FROM person_;
INSERT INTO address (workspace_id, id, contact_id, kind, value, display, holds)
SELECT %(workspace)s, uuidv7(), contact_id, 'email', 'known' || n || '@people.example',
       'known' || n || '@people.example', true
FROM person_;
INSERT INTO conversation (workspace_id, id, contact_id, channel, account_id, reply_to, subject, base_subject)
SELECT %(workspace)s, conversation_id, contact_id, 'generic', %(account)s,
       'known' || n || '@people.example', 'A question', 'a question'
FROM person_"""
_MESSAGES = f"""
CREATE TEMP TABLE written AS
SELECT p.n, p.contact_id, p.conversation_id, m,
       uuidv7(interval '-15 days' + m * interval '1 day' + p.n * interval '0.8 seconds') AS message_id,
       uuidv7(interval '-15 days' + m * interval '1 day' + p.n * interval '0.8 seconds') AS event_id
FROM generate_series(0, {_MESSAGES_EACH - 1}) AS m, person_ AS p;
INSERT INTO event (workspace_id, id, channel, account_id, external_id, lane, raw, status, contact_id,
                   conversation_id, message_id, outcome, settled_at)
SELECT %(workspace)s, event_id, 'generic', %(account)s, 'past-' || n || '-' || m,
       'generic:known' || n || '@people.example', '{{}}', 'done', contact_id, conversation_id, message_id,
       'answered', clock_timestamp()
FROM written WHERE m %% 2 = 0;
INSERT INTO message (workspace_id, id, conversation_id, contact_id, event_id, direction, author, text, delivery)
SELECT %(workspace)s, message_id, conversation_id, contact_id, CASE WHEN m %% 2 = 0 THEN event_id END,
       CASE WHEN m %% 2 = 0 THEN 'inbound' ELSE 'outbound' END,
       CASE WHEN m %% 2 = 0 THEN 'contact' ELSE 'agent' END,
       'A sentence of the usual length, as people write it when they ask something: number ' || m,
       CASE WHEN m %% 2 = 1 THEN 'sent' END
FROM written"""


async def preload(product: Product) -> None:
    values = {"workspace": product.workspace_id, "account": product.account_ids[0]}
    await product.execute("SET synchronous_commit = off")
    for statement in f"{_CONTACTS};{_MESSAGES}".split(";"):
        await product.execute(statement, values if "%(" in statement or "%%" in statement else None)
    # What autovacuum would do in time is done now, so that it does not do it while we measure.
    await product.execute("VACUUM (ANALYZE, FREEZE)")
    await product.execute("CHECKPOINT")


async def sequential_scans(product: Product) -> dict[str, int]:
    """How often each big table was read as a whole since the server started."""
    rows = await product.rows(
        "SELECT relname, seq_scan FROM pg_stat_user_tables WHERE n_live_tup >= %(big)s",
        {"big": _BIG},
    )
    return {row["relname"]: row["seq_scan"] for row in rows}
