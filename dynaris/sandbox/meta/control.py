"""The control API under `/sandbox/whatsapp`: what tests and the phones' page do to the stand-in, as JSON."""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from aiohttp import web

from dynaris.core.errors import InvalidInput
from dynaris.sandbox.meta import customers, faults, media, messages, phone_acts, templates, webhooks
from dynaris.sandbox.meta.account import change_account, token_state
from dynaris.sandbox.meta.graph import STANDIN, answer
from dynaris.sandbox.meta.standin import StandIn
from dynaris.sandbox.meta.store import Row

ROOT = "/sandbox/whatsapp"
_SHAPES = ("separate", "messages", "changes", "entries")
_ORDERS = ("as_made", "reversed", "shuffled")
_MOST_IN_BATCH = 1000
# What a browser may show in a page; everything else from a customer or the product is only ever saved.
_SHOWN = re.compile(r"(image/(png|jpeg|webp|gif)|audio/[\w.+-]+|video/[\w.+-]+)(; ?codecs=[\w.,-]+)?")

Act = Callable[[web.Request, StandIn], Awaitable[web.StreamResponse]]


def control_routes() -> list[web.RouteDef]:
    one = ROOT + "/customers/{customer}"
    return [
        web.get(f"{ROOT}/state", _with(_state)),
        web.patch(f"{ROOT}/account", _with(_account)),
        web.get(f"{ROOT}/customers", _with(_customers)),
        web.post(f"{ROOT}/customers", _with(_new_customer)),
        web.patch(one, _with(_customer)),
        web.get(f"{one}/messages", _with(_messages)),
        web.post(f"{one}/messages", _with(_write)),
        web.post(f"{one}/read", _with(_read)),
        web.post(f"{one}/played", _with(_played)),
        web.post(f"{one}/number", _with(_number)),
        web.post(f"{one}/echo", _with(_echo)),
        web.post(f"{ROOT}/batch", _with(_batch)),
        web.get(f"{ROOT}/sent", _with(_sent)),
        web.get(f"{ROOT}/counts", _with(_counts)),
        web.post(f"{ROOT}/media", _with(_new_media)),
        web.get(ROOT + "/media/{id}", _with(_media)),
        web.get(f"{ROOT}/templates", _with(_templates)),
        web.patch(ROOT + "/templates/{id}", _with(_template)),
        web.get(f"{ROOT}/faults", _with(_faults)),
        web.post(f"{ROOT}/faults", _with(_new_fault)),
        web.delete(f"{ROOT}/faults", _with(_no_faults)),
        web.get(f"{ROOT}/webhooks", _with(_webhooks)),
        web.post(f"{ROOT}/webhooks", _with(_raw)),
        web.post(f"{ROOT}/statuses/release", _with(_release)),
    ]


def _with(act: Act) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def called(request: web.Request) -> web.StreamResponse:
        return await act(request, request.app[STANDIN])

    return called


async def body_of(request: web.Request) -> Row:
    """Raises `InvalidInput`. JSON alone: a page of another site could send a form."""
    raw = await request.read()
    if raw and request.content_type != "application/json":
        raise InvalidInput(f"application/json is expected, not {request.content_type}")
    try:
        body = json.loads(raw or b"{}")
    except ValueError as error:
        raise InvalidInput(f"the body is no JSON: {error}") from None
    if not isinstance(body, dict):
        raise InvalidInput("the body must be an object")
    return body


def _known(request: web.Request, standin: StandIn) -> Row:
    return customers.find_customer(standin.store, request.match_info["customer"])


async def _state(_request: web.Request, standin: StandIn) -> web.StreamResponse:
    """Without secrets: the page shows it."""
    app, number = standin.app, standin.number
    shown = {name: app[name] for name in ("app_id", "waba_id", "webhook_url", "webhook_fields", "scopes", "statuses")}
    about = {"phone_number_id": number["id"], "display_phone_number": number["display"], "name": number["name"]}
    waiting = standin.store.row("SELECT count(*) AS waiting, coalesce(sum(held), 0) AS held FROM delivery")
    return answer(
        {
            **shown,
            **about,
            **(waiting or {}),
            "subscribed": bool(app["subscribed"]),
            "registered": bool(number["registered"]),
            "token": token_state(app["expires_at"]),
            "media_limits": {kind: limit.most for kind, limit in media.LIMITS.items()},
        }
    )


