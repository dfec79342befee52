"""Messages both ways, as the phones and the control API show and count them."""

import base64
import json
import secrets
from typing import Any

from dynaris.core import clock
from dynaris.core.errors import NotFound
from dynaris.sandbox.meta.store import Row, Store

# A business's message is sent, delivered, read or failed; a customer's is sent until the webhook was answered.
ORDER = ("sent", "delivered", "read", "played")
_MOST_SHOWN = 300


def new_message_id() -> str:
    raw = b"\x1d\x09\x13" + secrets.token_hex(16).upper().encode() + b"\x00"
    return "wamid." + base64.b64encode(raw).decode()


def add_message(
    store: Store,
    *,
    customer: Row,
    number_id: str,
    sender: str,
    type: str,
    content: Row,
    text: str = "",
    quoted: str | None = None,
    opaque: str | None = None,
    status: str = "sent",
    code: int | None = None,
    category: str | None = None,
) -> Row:
    """`content` is what the phone shows: for most types the object that goes over the wire."""
    message_id = new_message_id()
    store.run(
        "INSERT INTO message (id, user_id, number_id, sender, type, content, text, quoted, opaque, at, status, code, "
        "category) VALUES (:id, :user_id, :number_id, :sender, :type, :content, :text, :quoted, :opaque, :at, :status, "
        ":code, :category)",
        id=message_id,
        user_id=customer["user_id"],
        number_id=number_id,
        sender=sender,
        type=type,
        content=json.dumps(content, ensure_ascii=False),
        text=text,
        quoted=quoted,
        opaque=opaque,
        at=clock.now().timestamp(),
        status=status,
        code=code,
        category=category,
    )
    return find_message(store, message_id)


def find_message(store: Store, message_id: Any, *, user_id: str | None = None) -> Row:
    """Raises `NotFound`, also for a message of another customer's conversation."""
    found = store.row("SELECT * FROM message WHERE id = :id", id=message_id) if isinstance(message_id, str) else None
    if found is None or (user_id is not None and found["user_id"] != user_id):
        raise NotFound(f"there is no message {message_id}")
    return {**found, "content": json.loads(found["content"])}


def advance(store: Store, message_id: str, status: str) -> bool:
    """To a later status; `False` when it was there already, or failed."""
    earlier = ORDER[: ORDER.index(status)]
    marks = ", ".join(f"'{each}'" for each in earlier)
    return bool(
        store.run(f"UPDATE message SET status = :s WHERE id = :id AND status IN ({marks})", s=status, id=message_id)
    )


def react(store: Store, target: Row, who: str, emoji: str) -> None:
    """An empty emoji takes the reaction back."""
    reactions: dict[str, str] = json.loads(target["reaction"] or "{}")
    reactions[who] = emoji
    kept = {each: value for each, value in reactions.items() if value}
    store.run("UPDATE message SET reaction = :kept WHERE id = :id", kept=json.dumps(kept), id=target["id"])


def messages_of(store: Store, user_id: str) -> list[Row]:
    """The newest of a customer's conversation, the oldest first; reactions are shown at what they react to."""
    found = store.rows(
        "SELECT * FROM message WHERE user_id = :id AND type <> 'reaction' ORDER BY n DESC LIMIT :most",
        id=user_id,
        most=_MOST_SHOWN,
    )
    return [message_shown(each) for each in reversed(found)]


def sent_messages(store: Store, filters: dict[str, str]) -> tuple[list[Row], int]:
    """What the business sent, filtered by `user_id`, `text`, `opaque`: the newest, and how many there are in all."""
    where = "sender = 'business'" + "".join(f" AND {name} = :{name}" for name in filters)
    found = store.rows(f"SELECT * FROM message WHERE {where} ORDER BY n DESC LIMIT {_MOST_SHOWN}", **filters)
    count = store.value(f"SELECT count(*) AS n FROM message WHERE {where}", **filters)
    return [message_shown(each) for each in reversed(found)], count


def counts(store: Store) -> Row:
    """Of the business's messages: in all, and how often each text, `biz_opaque_callback_data` and customer was sent
    one; reactions are in the total alone."""
    business = "FROM message WHERE sender = 'business'"
    return {
        "total": store.value(f"SELECT count(*) AS n {business}"),
        "failed": store.value(f"SELECT count(*) AS n {business} AND status = 'failed'"),
        "received": store.value("SELECT count(*) AS n FROM message WHERE sender = 'customer'"),
        **{
            name: _times(store, f"SELECT {column} AS what, count(*) AS times {business} AND type <> 'reaction'", column)
            for name, column in (("by_opaque", "opaque"), ("by_text", "text"), ("by_customer", "user_id"))
        },
    }


def _times(store: Store, query: str, column: str) -> dict[str, int]:
    found = store.rows(f"{query} AND {column} IS NOT NULL GROUP BY {column}")
    return {each["what"]: each["times"] for each in found}


def message_shown(message: Row) -> Row:
    content = message["content"]
    return {
        **{
            name: message[name]
            for name in (
                "id",
                "user_id",
                "sender",
                "type",
                "text",
                "quoted",
                "opaque",
                "at",
                "status",
                "code",
                "category",
            )
        },
        "content": json.loads(content) if isinstance(content, str) else content,
        "reactions": json.loads(message["reaction"] or "{}"),
        "edited": bool(message["edited"]),
        "deleted": bool(message["deleted"]),
    }
