"""Meta's webhook: whose numbers a body speaks of, what it brings each of them, and whether Meta signed it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from dynaris.channels.contract import Account, Arrival, DeliveryUpdate, Received, Rejected, WebhookRequest
from dynaris.channels.whatsapp.faults import WINDOW_CLOSED, code_of, told
from dynaris.channels.whatsapp.settings import WhatsAppSettings
from dynaris.core.crypto import hmac_sha256, same

Json = dict[str, Any]

_TEMPLATE_FIELDS = (
    "message_template_status_update",
    "message_template_components_update",
    "message_template_quality_update",
    "template_category_update",
)
_TROUBLE = {
    "ACCOUNT_DELETED": "Meta says that the WhatsApp Business Account was deleted",
    "ACCOUNT_VIOLATION": "Meta says that the account violated a policy",
    "ACCOUNT_RESTRICTION": "Meta restricts the account",
    "DISABLED_UPDATE": "Meta disabled the account",
    "PARTNER_REMOVED": "the app was disconnected from the WhatsApp Business Account",
    "ACCOUNT_OFFBOARDED": "the number was taken off the Cloud API",
}
_WELL = frozenset({"ACCOUNT_RECONNECTED", "REINSTATED_ACCOUNT", "PARTNER_ADDED"})
_STATUS = {"sent": "sent", "delivered": "delivered", "read": "read", "played": "read", "failed": "failed"}


def parsed(body: bytes) -> Json:
    """Raises `Rejected` for what is no notification of a WhatsApp Business Account."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        said = _with_half_characters(body)
    if not isinstance(said, dict) or not isinstance(said.get("entry"), list):
        raise Rejected("expected Meta's {object, entry: [...]}", 422, "invalid_input")
    return said


def _with_half_characters(body: bytes) -> Any:
    """A name or a text that was cut within an emoji is no Unicode: what is left of it must not cost the message, nor
    the others in its body. Raises `Rejected`."""
    try:
        whole = json.dumps(json.loads(body), ensure_ascii=False).encode("utf-8", "replace")
        return orjson.loads(whole)
    except (ValueError, RecursionError) as error:
        raise Rejected(f"the body is not JSON: {error}"[:300], 400, "malformed_request") from error


def named(said: Json) -> tuple[set[str], set[str]]:
    """The phone number ids and the business account ids that a body speaks of."""
    numbers: set[str] = set()
    accounts: set[str] = set()
    for entry, _, value in _changes(said):
        number = _object(value, "metadata").get("phone_number_id")
        numbers.add(str(number)) if number else accounts.add(str(entry.get("id", "")))
    return numbers, accounts


def check_signature(request: WebhookRequest, account: Account[WhatsAppSettings]) -> None:
    given = request.headers.get("x-hub-signature-256", "").removeprefix("sha256=")
    if not given:
        raise Rejected("X-Hub-Signature-256 is missing: only what Meta signed is taken")
    if not same(given.lower(), hmac_sha256(account.settings.app_secret.get_secret_value(), request.body)):
        raise Rejected("X-Hub-Signature-256 does not match this body and the app secret of the number")


def received(request: WebhookRequest, account: Account[WhatsAppSettings]) -> Received:
    """What the body brings this account; of other numbers it says nothing here."""
    check_signature(request, account)
    arrivals: list[Arrival] = []
    updates: list[DeliveryUpdate] = []
    templates_changed, trouble = False, None
    for entry, field, value in _changes(parsed(request.body)):
        metadata = _object(value, "metadata")
        if metadata.get("phone_number_id"):
            if str(metadata["phone_number_id"]) == account.address:
                arrivals += _arrivals(field, value)
                updates += [update for one in _objects(value, "statuses") if (update := _update(one))]
        elif str(entry.get("id", "")) == account.settings.waba_id:
            templates_changed = templates_changed or field in _TEMPLATE_FIELDS
            if field == "account_update":
                trouble = _trouble(value, trouble)
    return Received(
        arrivals=arrivals,
        updates=updates,
        templates_changed=templates_changed,
        trouble=trouble,
        status=200,
        answer="EVENT_RECEIVED",
    )