async def _account(request: web.Request, standin: StandIn) -> web.StreamResponse:
    change_account(standin.store, await body_of(request))
    standin.changes.tell("account")
    return await _state(request, standin)


async def _customers(_request: web.Request, standin: StandIn) -> web.StreamResponse:
    return answer(customers.customers_shown(standin.store))


async def _new_customer(request: web.Request, standin: StandIn) -> web.StreamResponse:
    made = customers.add_customer(standin.store, await body_of(request))
    standin.changes.tell("customers")
    return answer(customers.customer_shown(made), 201)


async def _customer(request: web.Request, standin: StandIn) -> web.StreamResponse:
    found, changes = _known(request, standin), await body_of(request)
    with standin.store.together():
        customers.change_customer(standin.store, found["user_id"], changes)
    standin.changes.tell("customers")
    return answer(customers.customer_shown(_known(request, standin)))


async def _messages(request: web.Request, standin: StandIn) -> web.StreamResponse:
    found = _known(request, standin)
    shown = messages.messages_of(standin.store, found["user_id"])
    return answer({"customer": customers.customer_shown(found), "messages": shown})


async def _write(request: web.Request, standin: StandIn) -> web.StreamResponse:
    customer, asked = _known(request, standin), await body_of(request)
    with standin.store.together():
        message_id, change = phone_acts.write(standin, customer, asked)
        standin.deliveries.queue([change])
    return answer({"id": message_id}, 201)


async def _batch(request: web.Request, standin: StandIn) -> web.StreamResponse:
    """`messages`, each with its `customer`, posted together as `shape` says, or at once in POSTs of their own."""
    asked = await body_of(request)
    shape, given = asked.get("shape", "messages"), asked.get("messages")
    if shape not in _SHAPES:
        raise InvalidInput(f"shape must be one of {', '.join(_SHAPES)}, not {shape!r}")
    if not isinstance(given, list) or not 1 <= len(given) <= _MOST_IN_BATCH:
        raise InvalidInput(f"messages must be a list of 1 to {_MOST_IN_BATCH}")
    ids, changes = [], []
    with standin.store.together():
        for each in given:
            if not isinstance(each, dict) or not isinstance(each.get("customer"), str):
                raise InvalidInput("each message needs its customer: a number or a user id")
            own = {name: value for name, value in each.items() if name != "customer"}
            message_id, change = phone_acts.write(
                standin, customers.find_customer(standin.store, each["customer"]), own
            )
            ids.append(message_id)
            changes.append(change)
        if shape == "separate":
            standin.deliveries.queue(changes)
        else:
            standin.deliveries.queue_batch(changes, shape)
    return answer({"ids": ids}, 201)


async def _read(request: web.Request, standin: StandIn) -> web.StreamResponse:
    customer, asked = _known(request, standin), await body_of(request)
    return answer({"read": phone_acts.read(standin, customer, asked.get("message_id"))})


async def _played(request: web.Request, standin: StandIn) -> web.StreamResponse:
    customer, asked = _known(request, standin), await body_of(request)
    phone_acts.played(standin, customer, str(asked.get("message_id")))
    return answer({"played": True})


async def _number(request: web.Request, standin: StandIn) -> web.StreamResponse:
    customer, asked = _known(request, standin), await body_of(request)
    phone_acts.new_number(standin, customer, asked.get("wa_id"))
    return answer(customers.customer_shown(customers.find_customer(standin.store, customer["user_id"])))


async def _echo(request: web.Request, standin: StandIn) -> web.StreamResponse:
    customer, asked = _known(request, standin), await body_of(request)
    return answer({"id": phone_acts.echoed(standin, customer, asked.get("text"))}, 201)


