"""Whatever strangers send to the public addresses is refused with a reason, never met with an error of ours."""

import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from dynaris.app.host import Host
from dynaris.app.web import create_app
from dynaris.connections.actions import add_account
from dynaris.connections.queries import Accounts
from dynaris.core.callbacks import sign
from dynaris.core.crypto import Vault
from dynaris.core.db import Database
from dynaris.core.files import Files
from dynaris.core.ids import new_id
from dynaris.core.settings import Settings
from dynaris.pipeline.services import Services
from dynaris.workspaces.actions import NewWorkspace

SITE = b"https://clinic.example"
SECRET = "s3cret"
GENEROUS = {"messages_per_minute": 600, "new_chats": 100_000, "new_chats_per_address": 100_000}
ODD = [
    b"",
    b" ",
    b"x" * 5_000,
    b"\xff\xfe",
    "é\u202e".encode(),
    b"\x00",
    b"\t",
    b"%",
    b"{}",
    b"null",
    b"[1]",
    b"-1",
    b"'\"",
]
ODD_JSON: list[Any] = [
    None,
    True,
    -1,
    1e308,
    "",
    " ",
    "x" * 5_000,
    "\ud800",
    "é\u202e\u0085",
    [],
    [[]],
    {},
    {"a": {}},
    "null",
]


@dataclass
class Answer:
    status: int
    headers: dict[bytes, bytes]
    body: bytes


@pytest.fixture
async def key(db: Database, workspace: NewWorkspace) -> str:
    """Of the widget, and the name of the source."""
    name = f"odd-{new_id().hex}"
    async with db.workspace(workspace.id) as connection:
        for channel, settings in (
            ("webchat", GENEROUS),
            ("generic", {"secret": SecretStr(SECRET)}),
        ):
            await add_account(connection, workspace.id, Vault("test"), channel=channel, address=name, settings=settings)
    return name


@pytest.fixture
def app(db: Database, tmp_path: Path) -> FastAPI:
    services = Services(
        db=db,
        settings=Settings(home=tmp_path),
        accounts=Accounts(db, Vault("test")),
        files=Files(None, tmp_path / "files"),
    )
    return create_app(services, Host(services))


async def ask(
    app: FastAPI, method: str, path: str, *, query: bytes = b"", headers: dict[bytes, bytes], body: bytes = b""
) -> Answer:
    """As a server would: bytes that no polite client sends arrive as they are. A stream is left once it has begun."""
    given = {b"content-length": str(len(body)).encode(), **headers} if body or method == "POST" else headers
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "root_path": "",
        "headers": list(given.items()),
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    sent: list[dict[str, Any]] = []
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)  # type: ignore[arg-type]
    start = sent[0]
    content = b"".join(each.get("body", b"") for each in sent[1:])
    return Answer(start["status"], {name.lower(): value for name, value in start["headers"]}, content)


def is_explained(answer: Answer, *, to_page: bool) -> str | None:
    """What is wrong with this answer; `None` where it is in order."""
    if answer.status >= 500:
        return f"{answer.status} {answer.body!r}"
    if answer.status >= 400:
        if answer.headers.get(b"content-type") != b"application/problem+json":
            return f"{answer.status} is {answer.headers.get(b'content-type')}"
        if not json.loads(answer.body)["detail"]:
            return f"{answer.status} says nothing"
    if to_page and answer.headers.get(b"access-control-allow-origin") != SITE:
        return f"{answer.status} cannot be read by the page"
    return None


def a_session() -> str:
    return secrets.token_urlsafe(16)


READS = ("/api/chat-widget/messages", "/api/chat-widget/sse")
WRITES = ("/api/chat-widget/message", "/api/chat-widget/contact", "/api/chat-widget/verify")


def odd_queries(key: str) -> Iterator[bytes]:
    fine = {b"session_id": a_session().encode(), b"api_key": key.encode(), b"after": b""}
    for name, value in product(fine, ODD):
        yield b"&".join(b"%s=%s" % (each, quote(given).encode()) for each, given in {**fine, name: value}.items())
        yield b"&".join(b"%s=%s" % (each, given) for each, given in {**fine, name: value}.items())
        without = {each: given for each, given in fine.items() if each not in (name, b"after")}
        yield b"&".join(b"%s=%s" % one for one in [*without.items(), (name, b"1"), (name, b"2")])
    yield from (b"", b"&&&", b"session_id", b"=", b"%zz=%", b"api_key=" + key.encode())


