"""Checks of the database: reached, as whom, guarded, and with this release's schema."""

from dynaris.app.doctor.finding import Examined, Finding, failed, ok, warning
from dynaris.core.db import APP_ROLE, Connection, shown
from dynaris.migrations.run import revisions

START = "start it, and look whether DATABASE_URL is right; `dynaris up` brings its own"
_OLDEST = 15  # the oldest PostgreSQL that the schema works with

_ASKED = """SELECT current_setting('server_version_num')::int / 10000 AS version, current_user AS role,
    (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) AS steps_over,
    pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS read_only,
    (SELECT count(*) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id'
       AND NOT a.attisdropped
     WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND NOT c.relrowsecurity
       AND has_table_privilege(c.oid, 'SELECT')) AS unguarded,
    (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS used,
    current_setting('max_connections')::int AS most"""


async def database(examined: Examined) -> list[Finding]:
    where = shown(examined.settings.database_url or "")
    if examined.db is None:
        why, remedy = examined.no_database or (f"{where} does not answer", START)
        return [failed("database", why, remedy)]
    async with examined.db.system() as connection:
        row = await (await connection.execute(_ASKED)).fetchone()
    assert row is not None
    findings = [ok("database", f"PostgreSQL {row['version']} answers as {row['role']}, at {where}")]
    if row["version"] < _OLDEST:
        findings.append(failed("database", f"PostgreSQL {row['version']} is too old", f"use {_OLDEST} or newer"))
    if row["read_only"]:
        remedy = "point DATABASE_URL at the primary; after a full disk, free space and restart the server"
        findings.append(failed("database", "the database can only be read", remedy))
    if row["used"] > 0.9 * row["most"]:
        remedy = "raise the server's max_connections, or lower DYNARIS_DATABASE_POOL"
        findings.append(warning("database", f"{row['used']} of {row['most']} connections are in use", remedy))
    return [*findings, _guard(row)]


def _guard(row: dict[str, object]) -> Finding:
    if row["steps_over"]:
        remedy = f"connect as a user who may `SET ROLE {APP_ROLE}`, and take SUPERUSER and BYPASSRLS from that role"
        return failed("tenancy", f"the role {row['role']} steps over row-level security", remedy)
    if row["unguarded"]:
        remedy = "run `dynaris migrate`; if it changes nothing, restore the schema from this release"
        return failed("tenancy", f"{row['unguarded']} tables are not under row-level security", remedy)
    return ok("tenancy", "row-level security holds on every tenant table")


async def migrations(examined: Examined) -> list[Finding]:
    if examined.db is None:
        return []
    known = revisions()
    async with examined.db.system() as connection:
        current = await _revision(connection)
    if current == known[-1]:
        return [ok("migrations", f"the schema is this release's ({current})")]
    if current is None:
        return [failed("migrations", "the database has no schema", "run `dynaris migrate`, or `dynaris up`")]
    if current not in known:
        remedy = "install the newer release, or restore the backup that was made before the upgrade"
        return [failed("migrations", f"the schema ({current}) is newer than this release ({known[-1]})", remedy)]
    behind = known.index(known[-1]) - known.index(current)
    remedy = "stop the product, back up, and run `dynaris migrate` as the tables' owner (DYNARIS_MIGRATE_URL)"
    return [failed("migrations", f"{behind} migrations are pending: the schema is {current}", remedy)]


async def _revision(connection: Connection) -> str | None:
    cursor = await connection.execute("SELECT to_regprocedure('schema_revision()') IS NOT NULL AS known")
    row = await cursor.fetchone()
    if not (row and row["known"]):
        return None
    row = await (await connection.execute("SELECT schema_revision() AS revision")).fetchone()
    return row["revision"] if row else None