async def _sent(request: web.Request, standin: StandIn) -> web.StreamResponse:
    asked = request.query
    filters = {name: asked[name] for name in ("text", "opaque") if name in asked}
    if "customer" in asked:
        filters["user_id"] = customers.find_customer(standin.store, asked["customer"])["user_id"]
    found, count = messages.sent_messages(standin.store, filters)
    return answer({"count": count, "messages": found})


async def _counts(_request: web.Request, standin: StandIn) -> web.StreamResponse:
    return answer(messages.counts(standin.store))


async def _new_media(request: web.Request, standin: StandIn) -> web.StreamResponse:
    """A file of a customer, as the body itself: `?kind=audio&name=…`, its type in Content-Type."""
    kind, content = request.query.get("kind", "document"), await request.read()
    if kind not in media.LIMITS:
        raise InvalidInput(f"kind must be one of {', '.join(media.LIMITS)}, not {kind!r}")
    mime_type = request.headers.get("Content-Type", "application/octet-stream")[:100]
    kept = media.received(standin.store, kind, content, mime_type, request.query.get("name"))
    return answer({"media_id": kept["id"], "mime_type": kept["mime_type"], "size": kept["size"]}, 201)


async def _media(request: web.Request, standin: StandIn) -> web.StreamResponse:
    """For the phones' page: pictures and sounds are shown, everything else is saved."""
    found = media.find_media(standin.store, request.match_info["id"])
    shown = _SHOWN.fullmatch(found["mime_type"])
    name = quote((found["name"] or found["id"])[:150], safe="")
    headers = {
        "Content-Type": found["mime_type"] if shown else "application/octet-stream",
        "Content-Disposition": f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{name}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return web.Response(body=media.read_media(standin.store, found["id"]), headers=headers)


async def _templates(_request: web.Request, standin: StandIn) -> web.StreamResponse:
    named = "name,parameter_format,components,language,status,category,rejected_reason"
    found = standin.store.rows("SELECT * FROM template ORDER BY rowid DESC")
    return answer([templates.described(each, named) for each in found])


async def _template(request: web.Request, standin: StandIn) -> web.StreamResponse:
    asked = await body_of(request)
    with standin.store.together():
        decided = templates.decide(
            standin.store, request.match_info["id"], str(asked.get("status")), asked.get("reason")
        )
        standin.deliveries.queue([webhooks.template_status(decided)])
    standin.changes.tell("templates")
    return answer(templates.described(decided))


async def _faults(_request: web.Request, standin: StandIn) -> web.StreamResponse:
    return answer(faults.planned_faults(standin.store))


async def _new_fault(request: web.Request, standin: StandIn) -> web.StreamResponse:
    faults.plan_fault(standin.store, await body_of(request))
    standin.changes.tell("faults")
    return answer(faults.planned_faults(standin.store), 201)


async def _no_faults(_request: web.Request, standin: StandIn) -> web.StreamResponse:
    faults.forget_faults(standin.store)
    standin.changes.tell("faults")
    return web.Response(status=204)


async def _webhooks(_request: web.Request, standin: StandIn) -> web.StreamResponse:
    return answer(standin.deliveries.waiting())


async def _raw(request: web.Request, standin: StandIn) -> web.StreamResponse:
    """Any body, signed and posted like ours: recorded payloads, and those that nobody should send."""
    body: Any = (await body_of(request)).get("body")
    if not isinstance(body, dict):
        raise InvalidInput("body must be an object: what is posted")
    standin.deliveries.queue_raw(body)
    return answer({"queued": True}, 202)


async def _release(request: web.Request, standin: StandIn) -> web.StreamResponse:
    order = (await body_of(request)).get("order", "as_made")
    if order not in _ORDERS:
        raise InvalidInput(f"order must be one of {', '.join(_ORDERS)}, not {order!r}")
    return answer({"released": standin.deliveries.release(order)})
