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
    "person_by_email": "people belong to no workspace",
    "person_by_id": "people belong to no workspace",
    "hold_person": "people belong to no workspace",
    "verify_address": "people belong to no workspace",
    "change_address": "a person has one address in all their workspaces",
    "set_password": "people belong to no workspace",
    "set_totp": "people belong to no workspace",
    "use_totp_step": "people belong to no workspace",
    "set_recovery_codes": "people belong to no workspace",
    "use_recovery_code": "people belong to no workspace",
    "recovery_codes_left": "people belong to no workspace",
    "person_by_oidc": "sign-in happens before a workspace is known",
    "link_oidc": "sign-in happens before a workspace is known",
    "workspaces_of": "a person chooses among their workspaces",
    "invitation_by_token": "a link says which workspace invites",
    "create_ticket": "links in mails are opened before a workspace is known",
    "ticket_by_token": "links in mails are opened before a workspace is known",
    "use_ticket": "links in mails are opened before a workspace is known",
    "try_ticket": "links in mails are opened before a workspace is known",
    "drop_tickets": "links in mails are opened before a workspace is known",
    "take_throttle": "strangers are slowed down before a workspace is known",
    "forget_throttle": "strangers are slowed down before a workspace is known",
    "create_session": "sign-in happens before a workspace is known",
    "touch_session": "a cookie says who and where",
    "rotate_session": "a cookie says who and where",
    "visit_workspace": "staff enter a workspace that they are no member of; each visit is in its audit log",
    "sessions_of": "sessions belong to a person",
    "revoke_sessions": "sessions belong to a person",
    "end_sessions_in": "sessions belong to a person",
    "remember_device": "browsers belong to a person",
    "is_known_device": "browsers belong to a person",
    "forget_devices": "browsers belong to a person",
    "set_staff": "people belong to no workspace",
    "staff_people": "people belong to no workspace",
    "staff_workspaces": "staff look for the workspace they are asked to help",
    "drop_ended_sign_ins": "links, codes and sessions that are over go, whoever's they were",
    "api_key_by_token": "a key says which workspace",
    "accounts_by_address": "an arrival names an account, not a workspace",
    "accounts_of_channel": "listeners run for every workspace",
    "workspaces_holding": "an address that one workspace has proved is no other's",
    "claim_lanes": "a worker takes work of every workspace",
    "renew_lanes": "a worker keeps what it has, of every workspace",
    "due_work": "the watchdog looks for what is due or stuck, wherever it is",
    "stored_key_check": "a process asks whether its secret key is the right one before it works for anybody",
    "schema_revision": "readiness asks whether the schema is this release's",
    "hold_listeners": "a worker listens for accounts of every workspace, each by a lease",
    "release_listeners": "a worker gives back what it listens for, in every workspace",
    "forget_the_future": "after a clock stepped back, what was stamped before is brought to now, in every workspace",
    "on_standby": "a worker asks whether this is a restored copy that waits for a person",
    "end_standby": "a person starts a restored copy",
    "installation_id": "a check of the public address asks whether it reaches this very installation",
    "last_backup": "doctor asks when the installation was backed up last",
    "publish_figures": "processes show each other what they count, which holds no tenant's data",
    "withdraw_figures": "a process that ends takes its figures back",
    "published_figures": "one page of metrics shows all processes",
    "begin_rehearsal": "a workspace's own cases are played in a copy of it; it copies the current workspace's rows alone",
    "stale_rehearsals": "copies that a dead process left; it names those of the current workspace alone",
    "due_outages": "a worker asks whether models answer again, for every workspace",
    "end_rehearsal": "the copy goes again; it deletes copies of the current workspace alone",
    "watch_figures": "metrics count open work in all workspaces",
    "workspaces_with_expired_holds": "a worker sweeps what nobody confirmed in time, in every workspace",
    "workspaces_with_due_bookings": "a worker sends reminders in every workspace",
    "wanted_calls": "a worker places calls that agents wanted, in every workspace",
    "calls_to_wrap_up": "a worker does what is to be done after calls, in every workspace",
    "lost_calls": "a worker ends calls whose process died, in every workspace",
    "workspaces_to_tell": "a worker sends what our people are to be told, in every workspace",
    "workspaces_with_sla_work": "a worker plans clocks and tells of those that run out, in every workspace",
    "find_passages": "`@@` may not use an index under row-level security; the function keeps to the workspace itself",
    "find_contacts": "`@@` may not use an index under row-level security; the function keeps to the workspace itself",
    "nearest_passages": "an index of vectors needs the model's id as a constant; the function keeps to the workspace",
    "index_embeddings": "the application's role makes no indexes; the function keeps to the workspace",
    "drop_embedding_model": "the application's role drops no indexes; the function keeps to the workspace",
}

_FORMER_FUNCTIONS = {"work_counts", "search_passages"}  # an earlier migration makes them, a later one drops them


def protect(table: str, key: str = "workspace_id") -> list[str]:
    """Statements that let the application's role see and write rows of the current workspace only."""
    same = f"{key} = nullif(current_setting('dynaris.workspace', true), '')::uuid"
    return [
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
        f'CREATE POLICY own_workspace ON "{table}" TO {APP_ROLE} USING ({same}) WITH CHECK ({same})',
        f'GRANT SELECT, INSERT, UPDATE, DELETE ON "{table}" TO {APP_ROLE}',
    ]


def definer(
    signature: str, returns: str, body: str, *, volatile: bool = False, keeps_plan: bool = False, block: bool = False
) -> list[str]:
    """A SECURITY DEFINER function that only the application's role may call.

    One in SQL is planned at each call; one that `keeps_plan` returns its query's rows from PL/pgSQL. `block`: the
    body is a block of PL/pgSQL.
    """
    name = signature.split("(", maxsplit=1)[0]
    if name not in DEFINER_FUNCTIONS.keys() | _FORMER_FUNCTIONS:
        raise ValueError(f"{name} is not listed in DEFINER_FUNCTIONS")
    kind = "VOLATILE" if volatile else "STABLE"
    language = "plpgsql" if keeps_plan or block else "sql"
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
