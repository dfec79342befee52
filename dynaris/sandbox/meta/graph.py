"""The Graph API's endpoints for messages and media, for any version in the path."""

import asyncio
import hmac
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from dynaris.core import clock
from dynaris.core.errors import NotFound
from dynaris.sandbox.meta import business, media
from dynaris.sandbox.meta.account import number_of
from dynaris.sandbox.meta.faults import take_fault
from dynaris.sandbox.meta.graph_errors import GraphError, no_such_object
from dynaris.sandbox.meta.standin import StandIn
from dynaris.sandbox.meta.store import Row

STANDIN = web.AppKey("standin", StandIn)
MANAGEMENT, MESSAGING = "whatsapp_business_management", "whatsapp_business_messaging"
VERSION = r"/{version:v\d{1,3}\.\d{1,2}}"
NOT_KEPT = (UnicodeEncodeError, OverflowError, RecursionError)  # what JSON can say and nobody can store
Route = Callable[[web.Request], Awaitable[web.StreamResponse]]


def answer(body: Any, status: int = 200) -> web.Response:
    return web.json_response(body, status=status, dumps=lambda value: json.dumps(value, ensure_ascii=False))


def guarded(scope: str, route: Route) -> Route:
    """With a valid token that has the scope; whatever is wrong is answered as Graph does."""

    async def answered(request: web.Request) -> web.StreamResponse:
        try:
            check_token(request.app[STANDIN], request, scope)
            return await route(request)
        except GraphError as error:
            return answer(error.body(), error.status)
        except NOT_KEPT:
            error = GraphError(100, "a value is of no use: half a character, or too large a number")
            return answer(error.body(), error.status)

    return answered


def check_token(standin: StandIn, request: web.Request, scope: str) -> None:
    app = standin.app
    given = request.headers.get("Authorization", "")
    token = given[7:] if given.startswith("Bearer ") else request.query.get("access_token", "")
    if not token:
        raise GraphError(104, message="An access token is required to request this resource.")
    own = f"{app['app_id']}|{app['app_secret']}"  # an app's own token is this, everywhere at Meta
    if hmac.compare_digest(token.encode(), own.encode()):
        return
    if token.startswith(f"{app['app_id']}|"):
        raise GraphError(190, message="Invalid OAuth access token signature.")
    if not hmac.compare_digest(token.encode(), app["access_token"].encode()):
        raise GraphError(190, message="Invalid OAuth access token - Cannot parse access token")
    if 0 < app["expires_at"] <= clock.now().timestamp():
        raise GraphError(190, message="Error validating access token: Session has expired")
    if scope and scope not in app["scopes"]:
        raise GraphError(200, message=f"(#200) Requires {scope} permission to manage the object")


async def json_body(request: web.Request) -> Row:
    """JSON, or a form. Raises `GraphError`."""
    if request.content_type == "application/x-www-form-urlencoded":
        return dict(await request.post())
    try:
        body = json.loads(await request.read() or b"{}")
    except ValueError:
        raise GraphError(100, message="(#100) Invalid JSON in the body of the request") from None
    if not isinstance(body, dict):
        raise GraphError(100, message="(#100) The body of the request must be an object")
    return body


def own_number(standin: StandIn, number_id: str) -> Row:
    try:
        return number_of(standin.store, number_id)
    except KeyError:
        raise no_such_object(number_id) from None


async def post_message(request: web.Request) -> web.StreamResponse:
    standin = request.app[STANDIN]
    number = own_number(standin, request.match_info["id"])
    asked = await json_body(request)
    if asked.get("messaging_product") != "whatsapp":
        raise GraphError(100, message="(#100) The parameter messaging_product is required.")
    if not number["registered"]:
        raise GraphError(133010)
    if asked.get("status") == "read":
        business.mark_read(standin, asked)
        return answer({"success": True})
    customer = business.recipient_of(standin, asked)
    fault = take_fault(standin.store, "send", of=(customer["user_id"], customer["wa_id"])) or {"kind": None}
    if fault["kind"]:
        standin.changes.tell("faults")
        await asyncio.sleep(fault["seconds"])
    if fault["kind"] == "error":
        raise GraphError(fault["code"])
    if fault["kind"] == "dropped":
        return _hang_up(request)
    later = fault["code"] if fault["kind"] == "failed_later" else None
    accepted = business.send(standin, number, asked, customer, fails_with=later)
    return _hang_up(request) if fault["kind"] == "lost_receipt" else answer(accepted)


def _hang_up(request: web.Request) -> web.Response:
    """The connection ends without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


async def post_media(request: web.Request) -> web.StreamResponse:
    standin = request.app[STANDIN]
    own_number(standin, request.match_info["id"])
    if not request.content_type.startswith("multipart/"):
        raise GraphError(100, message="(#100) The parameter file is required.")
    form = await request.post()
    if form.get("messaging_product") != "whatsapp":
        raise GraphError(100, message="(#100) The parameter messaging_product is required.")
    file = form.get("file")
    if not isinstance(file, web.FileField):
        raise GraphError(100, message="(#100) The parameter file is required.")
    kind = form.get("type")
    mime_type = kind if isinstance(kind, str) and "/" in kind else file.content_type
    kept = media.upload(standin.store, file.file.read(), mime_type, file.filename or None)
    return answer({"id": kept["id"]})


def media_shown(standin: StandIn, media_id: str) -> Row:
    """Raises `NotFound`."""
    found = media.find_media(standin.store, media_id)
    return {
        "messaging_product": "whatsapp",
        "url": media.link_to(standin.store, standin.base_url, media_id),
        "mime_type": found["mime_type"],
        "sha256": found["sha256"],
        "file_size": found["size"],
        "id": media_id,
    }


async def get_attachment(request: web.Request) -> web.StreamResponse:
    """A medium's bytes, at the address that was given for it."""
    standin, asked = request.app[STANDIN], request.query
    media_id = asked.get("mid", "")
    if not media.may_fetch(standin.store, media_id, asked.get("ext", ""), asked.get("hash", "")):
        return web.Response(status=404, text="URL signature expired")
    fault = take_fault(standin.store, "media") or {"kind": None, "seconds": 0}
    if fault["kind"]:
        standin.changes.tell("faults")
        await asyncio.sleep(fault["seconds"])
    try:
        found, content = media.find_media(standin.store, media_id), media.read_media(standin.store, media_id)
    except (NotFound, OSError):
        return web.Response(status=404)
    if fault["kind"] == "expired":
        return web.Response(status=404)
    if fault["kind"] == "wrong_bytes":
        content = media.other_bytes(content)
    # A type that a customer's phone invented is not let into a header as it is.
    named = (
        found["mime_type"] if re.fullmatch(r"[\w.+/=; -]{3,100}", found["mime_type"]) else "application/octet-stream"
    )
    return web.Response(body=content, headers={"Content-Type": named, "X-Content-Type-Options": "nosniff"})
