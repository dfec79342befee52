"""Staff on a visit: the list of what they may change, and the audit log of what they saw, tried and were answered."""

import time
from contextlib import suppress
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dynaris.core.db import Database
from dynaris.core.errors import DynarisError, Forbidden
from dynaris.core.ids import new_id

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# Everything else that would change something is refused: what lets anybody or anything in, grants trust, speaks for the
# business or takes data out or away would outlast the visit. A test walks all routes.
MAY_CHANGE = frozenset(
    {
        "PATCH /api/settings/workspace",  # all but whom agents trust
        "PUT /api/settings/auto-mode",
        "POST /api/accounts/{account_id}/check",
        "POST /api/process-events",
        "POST /api/process-events/{batch_id}/cancel",
        "POST /api/events/{event_id}/run",
        "POST /api/conversations/{conversation_id}/claim",
        "POST /api/conversations/{conversation_id}/hand-back",
        "PATCH /api/conversations/{conversation_id}",
        "POST /api/contacts/duplicates/look",
        "POST /api/contacts/duplicates/{duplicate_id}/not-the-same",
        "POST /api/contacts/duplicates/{duplicate_id}/undo",
        "POST /api/settings/retention/preview",
        "POST /api/tasks",
        "PATCH /api/tasks/{task_id}",
        "DELETE /api/follow-ups/{follow_up_id}",
        "POST /api/knowledge",
        "PATCH /api/knowledge/{source_id}",
        "DELETE /api/knowledge/{source_id}",
        "POST /api/knowledge/faq",
        "POST /api/knowledge/web",
        "POST /api/knowledge/suggestions/{suggestion_id}/approve",
        "POST /api/knowledge/suggestions/{suggestion_id}/dismiss",
        "POST /api/knowledge/{source_id}/visit",
        "POST /api/knowledge/files",
        "PATCH /api/knowledge/documents/{document_id}",
        "DELETE /api/knowledge/documents/{document_id}",
        "PUT /api/knowledge/documents/{document_id}/file",
        "POST /api/knowledge/documents/{document_id}/read",
        "POST /api/knowledge/documents/{document_id}/versions/{version}/restore",
        "POST /api/services",
        "PATCH /api/services/{service_id}",
        "DELETE /api/services/{service_id}",
        "POST /api/calendar/people",
        "PATCH /api/calendar/people/{staff_id}",
        "DELETE /api/calendar/people/{staff_id}",
    }
)

# Staff look at one thing after the other; these would take everything away at once.
TAKES_OUT = frozenset(
    {
        "GET /api/audit-log.csv",
        "GET /api/contacts/export.csv",
        "GET /api/contacts/imports/{import_id}/rows.csv",
        "GET /api/privacy/exports/{export_id}/file",
    }
)

_SEEN_SECONDS = 60
_MOST_SEEN = 10_000
_NOTED = "visit"  # in a request's state: the entry that waits for its answer


class _SeenReads:
    """What staff looked at in the last minute, so that a page which asks again and again is noted once."""

    def __init__(self) -> None:
        self._seen: dict[tuple[UUID, str], float] = {}

    def is_new(self, session_id: UUID, path: str) -> bool:
        now = time.monotonic()
        if self._seen.get((session_id, path), -_SEEN_SECONDS) > now - _SEEN_SECONDS:
            return False
        if len(self._seen) >= _MOST_SEEN:
            self._seen.clear()
        self._seen[session_id, path] = now
        return True


def _seen_reads(connection: HTTPConnection) -> _SeenReads:
    state = connection.app.state
    if not hasattr(state, "seen_reads"):
        state.seen_reads = _SeenReads()
    return state.seen_reads


async def note(
    connection: HTTPConnection, db: Database, workspace_id: UUID, *, actor: str, session_id: UUID, reason: str
) -> None:
    """Before the request does anything: what staff would change, and once a minute what they look at."""
    method, path = connection.scope.get("method", "GET"), connection.scope["path"][:500]
    changes = method not in SAFE_METHODS
    if not changes and not _seen_reads(connection).is_new(session_id, path):
        return
    entry_id, detail = new_id(), {"method": method, "path": path, "reason": reason}
    async with db.workspace(workspace_id) as scoped:
        await scoped.execute(
            """INSERT INTO audit_entry (workspace_id, id, actor, action, subject, detail)
               VALUES (%s, %s, %s, %s, %s, %s)""",
            (
                workspace_id,
                entry_id,
                actor,
                "staff.changed" if changes else "staff.looked",
                f"session:{session_id}",
                Jsonb(detail),
            ),
        )
    connection.scope.setdefault("state", {})[_NOTED] = (workspace_id, entry_id)


def check_allowed(connection: HTTPConnection) -> None:
    """Raises `Forbidden` for what is not on the one list, or is on the other."""
    method = connection.scope.get("method", "GET")
    route = f"{method} {getattr(connection.scope.get('route'), 'path', '')}"
    if route in TAKES_OUT if method in SAFE_METHODS else route not in MAY_CHANGE:
        raise Forbidden("staff on a visit cannot do this: the workspace's own people do it")


class AnsweredVisits:
    """Middleware: a request's entry gets the status that it was answered with; none where the process died."""

    def __init__(self, app: ASGIApp, db: Database) -> None:
        self._app, self._db = app, db

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state: dict[str, Any] = scope.setdefault("state", {})

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start" and _NOTED in state:
                await self._note(state.pop(_NOTED), message["status"])
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception:
            if _NOTED in state:
                await self._note(state.pop(_NOTED), 500)
            raise

    async def _note(self, entry: tuple[UUID, UUID], status: int) -> None:
        workspace_id, entry_id = entry
        with suppress(DynarisError, psycopg.Error):  # the change itself was made or refused all the same
            async with self._db.workspace(workspace_id) as connection:
                await connection.execute(
                    """UPDATE audit_entry SET detail = detail || jsonb_build_object('status', %s::int)
                       WHERE workspace_id = %s AND id = %s""",
                    (status, workspace_id, entry_id),
                )
