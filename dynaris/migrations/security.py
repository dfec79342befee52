"""The second lock of tenancy: row-level security on every tenant table, and the listed ways around it.

Used by migrations: call `protect(table)` for each new tenant table, and list each new function here.
"""

from dynaris.core.db import APP_ROLE

# Look-ups that cross workspaces, each SECURITY DEFINER and each with one reason to exist.
DEFINER_FUNCTIONS = {
    "workspace_by_slug": "the command line names a workspace by its slug",
    "workspace_ids": "scheduled checks visit every workspace",
    "create_workspace": "a workspace must exist before it can be entered",
    "upsert_person": "people belong to no workspace",
    "create_sign_in_link": "sign-in happens before a workspace is known",
    "use_sign_in_link": "sign-in happens before a workspace is known",
    "session_by_token": "a cookie says who and where",
    "revoke_session": "a cookie says who and where",
    "api_key_by_token": "a key says which workspace",
    "accounts_by_address": "an arrival names an account, not a workspace",
    "accounts_of_channel": "listeners run for every workspace",
    "claim_lanes": "a worker takes work of every workspace",
    "renew_lanes": "a worker keeps what it has, of every workspace",
    "due_work": "the watchdog looks for what is due or stuck, wherever it is",
    "stored_key_check": "a process asks whether its secret key is the right one before it works for anybody",
    "schema_revision": "readiness asks whether the schema is this release's",
    "work_counts": "metrics count work in all workspaces",
    "search_passages": "`@@` may not use an index under row-level security; the function keeps to the workspace itself",
}


def protect(table: str, key: str = "workspace_id") -> list[str]:
    """Statements that let the application's role see and write rows of the current workspace only."""
    same = f"{key} = nullif(current_setting('dynaris.workspace', true), '')::uuid"
    return [
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
        f'CREATE POLICY own_workspace ON "{table}" TO {APP_ROLE} USING ({same}) WITH CHECK ({same})',
        f'GRANT SELECT, INSERT, UPDATE, DELETE ON "{table}" TO {APP_ROLE}',
    ]


def definer(signature: str, returns: str, body: str, *, volatile: bool = False, keeps_plan: bool = False) -> list[str]:
    """A SECURITY DEFINER function that only the application's role may call.

    One in SQL is planned at each call; one that `keeps_plan` returns its query's rows from PL/pgSQL.
    """
    name = signature.split("(", maxsplit=1)[0]
    if name not in DEFINER_FUNCTIONS:
        raise ValueError(f"{name} is not listed in DEFINER_FUNCTIONS")
    kind = "VOLATILE" if volatile else "STABLE"
    language = "plpgsql" if keeps_plan else "sql"
    if keeps_plan:
        body = f"BEGIN RETURN QUERY {body}; END"
    types = _types(signature)
    return [
        f"CREATE FUNCTION {signature} RETURNS {returns} LANGUAGE {language} {kind} SECURITY DEFINER "
        f"SET search_path = public, pg_temp AS $$ {body} $$",
        f"REVOKE ALL ON FUNCTION {name}({types}) FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION {name}({types}) TO {APP_ROLE}",
    ]


def _types(signature: str) -> str:
    arguments = signature.split("(", 1)[1].rstrip(")")
    return ", ".join(part.strip().split(" ", 1)[1] for part in arguments.split(",") if part.strip())
