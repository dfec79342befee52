"""What the planner should believe of tables that are still empty.

Each key begins with `workspace_id`. Without statistics PostgreSQL takes "rows of this workspace" to be a few, so an
index that only serves this prefix looks as good as the right one, and a plan made in the first seconds reads the
whole table ever after, until the first ANALYZE. PostgreSQL 18 lets us say what is true of these columns from the
start; older servers learn it from autovacuum, about a minute after the first thousand rows.
"""

import psycopg

_SINCE = 180000  # pg_restore_attribute_stats

# How many values a column has: > 0 a count, < 0 the share of rows that are different.
_ONE_WORKSPACE, _MOSTLY_DIFFERENT = 1, -0.5

_SEED = """
SELECT pg_restore_attribute_stats(
    'schemaname', 'public', 'relname', c.relname::text, 'attname', a.attname::text, 'inherited', false,
    'null_frac', 0::real, 'avg_width', 16,
    'n_distinct', (CASE a.attname WHEN 'workspace_id' THEN %(workspaces)s ELSE %(different)s END)::real)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
  AND (a.attname = 'workspace_id' OR a.attname LIKE '%%id' OR a.attname IN ('lane', 'value', 'dedupe_key'))
  AND EXISTS (SELECT FROM pg_attribute w WHERE w.attrelid = c.oid AND w.attname = 'workspace_id')
  AND NOT EXISTS (SELECT FROM pg_stats s WHERE s.schemaname = 'public' AND s.tablename = c.relname
                  AND s.attname = a.attname)"""


def seed_statistics(connection: psycopg.Connection) -> None:
    """For columns that have none; what ANALYZE found is never overwritten."""
    if connection.info.server_version >= _SINCE:
        connection.execute(_SEED, {"workspaces": _ONE_WORKSPACE, "different": _MOSTLY_DIFFERENT})
