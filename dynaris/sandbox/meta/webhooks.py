"""The bodies of webhooks, key for key as Meta posts them."""

import hashlib
import hmac
import re
from typing import Any, NamedTuple

from dynaris.core import clock
from dynaris.sandbox.meta.customers import WINDOW_SECONDS, window_is_open
from dynaris.sandbox.meta.graph_errors import failure
from dynaris.sandbox.meta.store import Row


class Change(NamedTuple):
    """One thing to tell. Those of one `lane` are posted one after another; `ids` are delivered when it is answered."""

    lane: str
    field: str
    value: Row
    ids: tuple[str, ...] = ()


def plain_number(display: str) -> str:
    return re.sub(r"\D", "", display)


def envelope(waba_id: str, changes: list[Change]) -> Row:
    """As one POST with one entry."""
    entry: Row = {"id": waba_id}
    if any(change.field.startswith(("message_template", "account")) for change in changes):
        entry["time"] = int(clock.now().timestamp())
    entry["changes"] = [{"value": change.value, "field": change.field} for change in changes]
    return {"object": "whatsapp_business_account", "entry": [entry]}


def merged(changes: list[Change]) -> list[Change]:
    """Those of one number in one value, as Meta does in a burst: several messages, with the contacts of all."""
    together: dict[tuple[str, str], Change] = {}
    for change in changes:
        number = change.value.get("metadata", {}).get("phone_number_id", "")
        first = together.get((change.field, number))
        if first is None:
            together[change.field, number] = change._replace(value=dict(change.value))
            continue
        for name in ("messages", "statuses", "message_echoes"):
            if name in change.value:
                first.value[name] = [*first.value.get(name, []), *change.value[name]]
        known = first.value.get("contacts", [])
        new = [each for each in change.value.get("contacts", []) if each not in known]
        first.value["contacts"] = [*known, *new]
        together[change.field, number] = first._replace(ids=first.ids + change.ids)
    return list(together.values())


def signature(app_secret: str, body: bytes) -> str:
    return "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()


def inbound(number: Row, customer: Row, message: Row, ids: tuple[str, ...] = ()) -> Change:
    value = {**_value(number), "contacts": [contact(customer)], "messages": [message]}
    return Change(customer["user_id"], "messages", value, ids)


def head(customer: Row, message_id: str, at: float) -> Row:
    """What every message of a customer begins with. Who has only a username has no number to show."""
    own = {"from_user_id": customer["user_id"]} if customer["wa_id"] is None else {"from": customer["wa_id"]}
    return {**own, "id": message_id, "timestamp": str(int(at))}


def contact(customer: Row) -> Row:
    profile = {"name": customer["name"]}
    if customer["wa_id"] is None:
        profile["username"] = customer["username"]
    number = {} if customer["wa_id"] is None else {"wa_id": customer["wa_id"]}
    ids = {"user_id": customer["user_id"], "parent_user_id": customer["parent_user_id"]}
    return {"profile": profile, **number, **ids}


def number_changed(number: Row, customer: Row, old: str, message_id: str) -> Change:
    """Without contacts, as Meta posts it."""
    words = f"User {customer['name']} changed from {old} to {customer['wa_id']}"
    message = {
        "from": old,
        "id": message_id,
        "timestamp": str(int(clock.now().timestamp())),
        "system": {"body": words, "wa_id": customer["wa_id"], "type": "user_changed_number"},
        "type": "system",
    }
    return Change(customer["user_id"], "messages", {**_value(number), "messages": [message]})


def status(number: Row, customer: Row, message: Row, word: str) -> Change:
    """`message` is a row of what the business sent; `word` is sent, delivered, read, played or failed."""
    recipient = {"recipient_user_id": customer["user_id"]}
    if customer["wa_id"] is not None:
        recipient = {"recipient_id": customer["wa_id"]}
    one: Row = {"id": message["id"], "status": word, "timestamp": str(int(clock.now().timestamp())), **recipient}
    if message["opaque"] is not None:
        one["biz_opaque_callback_data"] = message["opaque"]
    if word == "failed":
        one["errors"] = [failure(message["code"])]
    else:
        one["conversation"] = _conversation(customer, message, word)
        one["pricing"] = pricing(customer, message["category"])
    value = {**_value(number), "contacts": [contact(customer)], "statuses": [one]}
    return Change(customer["user_id"], "messages", value)


def pricing(customer: Row, category: str) -> Row:
    """A template is charged by its category, unless it is of use within the open window; a reply costs nothing."""
    free = category == "service" or (category == "utility" and window_is_open(customer))
    kind = "free_customer_service" if free else "regular"
    return {"billable": not free, "pricing_model": "PMP", "category": category, "type": kind}


def template_status(template: Row) -> Change:
    value = {
        "event": template["status"],
        "message_template_id": int(template["id"]),
        "message_template_name": template["name"],
        "message_template_language": template["language"],
        "reason": template["reason"],
        "message_template_category": template["category"],
    }
    return Change("templates", "message_template_status_update", value)


def echo(number: Row, customer: Row, message_id: str, text: str) -> Change:
    """Of what the business wrote with WhatsApp's own app."""
    one = {
        "from": plain_number(number["display"]),
        **({"to": customer["wa_id"]} if customer["wa_id"] is not None else {}),
        "to_user_id": customer["user_id"],
        "to_parent_user_id": customer["parent_user_id"],
        "id": message_id,
        "timestamp": str(int(clock.now().timestamp())),
        "type": "text",
        "text": {"body": text},
    }
    value = {**_value(number), "contacts": [contact(customer)], "message_echoes": [one]}
    return Change(customer["user_id"], "smb_message_echoes", value)


def _value(number: Row) -> dict[str, Any]:
    metadata = {"display_phone_number": plain_number(number["display"]), "phone_number_id": number["id"]}
    return {"messaging_product": "whatsapp", "metadata": metadata}


def _conversation(customer: Row, message: Row, word: str) -> Row:
    category = message["category"]
    known = hashlib.sha256(f"{customer['user_id']} {category}".encode()).hexdigest()[:32]
    ends = {"expiration_timestamp": str(int(message["at"] + WINDOW_SECONDS))} if word == "sent" else {}
    return {"id": known, **ends, "origin": {"type": category}}
