"""Whatever is sent to a documented route is answered as documented: schemathesis over the whole description."""

import os
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from schemathesis.checks import (
    CHECKS,
    load_all_checks,
)

from dynaris.app.system_mail import ensure_system_mail
from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.people.sessions import open_session
from dynaris.people.visitor import Visitor
from dynaris.workspaces.actions import NewWorkspace, create_workspace
from dynaris.workspaces.cookies import SESSION_COOKIE
from tests.hostile.test_tenants import whole_app
from tests.web import ADDRESS, new_key

load_all_checks()
_CHECKS = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    ]
)
_UNREADY = ("/readyz",)  # no worker runs here
_NEVER_ENDS = ("/api/chat-widget/sse", "/api/live")
DEEP = int(os.environ.get("DYNARIS_HOSTILE_EXAMPLES", "60"))


@dataclass
class Whole:
    app: FastAPI
    workspace: NewWorkspace
    key: str

    async def headers(self, kind: str) -> dict[str, str]:
        """Who asks. A session is a new one each time: some operations end it."""
        if kind == "with a session":
            return {"cookie": f"{SESSION_COOKIE}={await self._session()}", "sec-fetch-site": "same-origin"}
        given = {"with a key": f"Bearer {self.key}", "with a wrong key": "Bearer dyn_garbage"}
        return {"authorization": given[kind]} if kind in given else {}

    async def _session(self) -> str:
        visitor = Visitor("127.0.0.1", "127.0.0.1", "Firefox on Linux", None)
        async with self.app.state.services.db.system() as connection:
            opened = await open_session(connection, self.workspace.owner_person_id, visitor, self.workspace.id)
        return opened.session


KINDS = ("with a key", "with a session", "with a wrong key", "without a key")


@pytest.fixture(scope="module")
async def whole(db: Database, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    app = whole_app(db, tmp_path_factory.mktemp("openapi"))
    await ensure_system_mail(app.state.services)
    name = f"schema-{new_id().hex}"
    made = await create_workspace(db, slug=name, name=name, owner_email=f"{name}@example.com", owner_name=name)
    return Whole(app, made, await new_key(db, made.id))


async def wrong_answers(whole: Whole, kind: str, *, examples: int) -> list[str]:
    """Of each operation the first that is not as documented. Requests are made first and sent then: the generator
    is no coroutine."""
    schema = schemathesis.openapi.from_dict(whole.app.openapi())
    found = []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(whole.app), base_url=ADDRESS) as client:
        for result in schema.get_all_operations():
            operation = result.ok()  # type: ignore[union-attr]
            if operation.path in (*_NEVER_ENDS, *_UNREADY):
                continue
            headers = await whole.headers(kind)
            for case in _cases(operation, examples):
                if wrong := await _wrong(client, case, headers):
                    found.append(f"{operation.method.upper()} {operation.path}: {wrong}")
                    break
    return found


def _cases(operation: Any, examples: int) -> list[Any]:
    cases: list[Any] = []

    @given(case=operation.as_strategy())
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),  # type: ignore[arg-type],
    )
    def collect(case: Any) -> None:
        cases.append(case)

    collect()
    return cases


async def _wrong(client: httpx.AsyncClient, case: Any, headers: dict[str, str]) -> str | None:
    given_to = case.as_transport_kwargs(base_url=ADDRESS)
    request = httpx.Request(
        given_to["method"],
        given_to["url"],
        params=given_to.get("params"),
        headers={**{name: str(value) for name, value in (given_to.get("headers") or {}).items()}, **headers},
        cookies=given_to.get("cookies"),
        json=given_to.get("json"),
        content=given_to.get("data") if isinstance(given_to.get("data"), bytes | str) else None,
        data=given_to.get("data") if isinstance(given_to.get("data"), dict) else None,
    )
    answer = await client.send(request)
    try:
        case.validate_response(answer, checks=_CHECKS)
    except AssertionError as error:
        return f"{error} <- {request.content[:300]!r}"
    except BaseExceptionGroup as group:
        return f"{'; '.join(str(one) for one in group.exceptions)} <- {answer.status_code} {request.content[:300]!r}"
    return None


@pytest.mark.parametrize("kind", ["with a key", "with a session"])
async def test_answers_are_as_documented(whole: Whole, kind: str) -> None:
    wrong = await wrong_answers(whole, kind, examples=1)
    assert not wrong, "\n\n".join(wrong)


async def test_the_session_is_one(whole: Whole) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(whole.app), base_url=ADDRESS) as client:
        me = await client.get("/api/me", headers=await whole.headers("with a session"))
    assert me.json()["role"] == "owner"


@pytest.mark.hostile
@pytest.mark.parametrize("kind", KINDS)
async def test_many_more_answers_are_as_documented(whole: Whole, kind: str) -> None:
    examples = DEEP if kind in ("with a key", "with a session") else 5
    wrong = await wrong_answers(whole, kind, examples=examples)
    assert not wrong, "\n\n".join(wrong)
