"""The Graph API's endpoints for the account: numbers, templates, profile, subscriptions, the token; and its routes."""

import json
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from aiohttp import web

from dynaris.core import clock
from dynaris.core.errors import NotFound
from dynaris.sandbox.meta import graph, media
from dynaris.sandbox.meta.account import change_account
from dynaris.sandbox.meta.graph import MANAGEMENT, MESSAGING, STANDIN, VERSION, answer, guarded, json_body, own_number
from dynaris.sandbox.meta.graph_errors import GraphError, no_such_object
from dynaris.sandbox.meta.standin import StandIn
from dynaris.sandbox.meta.store import Row
from dynaris.sandbox.meta.templates import (
    create_template,
    delete_templates,
    described,
    find_template,
    page_of_templates,
)

_HANDSHAKE = aiohttp.ClientTimeout(total=10)
_PROFILE = ("about", "address", "description", "email", "profile_picture_url", "websites", "vertical")


def graph_routes() -> list[web.RouteDef]:
    """At Graph's own paths."""
    one, root = VERSION + "/{id}", VERSION
    return [
        web.post(f"{one}/messages", guarded(MESSAGING, graph.post_message)),
        web.post(f"{one}/media", guarded(MESSAGING, graph.post_media)),
        web.get("/whatsapp_business/attachments/", guarded(MESSAGING, graph.get_attachment)),
        web.get(f"{one}/message_templates", guarded(MANAGEMENT, _of_waba(_templates))),
        web.post(f"{one}/message_templates", guarded(MANAGEMENT, _of_waba(_new_template))),
        web.delete(f"{one}/message_templates", guarded(MANAGEMENT, _of_waba(_delete_template))),
        web.get(f"{one}/subscribed_apps", guarded(MANAGEMENT, _of_waba(_subscribed))),
        web.post(f"{one}/subscribed_apps", guarded(MANAGEMENT, _of_waba(_subscribe))),
        web.delete(f"{one}/subscribed_apps", guarded(MANAGEMENT, _of_waba(_unsubscribe))),
        web.get(f"{one}/phone_numbers", guarded(MANAGEMENT, _of_waba(_numbers))),
        web.post(f"{one}/register", guarded(MANAGEMENT, _register)),
        web.post(f"{one}/deregister", guarded(MANAGEMENT, _deregister)),
        web.get(f"{one}/whatsapp_business_profile", guarded(MESSAGING, _profile)),
        web.post(f"{one}/whatsapp_business_profile", guarded(MESSAGING, _change_profile)),
        web.get(f"{root}/debug_token", guarded("", _token)),
        web.get(f"{one}/subscriptions", guarded("", _subscriptions)),
        web.post(f"{one}/subscriptions", guarded("", _new_subscription)),
        web.get(one, guarded("", _node)),
        web.delete(one, guarded("", _delete_node)),
    ]


def _of_waba(route: Callable[[web.Request, StandIn], Awaitable[web.StreamResponse]]) -> graph.Route:
    async def checked(request: web.Request) -> web.StreamResponse:
        standin = request.app[STANDIN]
        if request.match_info["id"] != standin.app["waba_id"]:
            raise no_such_object(request.match_info["id"])
        return await route(request, standin)

    return checked


async def _templates(request: web.Request, standin: StandIn) -> web.StreamResponse:
    page = page_of_templates(standin.store, dict(request.query))
    if "next" in page["paging"]:
        following = request.rel_url.update_query(after=page["paging"]["cursors"]["after"])
        page["paging"]["next"] = f"{standin.base_url}{following}"
    return answer(page)


async def _new_template(request: web.Request, standin: StandIn) -> web.StreamResponse:
    made = create_template(standin.store, await json_body(request))
    standin.changes.tell("templates")
    return answer(made)


async def _delete_template(request: web.Request, standin: StandIn) -> web.StreamResponse:
    if not delete_templates(standin.store, request.query.get("name", ""), request.query.get("hsm_id")):
        raise GraphError(100, "name: there is no such template", subcode=2593002)
    standin.changes.tell("templates")
    return answer({"success": True})


async def _subscribed(_request: web.Request, standin: StandIn) -> web.StreamResponse:
    app = standin.app
    link = f"https://www.facebook.com/games/?app_id={app['app_id']}"
    data = {"id": app["app_id"], "name": "Dynaris sandbox", "link": link}
    return answer({"data": [{"whatsapp_business_api_data": data}] if app["subscribed"] else []})


async def _subscribe(_request: web.Request, standin: StandIn) -> web.StreamResponse:
    return _changed(standin, {"subscribed": True})


async def _unsubscribe(_request: web.Request, standin: StandIn) -> web.StreamResponse:
    return _changed(standin, {"subscribed": False})


def _changed(standin: StandIn, changes: dict[str, Any]) -> web.StreamResponse:
    change_account(standin.store, changes)
    standin.changes.tell("account")
    return answer({"success": True})


async def _numbers(_request: web.Request, standin: StandIn) -> web.StreamResponse:
    number = _number_shown(standin.number)
    cursors = {"before": "QVFI", "after": "QVFI"}
    return answer({"data": [number], "paging": {"cursors": cursors}})


async def _register(request: web.Request) -> web.StreamResponse:
    standin = request.app[STANDIN]
    own_number(standin, request.match_info["id"])
    pin = str((await json_body(request)).get("pin", ""))
    if len(pin) != 6 or not pin.isdecimal():
        raise GraphError(100, message="Invalid PIN format. PIN must be exactly 6 digits")
    return _changed(standin, {"registered": True})


async def _deregister(request: web.Request) -> web.StreamResponse:
    standin = request.app[STANDIN]
    own_number(standin, request.match_info["id"])
    return _changed(standin, {"registered": False})


