"""One real object of every kind in a workspace, found by the names that routes give to ids.

A route with an id that is not known here fails tests/hostile/test_tenants.py: add a line to `PATH_IDS`,
`QUERY_IDS` or `BODY_IDS`, and make the object in `belongings` where there is none of its kind yet.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from psycopg.types.json import Jsonb

from dynaris.core.ids import new_id
from tests.conversations.conftest import Room
from tests.evals.examples import a_case

# The name of a path's id, with the path where the name alone says too little -> the kind of object.
PATH_IDS = {
    "event_id": "event",
    "approval_id": "approval",
    "conversation_id": "conversation",
    "batch_id": "batch",
    "eval_id": "eval",
    "/api/auth/sessions/{id}": "session",
    "/api/invitations/{id}": "invitation",
    "/api/invitations/{id}/resend": "invitation",
    "/api/members/{id}": "member",
    "/api/api-keys/{id}": "api_key",
    "/api/members/{id}/abilities": "member",
    "offer_id": "offer",
    "team_id": "team",
    "tag_id": "tag",
    "member_id": "member",
    "account_id": "account",
    "merge_id": "merge",
    "contact_id": "contact",
    "address_id": "address",
    "attachment_id": "attachment",
    "canned_reply_id": "canned_reply",
    "task_id": "task",
    "fact_id": "fact",
    "follow_up_id": "follow_up",
    "source_id": "source",
    "document_id": "document",
    "suggestion_id": "suggestion",
    "version": "version",
    "run_id": "run",
    "message_id": "message",
    "import_id": "import",
    "duplicate_id": "duplicate",
    "export_id": "export",
    "erasure_id": "erasure",
    "form_key": "form",
    "agent": "agent",
    "agent_id": "agent_id",
    "agent_version": "agent_version",
    "provider": "provider",
    "service_id": "service",
    "staff_id": "calendar_person",
    "booking_id": "booking",
    "feed_id": "calendar_feed",
    "template_id": "template",
    "turn_id": "turn",
    "call_id": "call",
    "carrier": "carrier",
}
# What every workspace has under the same name: who asks for another's gets their own.
EVERYBODYS = frozenset({"agent", "carrier"})
QUERY_IDS = {
    "workspace": "workspace",
    "source_id": "source",
    "document_id": "document",
    "contact": "contact",
    "contact_id": "contact",
    "owner_id": "member",
    "account_id": "account",
    "holder": "member",
    "ids": "conversation",
    "tag_id": "tag",
    "conversation_id": "conversation",
    "service_id": "service",
    "staff_id": "calendar_person",
    "moving": "booking",
}
# In bodies also the names of models' fields whose ids are lists.
BODY_IDS = {
    "owner_id": "member",
    "ids": "conversation",
    "member_id": "member",
    "member_ids": "member",
    "contact_id": "contact",
    "conversation_id": "conversation",
    "keep": "contact",
    "drop": "contact",
    "event_ids": "event",
    "workspace_id": "workspace",
    "address_id": "address",
    "service_id": "service",
    "service_ids": "service",
    "staff_id": "calendar_person",
    "staff_ids": "calendar_person",
    "notification_ids": "notification",
    "account_id": "account",
    "team_ids": "team",
    "tag_ids": "tag",
}
# What asks for no sign-in, by its purpose: before there is one, for whoever watches the process, and what web pages
# call with a key that they show.
OPEN = frozenset(
    [
        "/api/auth/options",
        "/api/auth/sign-up",
        "/api/auth/verify",
        "/api/auth/sign-in",
        "/api/auth/sign-in/code",
        "/api/auth/sign-out",
        "/api/auth/password/reset",
        "/api/auth/password/reset/confirm",
        "/api/auth/email/confirm",
        "/api/auth/invitation",
        "/api/auth/invitation/accept",
        "/healthz",
        "/readyz",
        "/metrics",
        "/forms/{form_key}",
        "/livekit/webhook",
        "/meta/webhook",
        "/reply",
        "/twilio/answered-by",
        "/twilio/status",
        "/twilio/transfer",
        "/twilio/transfer/note",
        "/twilio/transfer/taken",
        "/twilio/voice",
        "/twilio/voice/after",
        "/turn",
        "/turn/{turn_id}",
        "/api/chat-widget/message",
        "/api/chat-widget/messages",
        "/api/chat-widget/sse",
        "/api/chat-widget/contact",
        "/api/chat-widget/verify",
        "/api/chat-widget/transcript",
        "/api/chat-widget/config",
        "/api/chat-widget/identify",
        "/api/chat-widget/typing",
        "/api/chat-widget/voice/start",
        "/api/chat-widget/voice/close",
        "/api/chat-widget/attachments/{attachment_id}",
    ]
)
# Streams; tests/core/test_changes.py has that one workspace's tells nothing of another.
ENDLESS = ("/api/live",)
# Only staff is answered at all.
STAFF = ("/api/staff/enter",)
# Work that is taken on and says later, thing by thing, that it found nothing.
TAKEN_ON = ("/api/process-events",)
# Fields that say nothing of a request's worth, where the smallest valid body would be refused before its id is met.
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("PATCH", "/api/contacts/{contact_id}"): {"name": "Eve"},
    ("PUT", "/api/accounts/{account_id}/mappings"): {"items": []},
    ("PATCH", "/api/conversations/{conversation_id}"): {"status": "closed"},
    ("POST", "/api/conversations/{conversation_id}/assign"): {},
    ("PATCH", "/api/tags/{tag_id}"): {"name": "Eve's"},
    ("PATCH", "/api/tasks/{task_id}"): {"status": "done"},
    ("POST", "/api/conversations/{conversation_id}/messages"): {"text": "Eve's"},
    ("PUT", "/api/messages/{message_id}/reaction"): {"emoji": "👍"},
    ("POST", "/api/conversations/{conversation_id}/wrap-up"): {"disposition": "Booked"},
    ("PATCH", "/api/canned-replies/{canned_reply_id}"): {"title": "Eve's"},
    ("POST", "/api/contacts/{contact_id}/facts"): {"text": "Eve's"},
    ("PATCH", "/api/contacts/{contact_id}/facts/{fact_id}"): {"text": "Eve's"},
    ("PATCH", "/api/teams/{team_id}"): {"name": "Eve's"},
    ("PUT", "/api/members/{id}/abilities"): {"skills": ["eve"]},
    ("PATCH", "/api/knowledge/{source_id}"): {"title": "Eve's"},
    ("PATCH", "/api/accounts/{account_id}"): {"enabled": False},
    ("POST", "/api/accounts/{account_id}/secrets"): {"field": "secret"},
    ("POST", "/api/contacts/{contact_id}/addresses"): {"kind": "email", "value": "eve@example.com"},
    ("POST", "/api/approvals/{approval_id}"): {"decision": "approve"},
    ("POST", "/api/contacts"): {"name": "Eve", "addresses": []},
    ("POST", "/forms/{form_key}"): {"message": "Hello"},
    ("PATCH", "/api/agents/{agent}"): {"max_steps": 5},
    ("PUT", "/api/agents/{agent}/mcp-secret"): {"secret": None},
    ("PATCH", "/tenants/agents/{agent_id}"): {"agent": "Eve's"},
    ("PATCH", "/api/model-providers/{provider}"): {"api_key": "eve's"},
}


_CSV = {"content-type": "text/csv"}


@dataclass
class Belongings:
    """`word` stands in every text of the workspace, so that it is known wherever it turns up."""

    word: str
    ids: dict[str, Any] = field(default_factory=dict)


async def belongings(room: Room, folder: Path) -> Belongings:
    """One of each, in the workspace of the room."""
    made = Belongings(f"word{new_id().hex}")
    made.ids["member"] = (await _got(room.api, "GET", "/api/members"))["items"][0]["id"]
    await _rows(room, made)
    await _by_api(room, made)
    made.ids["workspace"] = room.workspace.id
    (folder / "files").mkdir(exist_ok=True)
    (folder / "files" / made.word).write_bytes(made.word.encode())
    return made


async def _rows(room: Room, made: Belongings) -> None:
    """What only the flow makes."""
    word, ids = made.word, made.ids
    ids["contact"] = contact = await room.contact(word)
    ids["conversation"] = conversation = await room.conversation(contact, subject=word)
    ids["message"] = message = await room.message(conversation, contact, word)
    ids["event"] = event = await room.event(contact, "answered", word)
    ids["run"] = run = await room.insert(
        "run",
        event_id=event,
        conversation_id=conversation,
        contact_id=contact,
        agent="herald",
        model="builtin",
        prompt={"input": word},
    )
    ids["attachment"] = await room.insert(
        "attachment",
        message_id=message,
        filename=f"{word}.txt",
        mime_type="text/plain",
        size=len(word),
        storage_key=word,
    )
    ids["carrier"] = "twilio"
    ids["call"] = await room.insert(
        "call",
        channel="voice_twilio",
        account_id=new_id(),
        external_id=word,
        event_id=event,
        conversation_id=conversation,
        contact_id=contact,
        direction="inbound",
        called=word,
    )
    ids["follow_up"] = await room.insert(
        "follow_up",
        contact_id=contact,
        conversation_id=conversation,
        kind="wait",
        reason=word,
        due_at=room.next_moment(),
    )
    ids["suggestion"] = await room.insert(
        "knowledge_suggestion", question=word, language="en", contact_id=contact, asked_at=room.next_moment()
    )
    ids["notification"] = await room.insert(
        "notification",
        member_id=ids["member"],
        topic="hand_off",
        cause=f"hand_off:{word}",
        title=word,
        body=word,
        subject=word,
    )
    twin = await room.contact(word)
    ids["duplicate"] = await room.insert(
        "duplicate_pair", low_id=contact, high_id=twin, points=900, reasons=Jsonb([]), state="open"
    )
    ids["approval"] = await room.insert(
        "approval",
        event_id=event,
        run_id=run,
        conversation_id=conversation,
        contact_id=contact,
        action="reply",
        call_id="1",
        effect="send",
        proposal={"text": word},
        why=word,
        owner_id=ids["member"],
        deadline=room.next_moment(),
    )


async def _by_api(room: Room, made: Belongings) -> None:
    word, ids, api = made.word, made.ids, room.api
    provider = {"kind": "openai-compatible", "base_url": "https://llm.clinic.test/v1", "api_key": word}
    ids["provider"] = (await _got(api, "POST", "/api/model-providers", name=word, **provider))["name"]
    for steps in (7, 8):
        await _got(api, "PATCH", "/api/agents/chat", model=f"{word}:{word}", max_steps=steps)
    ids["agent"], ids["agent_version"] = "chat", 2
    ids["agent_id"] = (await _got(api, "POST", "/tenants/agents", agent_name=f"a{word[:30]}", agent=word))["agent_id"]
    ids["api_key"] = (await _got(api, "GET", "/api/api-keys"))["items"][0]["id"]
    canned = {"shortcut": word, "title": word, "text": word}
    ids["canned_reply"] = (await _got(api, "POST", "/api/canned-replies", **canned))["id"]
    ids["task"] = (await _got(api, "POST", "/api/tasks", title=word, contact_id=str(ids["contact"])))["id"]
    ids["fact"] = (await _got(api, "POST", f"/api/contacts/{ids['contact']}/facts", text=word))["id"]
    ids["source"] = (await _got(api, "POST", "/api/knowledge", kind="text", title=word, content=word))["id"]
    file = await api.post("/api/knowledge/files", files={"file": (f"{word}.txt", word.encode())})
    ids["document"], ids["version"] = file.json()["items"][0]["id"], 1
    ids["tag"] = (await _got(api, "POST", "/api/tags", name=word))["id"]
    ids["team"] = (await _got(api, "POST", "/api/teams", name=word))["id"]
    ids["offer"] = await room.insert(
        "offer",
        conversation_id=ids["conversation"],
        team_id=ids["team"],
        member_id=ids["member"],
        rings_until=room.next_moment(),
    )
    ids["calendar_feed"] = (await _got(api, "POST", "/api/calendar/feeds"))["id"]
    ids["calendar_person"] = (await _got(api, "POST", "/api/calendar/people", name=word))["id"]
    service = await _got(api, "POST", "/api/services", name=word, duration_minutes=30)
    ids["service"] = service["id"]
    booking = {"service_id": ids["service"], "contact_id": str(ids["contact"]), "outside_rules": True}
    ids["booking"] = (await _got(api, "POST", "/api/bookings", starts_at="2100-01-01T09:00:00Z", **booking))["id"]
    address = {"kind": "email", "value": f"{word}@example.com"}
    contact = await _got(api, "POST", f"/api/contacts/{ids['contact']}/addresses", **address)
    ids["address"] = contact.get("id") if "addresses" not in contact else contact["addresses"][0]["id"]
    account = await _got(api, "POST", "/api/accounts", channel="generic", address=word)
    ids["account"] = account.get("id") or account["account"]["id"]
    ids["template"] = await room.insert(
        "template",
        account_id=ids["account"],
        external_id=word,
        name=word,
        language="en",
        category="utility",
        status="approved",
        body=word,
    )
    ids["turn"] = word
    ids["form"] = f"form-{new_id().hex}"
    await _got(api, "POST", "/api/accounts", channel="forms", address=ids["form"])
    ids["session"] = (await _got(api, "GET", "/api/auth/sessions"))["items"][0]["id"]
    ids["invitation"] = (await _got(api, "POST", "/api/invitations", email=f"{word}@example.com"))["id"]
    drop = (await _got(api, "POST", "/api/contacts", name=word))["id"]
    merged = await _got(api, "POST", "/api/contacts/merge", keep=str(ids["contact"]), drop=drop)
    ids["merge"] = merged.get("merge_id") or merged.get("id")
    file = await api.post("/api/contacts/imports", content=f"name,email\n{word},i{word}@example.com\n", headers=_CSV)
    ids["import"] = file.json()["id"]
    ids["export"] = (await _got(api, "POST", f"/api/contacts/{ids['contact']}/export"))["id"]
    gone = (await _got(api, "POST", "/api/contacts", name=word))["id"]
    ids["erasure"] = (await _got(api, "POST", f"/api/contacts/{gone}/erase", confirm=True))["id"]
    batch = await _got(api, "POST", "/api/process-events", filter={"status": "failed"})
    ids["batch"] = batch["id"]
    ids["eval"] = (await _got(api, "POST", "/api/evals", cases=[a_case()]))["id"]


async def _got(api: httpx.AsyncClient, method: str, path: str, **body: Any) -> dict[str, Any]:
    answer = await api.request(method, path, json=body if method != "GET" else None)
    assert answer.is_success, (path, answer.text)
    return answer.json()