async def test_an_overlong_key_is_an_unknown_one(app: FastAPI, key: str) -> None:
    session = a_session().encode()
    for path in READS:
        query = b"session_id=%s&api_key=%s" % (session, b"x" * 5_000)
        answer = await ask(app, "GET", path, query=query, headers={b"origin": SITE})
        assert (answer.status, answer.headers[b"access-control-allow-origin"]) == (401, SITE)
        assert json.loads(answer.body)["code"] == "unauthenticated"


@pytest.mark.parametrize("path", READS)
async def test_odd_queries_get_a_reason(app: FastAPI, key: str, path: str) -> None:
    for query in odd_queries(key):
        answer = await ask(app, "GET", path, query=query, headers={b"origin": SITE})
        assert is_explained(answer, to_page=True) is None, query[:200]


@pytest.mark.parametrize("path", [*READS, *WRITES])
async def test_odd_headers_get_a_reason(app: FastAPI, key: str, path: str) -> None:
    fine = {b"x-api-key": key.encode(), b"origin": SITE, b"content-type": b"application/json"}
    names = (*fine, b"last-event-id", b"cookie", b"authorization", b"x-forwarded-for", b"accept", b"content-length")
    methods = ["GET"] if path in READS else ["POST"]
    for name, value, method in product(names, ODD, [*methods, "OPTIONS"]):
        session = a_session()
        body = json.dumps({"session_id": session, "message": "Hello", "code": "123456"}).encode()
        query = b"session_id=" + session.encode()
        headers, content = {**fine, name: value}, body if method == "POST" else b""
        answer = await ask(app, method, path, query=query, headers=headers, body=content)
        assert is_explained(answer, to_page=name != b"origin") is None, (method, name, value[:50])


@pytest.mark.parametrize("path", WRITES)
async def test_odd_bodies_get_a_reason(app: FastAPI, key: str, path: str) -> None:
    headers = {b"x-api-key": key.encode(), b"origin": SITE, b"content-type": b"application/json"}
    fine = {"message": "Hello", "email": "a@example.com", "code": "123456"}
    names = (*fine, "session_id", "message_id", "metadata", "attachments", "phone_number", "first_name", "é")
    changed = [{name: value} for name, value in product(names, ODD_JSON)]
    bodies = [json.dumps({"session_id": a_session(), **fine, **change}).encode() for change in changed]
    for body in [*bodies, *ODD, *(json.dumps(value).encode() for value in ODD_JSON)]:
        answer = await ask(app, "POST", path, headers=headers, body=body)
        assert is_explained(answer, to_page=True) is None, body[:200]


async def test_odd_events_get_a_reason(app: FastAPI, key: str) -> None:
    fine = {
        "id": "1",
        "type": "message",
        "occurred_at": "2026-11-21T09:00:00Z",
        "from": {"email": "ada@example.com"},
        "text": "Hello",
    }
    senders = [
        {"from": {"email": "a@example.com", name: odd}} for name in ("email", "phone", "name") for odd in ODD_JSON
    ]
    fields = [{name: odd} for name, odd in product((*fine, "subject", "data", "reply_url", "é"), ODD_JSON)]
    times = [{"occurred_at": odd} for odd in ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "P1D", "1e9")]
    bodies = [
        json.dumps({**fine, "id": str(number), **one}).encode() for number, one in enumerate(senders + fields + times)
    ]
    for body in [*bodies, *ODD]:
        headers = {b"x-dynaris-source": key.encode(), b"content-type": b"application/json"}
        headers[b"x-dynaris-signature"] = sign(body, SECRET, now=time.time()).encode()
        answer = await ask(app, "POST", "/api/process-events", headers=headers, body=body)
        assert is_explained(answer, to_page=False) is None, body[:200]


async def test_odd_headers_of_an_event_get_a_reason(app: FastAPI, key: str) -> None:
    fine = {
        b"x-dynaris-source": key.encode(),
        b"x-dynaris-signature": sign(b"{}", SECRET, now=time.time()).encode(),
        b"content-type": b"application/json",
    }
    odd_stamps = [b"t=%s,v1=%s" % (stamp, value) for stamp, value in product((b"1", b"9" * 400, *ODD), (b"00", *ODD))]
    for name, value in [
        *product((*fine, b"content-length", b"origin"), ODD),
        *((b"x-dynaris-signature", one) for one in odd_stamps),
    ]:
        answer = await ask(app, "POST", "/api/process-events", headers={**fine, name: value}, body=b"{}")
        assert answer.status >= 400
        assert is_explained(answer, to_page=False) is None, (name, value[:50])
