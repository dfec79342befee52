"""A stand-in for Slack: incoming webhooks and the two methods that we call, and the channel as a page.

It keeps what was posted in files below the sandbox's folder, so that a page shows it whichever process took it.
"""

import json
import time
from pathlib import Path
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from pydantic import BaseModel, Field

from dynaris.core.private import private_folder
from dynaris.sandbox import slack_page
from dynaris.sandbox.faults import LONGEST_DELAY, MOST_PLANNED, Fault, FaultPlan, SlackFaultKind
from dynaris.sandbox.pages import PAGE_HEADERS

_MOST_KEPT, _MOST_BYTES = 500, 64_000
_KINDS: tuple[SlackFaultKind, ...] = ("rate_limited", "invalid_auth", "server_error", "lost_receipt")
_LONGEST = {"header": 150, "section": 3_000}


class PlannedSlackFault(BaseModel):
    kind: SlackFaultKind
    times: int = Field(default=1, ge=1, le=MOST_PLANNED)
    seconds: float = Field(default=30.0, ge=0, le=LONGEST_DELAY, description="Of `rate_limited`: its Retry-After.")


class SlackChannelFiles:
    """What was posted, oldest first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "slack"

    def add(self, body: dict[str, Any]) -> str:
        """Its `ts`, by which Slack names a message."""
        messages = self.folder / "messages"
        private_folder(messages)
        now = time.time_ns()
        (messages / f"{now}.json").write_bytes(orjson.dumps(body))
        for old in self._files()[:-_MOST_KEPT]:
            old.unlink(missing_ok=True)
        return f"{now // 10**9}.{now // 1_000 % 10**6:06d}"

    def all(self) -> list[dict[str, Any]]:
        return [{"at": int(file.stem) / 1e9, **json.loads(file.read_bytes())} for file in self._files()]

    def _files(self) -> list[Path]:
        return sorted((self.folder / "messages").glob("*.json"))


def slack_pages(folder: Path) -> APIRouter:
    """Routes under `/sandbox/slack` (included). They ask for no sign-in: mount them for a sandbox only."""
    router = APIRouter(prefix="/sandbox/slack", include_in_schema=False)
    channel = SlackChannelFiles(folder)
    faults = FaultPlan(channel.folder)
    _add_webhook(router, channel, faults)
    _add_methods(router, channel, faults)
    _add_faults(router, faults)

    @router.get("")
    def page() -> HTMLResponse:
        return HTMLResponse(slack_page.channel(channel.all()), headers=PAGE_HEADERS)

    @router.get(".json")
    def messages() -> JSONResponse:
        return JSONResponse(channel.all())

    return router


def _add_webhook(router: APIRouter, channel: SlackChannelFiles, faults: FaultPlan) -> None:
    @router.post("/services/{team}/{app}/{secret}")
    async def webhook(request: Request) -> Response:
        """Plain text, as Slack's own: `ok`, or the name of what is wrong."""
        fault = faults.take(_KINDS, ())
        if fault and fault.kind != "lost_receipt":
            return _plain_fault(fault)
        body = await _body(request)
        if wrong := _wrong(body):
            return PlainTextResponse(wrong, 400)
        channel.add(body)
        return PlainTextResponse("" if fault else "ok")


def _add_methods(router: APIRouter, channel: SlackChannelFiles, faults: FaultPlan) -> None:
    @router.post("/api/chat.postMessage")
    async def post_message(request: Request) -> Response:
        fault = faults.take(_KINDS, ())
        if fault and fault.kind in ("rate_limited", "server_error"):
            return _plain_fault(fault)
        if not _has_token(request) or (fault and fault.kind == "invalid_auth"):
            return JSONResponse({"ok": False, "error": "invalid_auth"})
        body = await _body(request)
        if not str(body.get("channel") or ""):
            return JSONResponse({"ok": False, "error": "channel_not_found"})
        if wrong := _wrong(body):
            return JSONResponse({"ok": False, "error": wrong})
        stamp = channel.add(body)
        return Response() if fault else JSONResponse({"ok": True, "channel": body["channel"], "ts": stamp})

    @router.post("/api/auth.test")
    async def auth_test(request: Request) -> Response:
        if not _has_token(request):
            return JSONResponse({"ok": False, "error": "invalid_auth"})
        return JSONResponse({"ok": True, "team": "Sandbox", "user": "dynaris", "team_id": "T0", "user_id": "U0"})


def _add_faults(router: APIRouter, faults: FaultPlan) -> None:
    @router.get("/faults")
    def planned() -> list[Fault]:
        return faults.planned()

    @router.post("/faults", status_code=201)
    def plan(fault: PlannedSlackFault) -> list[Fault]:
        faults.add(Fault(fault.kind, fault.seconds), times=fault.times)
        return faults.planned()

    @router.delete("/faults", status_code=204)
    def forget() -> None:
        faults.clear()


def _plain_fault(fault: Fault) -> Response:
    if fault.kind == "rate_limited":
        return PlainTextResponse("rate_limited", 429, headers={"Retry-After": str(int(fault.seconds))})
    if fault.kind == "invalid_auth":
        return PlainTextResponse("no_service", 404)
    return PlainTextResponse("rollup_error", 500)


def _has_token(request: Request) -> bool:
    return request.headers.get("authorization", "").startswith("Bearer xoxb-")


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = orjson.loads((await request.body())[:_MOST_BYTES])
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _wrong(body: dict[str, Any]) -> str | None:
    """What Slack would not take."""
    blocks = body.get("blocks") or []
    if not blocks and not body.get("text"):
        return "no_text"
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        return "invalid_blocks"
    for block in blocks:
        said = (block.get("text") or {}).get("text", "")
        if block.get("type") in _LONGEST and not 0 < len(said) <= _LONGEST[block["type"]]:
            return "invalid_blocks"
    return None