async def _profile(request: web.Request) -> web.StreamResponse:
    number = own_number(request.app[STANDIN], request.match_info["id"])
    named = request.query.get("fields", ",".join(_PROFILE)).split(",")
    shown = {name: value for name, value in number["profile"].items() if name in named}
    return answer({"data": [{**shown, "messaging_product": "whatsapp"}]})


async def _change_profile(request: web.Request) -> web.StreamResponse:
    standin = request.app[STANDIN]
    number, asked = own_number(standin, request.match_info["id"]), await json_body(request)
    profile = {**number["profile"], **{name: asked[name] for name in _PROFILE if name in asked}}
    standin.store.run("UPDATE number SET profile = :p WHERE id = :id", p=json.dumps(profile), id=number["id"])
    return answer({"success": True})


async def _token(request: web.Request) -> web.StreamResponse:
    app = request.app[STANDIN].app
    known = request.query.get("input_token", "") == app["access_token"]
    expired = 0 < app["expires_at"] <= clock.now().timestamp()
    if not known or expired:
        words = (
            "Error validating access token: Session has expired" if known else "The access token could not be decrypted"
        )
        error = {"code": 190, "message": words, **({"subcode": 463} if known else {})}
        return answer({"data": {"error": error, "is_valid": False, "scopes": app["scopes"] if known else []}})
    granular = [{"scope": scope, "target_ids": [app["waba_id"]]} for scope in app["scopes"]]
    data = {
        "app_id": app["app_id"],
        "type": "SYSTEM_USER",
        "application": "Dynaris sandbox",
        "data_access_expires_at": 0,
        "expires_at": int(app["expires_at"]),
        "is_valid": True,
        "scopes": app["scopes"],
        "granular_scopes": granular,
        "user_id": app["app_id"],
    }
    return answer({"data": data})


async def _subscriptions(request: web.Request) -> web.StreamResponse:
    app = _own_app(request)
    if not app["webhook_url"]:
        return answer({"data": []})
    fields = [{"name": name, "version": request.match_info["version"]} for name in app["webhook_fields"]]
    one = {
        "object": "whatsapp_business_account",
        "callback_url": app["webhook_url"],
        "active": True,
        "fields": fields,
    }
    return answer({"data": [one]})


async def _new_subscription(request: web.Request) -> web.StreamResponse:
    """The address is asked for the challenge before it is taken."""
    _own_app(request)
    asked = {**request.query, **await json_body(request)}
    if asked.get("object") != "whatsapp_business_account":
        raise GraphError(100, message="(#100) Param object must be whatsapp_business_account")
    url, fields = str(asked.get("callback_url", "")), asked.get("fields") or "messages"
    if not url.startswith(("http://", "https://")):
        raise GraphError(100, message="(#100) Param callback_url must be a valid URI")
    await _shake_hands(url, str(asked.get("verify_token", "")))
    named = fields if isinstance(fields, list) else str(fields).split(",")
    return _changed(request.app[STANDIN], {"webhook_url": url, "webhook_fields": [str(each) for each in named]})


async def _shake_hands(url: str, verify_token: str) -> None:
    challenge = str(secrets.randbelow(10**10))
    asked = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token}
    failed = GraphError(
        2200,
        message="(#2200) Callback verification failed with the following errors: the URL couldn't be validated. "
        "Callback verification failed.",
    )
    try:
        async with (
            aiohttp.ClientSession(timeout=_HANDSHAKE) as session,
            session.get(url, params=asked, allow_redirects=False) as got,
        ):
            if got.status != 200 or (await got.content.read(1000)).decode("utf-8", "replace").strip() != challenge:
                raise failed
    except (aiohttp.ClientError, TimeoutError, ValueError):
        raise failed from None


def _own_app(request: web.Request) -> Row:
    app = request.app[STANDIN].app
    if request.match_info["id"] not in (app["app_id"], "app"):
        raise no_such_object(request.match_info["id"])
    return app


async def _node(request: web.Request) -> web.StreamResponse:
    """A number, a medium, a template, or the account itself: Graph tells them apart by their ids alone."""
    standin, node_id = request.app[STANDIN], request.match_info["id"]
    fields = request.query.get("fields")
    if node_id == standin.app["waba_id"]:
        return answer(_picked({"id": node_id, "name": "Dynaris sandbox", "currency": "USD"}, fields))
    if standin.store.row("SELECT 1 AS one FROM number WHERE id = :id", id=node_id):
        return answer(_picked(_number_shown(own_number(standin, node_id)), fields))
    if standin.store.row("SELECT 1 AS one FROM template WHERE id = :id", id=node_id):
        return answer(described(find_template(standin.store, node_id), fields))
    try:
        return answer(graph.media_shown(standin, node_id))
    except NotFound:
        raise no_such_object(node_id) from None


async def _delete_node(request: web.Request) -> web.StreamResponse:
    try:
        media.delete_media(request.app[STANDIN].store, request.match_info["id"])
    except NotFound:
        raise no_such_object(request.match_info["id"]) from None
    return answer({"success": True})


def _number_shown(number: Row) -> Row:
    registered = bool(number["registered"])
    return {
        "id": number["id"],
        "display_phone_number": number["display"],
        "verified_name": number["name"],
        "quality_rating": "GREEN",
        "code_verification_status": "VERIFIED",
        "name_status": "APPROVED",
        "platform_type": "CLOUD_API" if registered else "NOT_APPLICABLE",
        "status": "CONNECTED" if registered else "PENDING",
        "throughput": {"level": "STANDARD"},
    }


def _picked(node: Row, fields: str | None) -> Row:
    """All of it, or what `fields` names; the id is always there."""
    named = fields.split(",") if fields else list(node)
    return {**{name: node[name] for name in named if name in node}, "id": node["id"]}
