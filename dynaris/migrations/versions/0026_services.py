"""A service with its price stands in one place: those that a profile listed are services, switched off until wanted."""

from alembic import op

revision = "0026"
down_revision = "0025"

# Only what can be booked has a duration. One of the same name is the calendar's, whose price counts.
_SERVICES = """WITH listed AS (
        SELECT DISTINCT ON (w.id, lower(s.one->>'name')) w.id AS workspace_id, s.one->>'name' AS name,
               (s.one->>'duration_minutes')::int AS minutes, s.one->>'price' AS price, s.one->>'currency' AS currency,
               s.position
        FROM workspace w, jsonb_array_elements(CASE jsonb_typeof(w.profile->'services')
            WHEN 'array' THEN w.profile->'services' ELSE '[]' END) WITH ORDINALITY AS s (one, position)
        WHERE (s.one->>'duration_minutes')::int BETWEEN 1 AND 1440
          AND NOT EXISTS (SELECT FROM service o WHERE o.workspace_id = w.id AND lower(o.name) = lower(s.one->>'name'))
        ORDER BY w.id, lower(s.one->>'name'), s.position),
    added AS (
        INSERT INTO service (workspace_id, id, name, duration_minutes, price, currency, enabled, position)
        SELECT workspace_id, gen_random_uuid(), name, minutes, CASE WHEN currency IS NOT NULL THEN price::numeric END,
               CASE WHEN price IS NOT NULL THEN currency END, false, position
        FROM listed RETURNING workspace_id, id)
    INSERT INTO service_person (workspace_id, service_id, staff_id)
    SELECT a.workspace_id, a.id, p.id FROM added a JOIN calendar_person p ON p.workspace_id = a.workspace_id"""


# What has none, like a card of ten, is told to agents with what the business does.
_TOLD = """WITH told AS (
        SELECT w.id, string_agg(concat_ws(': ', s.one->>'name',
                   nullif(concat_ws(' ', s.one->>'price', s.one->>'currency'), '')), E'\\n' ORDER BY s.position) AS lines
        FROM workspace w, jsonb_array_elements(CASE jsonb_typeof(w.profile->'services')
            WHEN 'array' THEN w.profile->'services' ELSE '[]' END) WITH ORDINALITY AS s (one, position)
        WHERE s.one->>'name' <> '' AND coalesce((s.one->>'duration_minutes')::int, 0) NOT BETWEEN 1 AND 1440
        GROUP BY w.id)
    UPDATE workspace w SET profile = jsonb_set(w.profile, '{description}',
        to_jsonb(left(concat_ws(E'\\n', w.profile->>'description', told.lines), 2000)))
    FROM told WHERE told.id = w.id"""
_LEFT = "UPDATE workspace SET profile = profile - 'services' WHERE profile ? 'services'"


def upgrade() -> None:
    for statement in (_SERVICES, _TOLD, _LEFT):
        op.get_bind().exec_driver_sql(statement)
