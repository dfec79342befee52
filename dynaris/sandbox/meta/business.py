"""What the business does through the Graph API: sends a message, marks one read, shows that it is typing."""

import re
from typing import Any

from dynaris.core import clock
from dynaris.core.errors import NotFound
from dynaris.sandbox.meta import messages, webhooks
from dynaris.sandbox.meta.customers import customer_of, window_is_open
from dynaris.sandbox.meta.graph_errors import GraphError
from dynaris.sandbox.meta.rules import outgoing
from dynaris.sandbox.meta.standin import StandIn
from dynaris.sandbox.meta.store import Row

_TYPING_SECONDS = 25
_DELIVERED_AFTER = 0.05  # seconds after it was sent


def recipient_of(standin: StandIn, asked: Row) -> Row:
    """By number (`to`) or user id (`recipient`). Raises `GraphError`."""
    to, user_id = asked.get("to"), asked.get("recipient")
    if not to and not user_id:
        raise GraphError(100, message="(#100) The parameter to is required.")
    who = re.sub(r"[\s()+-]", "", str(to)) if to else str(user_id)
    if who == webhooks.plain_number(standin.number["display"]):
        raise GraphError(131021)
    found = customer_of(standin.store, who)
    if found is None:
        raise GraphError(131030, "Recipient phone number not in allowed list: add a customer with it to the sandbox")
    return found


def send(standin: StandIn, number: Row, asked: Row, customer: Row, *, fails_with: int | None = None) -> Row:
    """Graph's answer. With `fails_with` it is accepted, and its status will be failed with that code."""
    store = standin.store
    message = outgoing(store, asked)
    if message.type != "template" and not window_is_open(customer):
        raise GraphError(131047)
    quoted = _quoted(standin, asked, customer)
    code = fails_with or (None if customer["reachable"] else 131026)
    with store.together():
        if message.type == "reaction":
            _react(standin, message.content, customer)
        row = messages.add_message(
            store,
            customer=customer,
            number_id=number["id"],
            sender="business",
            type=message.type,
            content=message.content,
            text=message.text,
            quoted=quoted,
            opaque=asked.get("biz_opaque_callback_data"),
            status="failed" if code else "delivered",
            code=code,
            category=message.category,
        )
        store.run("UPDATE customer SET typing_until = 0 WHERE user_id = :id", id=customer["user_id"])
        _tell(standin, customer, row)
    standin.changes.tell(customer["user_id"])
    known = {"wa_id": customer["wa_id"]} if customer["wa_id"] is not None else {}
    contact = {"input": str(asked.get("to") or asked.get("recipient")), **known, "user_id": customer["user_id"]}
    return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": row["id"]}]}


def mark_read(standin: StandIn, asked: Row) -> None:
    """That message and the earlier ones of its customer; with `typing_indicator` dots are shown for a while."""
    try:
        message = messages.find_message(standin.store, asked.get("message_id"))
    except NotFound:
        raise GraphError(131009, "message_id: there is no such message") from None
    if message["sender"] != "customer":
        raise GraphError(131009, "message_id: only a message of a customer can be read")
    store, user_id = standin.store, message["user_id"]
    with store.together():
        store.run(
            "UPDATE message SET status = 'read' WHERE user_id = :id AND sender = 'customer' AND n <= :n",
            id=user_id,
            n=message["n"],
        )
        if asked.get("typing_indicator"):
            until = clock.now().timestamp() + _TYPING_SECONDS
            store.run("UPDATE customer SET typing_until = :until WHERE user_id = :id", until=until, id=user_id)
    standin.changes.tell(user_id)


def report(standin: StandIn, customer: Row, message: Row, word: str, *, after: float = 0.0) -> None:
    """A status webhook, unless the account makes none."""
    mode = standin.app["statuses"]
    if mode == "none":
        return
    number = standin.number
    change = webhooks.status(number, customer, message, word)
    standin.deliveries.queue([change], held=mode == "held", after=after)


def _tell(standin: StandIn, customer: Row, row: Row) -> None:
    if row["status"] == "failed":
        report(standin, customer, row, "failed", after=_DELIVERED_AFTER)
    elif row["type"] != "reaction":
        report(standin, customer, row, "sent")
        report(standin, customer, row, "delivered", after=_DELIVERED_AFTER)


def _quoted(standin: StandIn, asked: Row, customer: Row) -> str | None:
    context: Any = asked.get("context")
    if context is None:
        return None
    message_id = context.get("message_id") if isinstance(context, dict) else None
    try:
        return messages.find_message(standin.store, message_id, user_id=customer["user_id"])["id"]
    except NotFound:
        raise GraphError(131009, "context.message_id: there is no such message in this conversation") from None


def _react(standin: StandIn, content: Row, customer: Row) -> None:
    try:
        target = messages.find_message(standin.store, content["message_id"], user_id=customer["user_id"])
    except NotFound:
        raise GraphError(131009, "reaction.message_id: there is no such message in this conversation") from None
    messages.react(standin.store, target, "business", content["emoji"])
