"""Whose an account's address is."""

import json

import sqlalchemy as sa
from alembic import op

from dynaris.core.db import APP_ROLE
from dynaris.migrations.security import definer

revision = "0015"
down_revision = "0014"

# What nobody else may prove: the proved addresses without their plus-tags, and `dns:` with domains proved as a whole.
_HELD = """CREATE FUNCTION held_addresses(proofs jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(array_agg(held), '{}') FROM (
        SELECT regexp_replace(key, '\\+.*@', '@') AS held FROM jsonb_each(proofs) WHERE value ? 'how'
        UNION SELECT 'dns:' || substring(key FROM '[^@]*$') FROM jsonb_each(proofs) WHERE value ->> 'how' = 'dns'
    ) AS each $$"""


def upgrade() -> None:
    op.execute("ALTER TABLE account ADD COLUMN proofs jsonb NOT NULL DEFAULT '{}'")
    op.execute(_HELD)
    op.execute(f"GRANT EXECUTE ON FUNCTION held_addresses(jsonb) TO {APP_ROLE}")
    _prove_existing()
    op.execute("CREATE INDEX ix_account_held ON account USING gin (held_addresses(proofs)) WHERE removed_at IS NULL")
    for statement in definer(
        "workspaces_holding(names text[])",
        "SETOF uuid",
        "SELECT DISTINCT workspace_id FROM account WHERE held_addresses(proofs) && names AND removed_at IS NULL",
    ):
        op.execute(statement)


def _prove_existing() -> None:
    """Whoever ran the installation connected these, by command. One that is switched off holds nothing against another
    that took its address meanwhile.
    """
    connection = op.get_bind()
    rows = connection.execute(
        sa.text("""SELECT workspace_id, id, address, settings FROM account
                   WHERE channel = 'email' AND removed_at IS NULL ORDER BY enabled DESC, id""")
    ).all()
    taken: dict[str, object] = {}
    for workspace_id, account_id, address, settings in rows:
        named = (_ascii(address), *(alias for alias in settings.get("aliases", [])))
        own = [each for each in named if taken.setdefault(each, workspace_id) == workspace_id]
        connection.execute(
            sa.text("UPDATE account SET proofs = cast(:proofs AS jsonb) WHERE workspace_id = :workspace AND id = :id"),
            {
                "proofs": json.dumps({each: {"how": "operator"} for each in own}),
                "workspace": workspace_id,
                "id": account_id,
            },
        )


def _ascii(address: str) -> str:
    local, _, domain = address.lower().rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return address.lower()