def _changes(said: Json) -> Iterator[tuple[Json, str, Json]]:
    for entry in _objects(said, "entry"):
        for change in _objects(entry, "changes"):
            yield entry, str(change.get("field", "")), _object(change, "value")


def _arrivals(field: str, value: Json) -> Iterator[Arrival]:
    """One for each message, with what of the body belongs to it."""
    contacts = _objects(value, "contacts")
    for kind in ("messages", "message_echoes", "user_preferences", "calls"):
        for number, message in enumerate(_objects(value, kind)):
            contact = _contact_of(message, contacts)
            own = {
                "field": field,
                "kind": kind,
                "metadata": value.get("metadata"),
                "contact": contact,
                "message": message,
            }
            who = _lane_of(message, contact, kind)
            moment = _moment(message.get("timestamp"))
            name = message.get("id") or f"{kind}:{who}:{message.get('timestamp')}:{number}"
            if kind == "calls":
                name = f"{name}:{message.get('event')}"
            yield Arrival(
                external_id=str(name)[:500],
                lane=f"whatsapp:{_object(value, 'metadata').get('phone_number_id')}:{who}",
                raw=orjson.dumps(own),
                occurred_at=moment,
            )


def _contact_of(message: Json, contacts: list[Json]) -> Json | None:
    """Whom the message is with: a body may hold several."""
    ids = {
        str(message[key])
        for key in ("from", "from_user_id", "to", "to_user_id", "wa_id", "user_id")
        if message.get(key)
    }
    for contact in contacts:
        if ids & {str(contact.get("wa_id")), str(contact.get("user_id"))}:
            return contact
    return contacts[0] if len(contacts) == 1 else None


def _lane_of(message: Json, contact: Json | None, kind: str) -> str:
    """By the id that the sender keeps: a username hides the number, a new number keeps the user id."""
    if contact and contact.get("user_id"):
        return str(contact["user_id"])
    ends = ("to_user_id", "to") if kind == "message_echoes" else ("from_user_id", "from", "wa_id")
    return next((str(message[end]) for end in ends if message.get(end)), str((contact or {}).get("wa_id", "nobody")))


def _update(status: Json) -> DeliveryUpdate | None:
    known = _STATUS.get(str(status.get("status", "")))
    if known is None or not status.get("id"):
        return None
    outbox_id, part = named_by_us(status.get("biz_opaque_callback_data"))
    errors = _objects(status, "errors")
    pricing = _object(status, "pricing")
    return DeliveryUpdate(
        status=known,  # type: ignore[arg-type] - of the table above
        external_id=str(status["id"])[:500],
        outbox_id=outbox_id,
        part=part,
        at=_moment(status.get("timestamp")),
        reason=told(errors[0]) if errors else None,
        window_closed=any(code_of(error) == WINDOW_CLOSED for error in errors),
        price={key: pricing[key] for key in ("category", "type", "billable", "pricing_model") if key in pricing},
    )


def our_name(outbox_id: UUID, part: int) -> str:
    """What Meta gives back with every status of a message (`biz_opaque_callback_data`)."""
    return f"{outbox_id}:{part}"


def named_by_us(given: object) -> tuple[UUID | None, int]:
    if not isinstance(given, str):
        return None, 0
    outbox_id, _, part = given.partition(":")
    try:
        return UUID(outbox_id), int(part or 0)
    except ValueError:
        return None, 0


def _trouble(value: Json, before: str | None) -> str | None:
    event = str(value.get("event", ""))
    if event in _WELL:
        return ""
    if event not in _TROUBLE:
        return before
    kind = _object(value, "violation_info").get("violation_type")
    return _TROUBLE[event] + (f": {str(kind)[:100]}" if kind else "")


def _moment(given: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(str(given)), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _object(of: Json, key: str) -> Json:
    found = of.get(key)
    return found if isinstance(found, dict) else {}


def _objects(of: Json, key: str) -> list[Json]:
    found = of.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
