"""Every change over HTTP with the line of the audit log that it leaves: performed here, elsewhere, or justified."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from dynaris.connections.actions import add_account
from dynaris.core import clock
from dynaris.core.crypto import Vault
from dynaris.core.ids import new_id
from dynaris.workspaces.actions import add_member, create_workspace
from tests.evals.examples import a_case
from tests.flows.conftest import KEY, Sink, World
from tests.web import new_key

Story = Callable[["Desk"], Awaitable[httpx.Response]]


@dataclass
class Desk:
    """A workspace with a key, in which something is changed."""

    api: httpx.AsyncClient
    world: World
    sink: Sink

    async def made(self, path: str, body: Any = None) -> dict[str, Any]:
        response = await self.api.post(path, json=body)
        assert response.is_success, response.text
        return response.json()

    async def contact(self) -> dict[str, Any]:
        return await self.made(
            "/api/contacts",
            {"name": "Ada", "addresses": [{"kind": "email", "value": f"{new_id().hex}@example.com"}]},
        )

    async def waiting(self) -> dict[str, Any]:
        """An event of a conversation, in Manual mode."""
        await self.world.set_auto_mode(enabled=False)
        accepted = await self.world.say("What does a first assessment cost?", reply_url=self.sink.url)
        await self.world.settle()
        return await self.world.event(accepted.event_id)

    async def conversation(self) -> str:
        return str((await self.waiting())["conversation_id"])

    async def approval(self) -> str:
        event = await self.waiting()
        await self.made(f"/api/events/{event['id']}/run")
        await self.world.settle()
        [pending] = (await self.api.get("/api/approvals", params={"status": "pending"})).json()["items"]
        return pending["id"]

    async def teammate(self) -> str:
        slug = f"t-{new_id().hex}"
        other = await create_workspace(
            self.world.services.db, slug=slug, name="T", owner_email=f"t@{slug}.example", owner_name="Tom"
        )
        async with self.world.services.db.workspace(self.world.workspace.id) as connection:
            member_id = await add_member(
                connection,
                self.world.workspace.id,
                person_id=other.owner_person_id,
                email="tom@clinic.example",
                name="Tom",
                role="teammate",
            )
        return str(member_id)

    async def follow_up(self) -> str:
        event = await self.waiting()
        follow_up_id = new_id()
        await self.world.rows(
            """INSERT INTO follow_up (workspace_id, id, contact_id, conversation_id, kind, reason, due_at)
               VALUES (%(ws)s, %(id)s, %(contact)s, %(conversation)s, 'wait', 'later', now() + interval '1 day')
               RETURNING id""",
            id=follow_up_id,
            contact=event["contact_id"],
            conversation=event["conversation_id"],
        )
        return str(follow_up_id)

    async def uploaded(self, state: str = "new") -> str:
        response = await self.api.post(
            "/api/contacts/imports",
            content=b"name,email\nAda,ada@a.example\n",
            headers={"content-type": "text/csv"},
        )
        assert response.is_success, response.text
        found = response.json()["id"]
        if state != "new":
            await self.world.rows(
                "UPDATE contact_import SET state = %(state)s WHERE workspace_id = %(ws)s AND id = %(id)s RETURNING id",
                state=state,
                id=found,
            )
        return found

    async def failed(self) -> str:
        event = await self.waiting()
        await self.world.rows(
            """UPDATE event SET status = 'done', outcome = 'failed', waiting_for = NULL
               WHERE workspace_id = %(ws)s AND id = %(id)s RETURNING id""",
            id=event["id"],
        )
        return str(event["id"])


async def merged(desk: Desk) -> dict[str, Any]:
    keep, drop = await desk.contact(), await desk.contact()
    return await desk.made("/api/contacts/merge", {"keep": keep["id"], "drop": drop["id"], "reason": "same"})


async def merging(desk: Desk) -> httpx.Response:
    keep, drop = await desk.contact(), await desk.contact()
    return await desk.api.post(
        "/api/contacts/merge", json={"keep": keep["id"], "drop": drop["id"], "reason": "same", "dry_run": False}
    )


async def account(desk: Desk) -> str:
    return (await desk.made("/api/accounts", {"channel": "webchat"}))["id"]


async def team(desk: Desk) -> str:
    return (await desk.made("/api/teams", {"name": "Front desk"}))["id"]


async def source(desk: Desk) -> str:
    body = {"kind": "faq", "title": "Parking", "content": "Q: Parking?\nA: Free."}
    return (await desk.made("/api/knowledge", body))["id"]


async def document(desk: Desk) -> str:
    answer = await desk.api.post("/api/knowledge/files", files={"file": ("parking.txt", b"Parking is free.")})
    return answer.json()["items"][0]["id"]


async def suggestion(desk: Desk) -> str:
    rows = await desk.world.rows(
        """INSERT INTO knowledge_suggestion (workspace_id, id, question, language, asked_at)
           VALUES (%s, %s, 'Is there a pool?', 'en', now()) RETURNING id""",
        new_id(),
    )
    return str(rows[0]["id"])


async def auto_mode_on(desk: Desk) -> httpx.Response:
    await desk.waiting()
    return await desk.api.put("/api/settings/auto-mode", json={"enabled": True, "queue": "process"})


async def address_of(desk: Desk) -> str:
    contact = await desk.contact()
    return f"/api/contacts/{contact['id']}/addresses/{contact['addresses'][0]['id']}"


async def in_team(desk: Desk) -> str:
    at = f"/api/teams/{await team(desk)}/members"
    member = await desk.teammate()
    await desk.made(at, {"member_id": member})
    return f"{at}/{member}"


async def rehearsal(desk: Desk) -> str:
    return f"/api/evals/{(await desk.made('/api/evals', {'cases': [a_case()]}))['id']}/cancel"


async def batch(desk: Desk) -> str:
    batch_id = (await desk.made("/api/process-events", {"event_ids": [await desk.failed()]}))["id"]
    return f"/api/process-events/{batch_id}/cancel"


async def proved_address(desk: Desk) -> tuple[str, str]:
    event = await desk.waiting()
    [row] = await desk.world.rows(
        """UPDATE address SET verified_at = now(), verified_by = 'member', holds = true
           WHERE workspace_id = %(ws)s AND contact_id = %(contact)s RETURNING id""",
        contact=event["contact_id"],
    )
    return str(event["conversation_id"]), str(row["id"])


async def transcript(desk: Desk) -> httpx.Response:
    conversation_id, address_id = await proved_address(desk)
    await desk.made("/api/accounts", {"channel": "email", "address": f"a@{new_id().hex}.example"})
    return await desk.api.post(f"/api/conversations/{conversation_id}/transcript", json={"address_id": address_id})


def step(name: str, state: str) -> Story:
    async def perform(desk: Desk) -> httpx.Response:
        return await desk.api.post(f"/api/contacts/imports/{await desk.uploaded(state)}/{name}")

    return perform


async def _at(desk: Desk, method: str, make: Callable[[Desk], Awaitable[str]], path: str, body: Any = None) -> Any:
    where = path.format(await make(desk))
    return await desk.api.request(method.upper(), where, **({} if body is None else {"json": body}))


async def _uploading(desk: Desk) -> httpx.Response:
    return await desk.api.post("/api/contacts/imports", content=b"name\nAda\n", headers={"content-type": "text/csv"})


async def _web_page(desk: Desk) -> httpx.Response:
    return await desk.api.post("/api/knowledge/web", json={"kind": "page", "url": "https://clinic.example/prices"})


async def web_source(desk: Desk) -> str:
    return (await _web_page(desk)).json()["id"]


async def _new_version(desk: Desk) -> httpx.Response:
    where = f"/api/knowledge/documents/{await document(desk)}/file"
    return await desk.api.put(where, files={"file": ("parking.txt", b"Parking costs 2 Euro.")})


async def _joining(desk: Desk) -> httpx.Response:
    at = f"/api/teams/{await team(desk)}/members"
    return await desk.api.post(at, json={"member_id": await desk.teammate()})


async def key(desk: Desk) -> str:
    await new_key(desk.world.services.db, desk.world.workspace.id, "x")
    return (await desk.api.get("/api/api-keys")).json()["items"][-1]["id"]


async def contact(desk: Desk) -> str:
    return (await desk.contact())["id"]


async def merge(desk: Desk) -> str:
    return (await merged(desk))["id"]


async def event(desk: Desk) -> str:
    return str((await desk.waiting())["id"])


async def task(desk: Desk) -> str:
    return (await desk.made("/api/tasks", {"title": "Call Ada"}))["id"]


async def service(desk: Desk) -> str:
    return (await desk.made("/api/services", {"name": new_id().hex, "duration_minutes": 30}))["id"]


async def calendar_person(desk: Desk) -> str:
    return (await desk.made("/api/calendar/people", {"name": new_id().hex}))["id"]


async def booking(desk: Desk, *, hold: bool = False, days: int = 2) -> str:
    """At any hour, of a day to come or gone."""
    await calendar_person(desk)
    body = {
        "service_id": await service(desk),
        "contact_id": (await desk.contact())["id"],
        "starts_at": (clock.now() + timedelta(days=days)).isoformat(),
        "outside_rules": True,
        **({"hold_minutes": 10} if hold else {}),
    }
    return (await desk.made("/api/bookings", body))["id"]


async def calendar_feed(desk: Desk) -> str:
    return (await desk.made("/api/calendar/feeds", {}))["id"]


async def _telling(desk: Desk) -> httpx.Response:
    async with desk.world.services.db.transaction(desk.world.workspace.id) as connection:
        settings = {"smtp_url": "smtp://127.0.0.1:1"}
        await add_account(
            connection, desk.world.workspace.id, Vault(KEY), channel="email", address="a@b.example", settings=settings
        )
    return await _at(desk, "post", booking, "/api/bookings/{}/invitation")


async def held_booking(desk: Desk) -> str:
    return await booking(desk, hold=True)


async def past_booking(desk: Desk) -> str:
    return await booking(desk, days=-2)


async def _booking(desk: Desk) -> httpx.Response:
    return await desk.api.get(f"/api/bookings/{await booking(desk)}")


async def _moving(desk: Desk) -> httpx.Response:
    to = {"starts_at": (clock.now() + timedelta(days=3)).isoformat(), "outside_rules": True}
    return await _at(desk, "post", booking, "/api/bookings/{}/reschedule", to)


async def _fact(desk: Desk) -> httpx.Response:
    return await desk.api.post(f"/api/contacts/{await contact(desk)}/facts", json={"text": "Likes tea"})


async def _of_fact(desk: Desk, method: str, body: Any = None) -> httpx.Response:
    made = await _fact(desk)
    path = f"{made.request.url.path}/{made.json()['id']}"
    return await desk.api.request(method, path, json=body)


PROVIDER = {"name": "own", "kind": "openai-compatible", "base_url": "https://llm.clinic.test/v1", "api_key": "k"}


async def restoring(desk: Desk) -> httpx.Response:
    for steps in (5, 6):
        assert (await desk.api.patch("/api/agents/chat", json={"max_steps": steps})).is_success
    return await desk.api.post("/api/agents/chat/versions/1/restore")


async def changing_provider(desk: Desk) -> httpx.Response:
    await desk.made("/api/model-providers", PROVIDER)
    return await desk.api.patch("/api/model-providers/own", json={"api_key": "another"})


async def removing_provider(desk: Desk) -> httpx.Response:
    await desk.made("/api/model-providers", PROVIDER)
    return await desk.api.delete("/api/model-providers/own")


# By route: the action, and how it comes to it.
PERFORMED: dict[str, tuple[str, Story]] = {
    "PATCH /api/agents/{agent}": ("agent.changed", lambda d: d.api.patch("/api/agents/chat", json={"max_steps": 5})),
    "POST /api/agents/{agent}/versions/{agent_version}/restore": ("agent.changed", restoring),
    "POST /api/model-providers": ("model_provider.added", lambda d: d.api.post("/api/model-providers", json=PROVIDER)),
    "PATCH /api/model-providers/{provider}": ("model_provider.changed", changing_provider),
    "DELETE /api/model-providers/{provider}": ("model_provider.removed", removing_provider),
    "POST /api/model-providers/try": (
        "model_provider.tried",
        lambda d: d.api.post("/api/model-providers/try", json={"model": "builtin"}),
    ),
    "PATCH /api/model-spending": (
        "model_spending.changed",
        lambda d: d.api.patch("/api/model-spending", json={"monthly_cap": "50"}),
    ),
    "POST /api/accounts": ("account.connected", lambda d: d.api.post("/api/accounts", json={"channel": "webchat"})),
    "PATCH /api/accounts/{account_id}": (
        "account.changed",
        lambda d: _at(d, "patch", account, "/api/accounts/{}", {"enabled": False}),
    ),
    "DELETE /api/accounts/{account_id}": ("account.removed", lambda d: _at(d, "delete", account, "/api/accounts/{}")),
    "POST /api/accounts/{account_id}/check": (
        "account.checked",
        lambda d: _at(d, "post", account, "/api/accounts/{}/check"),
    ),
    "DELETE /api/api-keys/{id}": ("api_key.revoked", lambda d: _at(d, "delete", key, "/api/api-keys/{}")),
    "POST /api/approvals/{approval_id}": (
        "approval.rejected",
        lambda d: _at(d, "post", Desk.approval, "/api/approvals/{}", {"decision": "reject", "reason": "shorter"}),
    ),
    "POST /api/contacts": ("contact.created", lambda d: d.api.post("/api/contacts", json={"name": "Ada"})),
    "PATCH /api/contacts/{contact_id}": (
        "contact.changed",
        lambda d: _at(d, "patch", contact, "/api/contacts/{}", {"name": "Eve", "fields": {"shoe": 38}}),
    ),
    "POST /api/contacts/merge": ("contact.merged", merging),
    "POST /api/contacts/merges/{merge_id}/undo": (
        "contact.merge_undone",
        lambda d: _at(d, "post", merge, "/api/contacts/merges/{}/undo"),
    ),
    "POST /api/contacts/{contact_id}/addresses": (
        "contact.address_added",
        lambda d: _at(
            d, "post", contact, "/api/contacts/{}/addresses", {"kind": "email", "value": f"{new_id().hex}@e.example"}
        ),
    ),
    "DELETE /api/contacts/{contact_id}/addresses/{address_id}": (
        "contact.address_removed",
        lambda d: _at(d, "delete", address_of, "{}"),
    ),
    "POST /api/contacts/{contact_id}/addresses/{address_id}/verify": (
        "contact.address_verified",
        lambda d: _at(d, "post", address_of, "{}/verify"),
    ),
    "POST /api/contacts/{contact_id}/consents": (
        "consent.",
        lambda d: _at(
            d,
            "post",
            contact,
            "/api/contacts/{}/consents",
            {"channel": "email", "state": "withdrawn", "source": "a call"},
        ),
    ),
    "POST /api/contacts/{contact_id}/erase": (
        "contact.erasure_requested",
        lambda d: _at(d, "post", contact, "/api/contacts/{}/erase", {"confirm": True}),
    ),
    "POST /api/contacts/{contact_id}/export": (
        "contact.export_requested",
        lambda d: _at(d, "post", contact, "/api/contacts/{}/export"),
    ),
    "POST /api/contacts/imports": ("import.uploaded", _uploading),
    "PATCH /api/contacts/imports/{import_id}": (
        "import.mapped",
        lambda d: _at(d, "patch", Desk.uploaded, "/api/contacts/imports/{}", {}),
    ),
    "DELETE /api/contacts/imports/{import_id}": (
        "import.forgotten",
        lambda d: _at(d, "delete", Desk.uploaded, "/api/contacts/imports/{}"),
    ),
    "POST /api/contacts/imports/{import_id}/dry-run": ("import.", step("dry-run", "new")),
    "POST /api/contacts/imports/{import_id}/apply": ("import.", step("apply", "checked")),
    "POST /api/contacts/imports/{import_id}/undo": ("import.", step("undo", "applied")),
    "PATCH /api/conversations/{conversation_id}": (
        "conversation.changed",
        lambda d: _at(d, "patch", Desk.conversation, "/api/conversations/{}", {"subject": "Invoice"}),
    ),
    "POST /api/conversations/{conversation_id}/claim": (
        "conversation.claimed",
        lambda d: _at(d, "post", Desk.conversation, "/api/conversations/{}/claim"),
    ),
    "POST /api/conversations/{conversation_id}/hand-back": (
        "conversation.handed_back",
        lambda d: _at(d, "post", Desk.conversation, "/api/conversations/{}/hand-back"),
    ),
    "POST /api/conversations/{conversation_id}/messages": (
        "conversation.replied",
        lambda d: _at(d, "post", Desk.conversation, "/api/conversations/{}/messages", {"text": "Private words"}),
    ),
    "POST /api/conversations/{conversation_id}/transcript": ("conversation.transcript_sent", transcript),
    "POST /api/events/{event_id}/run": ("event.run", lambda d: _at(d, "post", event, "/api/events/{}/run")),
    "DELETE /api/follow-ups/{follow_up_id}": (
        "follow_up.ended",
        lambda d: _at(d, "delete", Desk.follow_up, "/api/follow-ups/{}"),
    ),
    "POST /api/knowledge": (
        "knowledge.added",
        lambda d: d.api.post("/api/knowledge", json={"kind": "faq", "title": "P", "content": "Q: P?\nA: Yes."}),
    ),
    "PUT /api/knowledge/embeddings": (
        "knowledge.embeddings_changed",
        lambda d: d.api.put("/api/knowledge/embeddings", json={"model": "openai:text-embedding-3-small"}),
    ),
    "DELETE /api/knowledge/embeddings": (
        "knowledge.embeddings_changed",
        lambda d: d.api.delete("/api/knowledge/embeddings"),
    ),
    "POST /api/knowledge/faq": (
        "knowledge.added",
        lambda d: d.api.post(
            "/api/knowledge/faq", json={"title": "P", "pairs": [{"question": "P?", "answer": "Yes."}]}
        ),
    ),
    "POST /api/knowledge/web": ("knowledge.added", _web_page),
    "POST /api/knowledge/{source_id}/visit": (
        "knowledge.changed",
        lambda d: _at(d, "post", web_source, "/api/knowledge/{}/visit"),
    ),
    "POST /api/knowledge/suggestions/{suggestion_id}/approve": (
        "suggestion.approved",
        lambda d: _at(
            d,
            "post",
            suggestion,
            "/api/knowledge/suggestions/{}/approve",
            {"question": "P?", "answer": "Yes."},
        ),
    ),
    "POST /api/knowledge/suggestions/{suggestion_id}/dismiss": (
        "suggestion.dismissed",
        lambda d: _at(d, "post", suggestion, "/api/knowledge/suggestions/{}/dismiss"),
    ),
    "POST /api/knowledge/files": (
        "knowledge.added",
        lambda d: d.api.post("/api/knowledge/files", files={"file": ("parking.txt", b"Parking is free.")}),
    ),
    "PATCH /api/knowledge/documents/{document_id}": (
        "knowledge.changed",
        lambda d: _at(d, "patch", document, "/api/knowledge/documents/{}", {"enabled": False}),
    ),
    "DELETE /api/knowledge/documents/{document_id}": (
        "knowledge.removed",
        lambda d: _at(d, "delete", document, "/api/knowledge/documents/{}"),
    ),
    "PUT /api/knowledge/documents/{document_id}/file": ("knowledge.changed", _new_version),
    "POST /api/knowledge/documents/{document_id}/read": (
        "knowledge.changed",
        lambda d: _at(d, "post", document, "/api/knowledge/documents/{}/read"),
    ),
    "POST /api/knowledge/documents/{document_id}/versions/{version}/restore": (
        "knowledge.changed",
        lambda d: _at(d, "post", document, "/api/knowledge/documents/{}/versions/1/restore"),
    ),
    "PATCH /api/knowledge/{source_id}": (
        "knowledge.changed",
        lambda d: _at(d, "patch", source, "/api/knowledge/{}", {"enabled": False}),
    ),
    "DELETE /api/knowledge/{source_id}": (
        "knowledge.removed",
        lambda d: _at(d, "delete", source, "/api/knowledge/{}"),
    ),
    "POST /api/services": (
        "service.added",
        lambda d: d.api.post("/api/services", json={"name": "Massage", "duration_minutes": 60}),
    ),
    "PATCH /api/services/{service_id}": (
        "service.changed",
        lambda d: _at(d, "patch", service, "/api/services/{}", {"price": "48.00", "currency": "EUR"}),
    ),
    "DELETE /api/services/{service_id}": (
        "service.removed",
        lambda d: _at(d, "delete", service, "/api/services/{}"),
    ),
    "POST /api/calendar/people": (
        "calendar_person.added",
        lambda d: d.api.post("/api/calendar/people", json={"name": "Anna"}),
    ),
    "PATCH /api/calendar/people/{staff_id}": (
        "calendar_person.changed",
        lambda d: _at(d, "patch", calendar_person, "/api/calendar/people/{}", {"enabled": False}),
    ),
    "DELETE /api/calendar/people/{staff_id}": (
        "calendar_person.removed",
        lambda d: _at(d, "delete", calendar_person, "/api/calendar/people/{}"),
    ),
    "PATCH /api/settings/booking": (
        "booking_settings.changed",
        lambda d: d.api.patch("/api/settings/booking", json={"page": True}),
    ),
    "POST /api/calendar/feeds": ("calendar_feed.created", lambda d: d.api.post("/api/calendar/feeds", json={})),
    "POST /api/calendar/feeds/{feed_id}/rotate": (
        "calendar_feed.rotated",
        lambda d: _at(d, "post", calendar_feed, "/api/calendar/feeds/{}/rotate"),
    ),
    "DELETE /api/calendar/feeds/{feed_id}": (
        "calendar_feed.removed",
        lambda d: _at(d, "delete", calendar_feed, "/api/calendar/feeds/{}"),
    ),
    "POST /api/bookings/{booking_id}/invitation": ("booking.told", _telling),
    "POST /api/bookings": ("booking.confirmed", _booking),
    "POST /api/bookings/{booking_id}/confirm": (
        "booking.confirmed",
        lambda d: _at(d, "post", held_booking, "/api/bookings/{}/confirm"),
    ),
    "POST /api/bookings/{booking_id}/reschedule": ("booking.rescheduled", _moving),
    "POST /api/bookings/{booking_id}/cancel": (
        "booking.cancelled",
        lambda d: _at(d, "post", booking, "/api/bookings/{}/cancel", {"reason": "ill"}),
    ),
    "POST /api/bookings/{booking_id}/complete": (
        "booking.completed",
        lambda d: _at(d, "post", past_booking, "/api/bookings/{}/complete"),
    ),
    "POST /api/bookings/{booking_id}/no-show": (
        "booking.no_show",
        lambda d: _at(d, "post", past_booking, "/api/bookings/{}/no-show"),
    ),
    "POST /api/evals": ("evals.started", lambda d: d.api.post("/api/evals", json={"cases": [a_case()]})),
    "POST /api/evals/{eval_id}/cancel": ("evals.cancelled", lambda d: _at(d, "post", rehearsal, "{}")),
    "POST /api/process-events": (
        "batch.started",
        lambda d: d.api.post("/api/process-events", json={"filter": {"status": "failed"}}),
    ),
    "POST /api/process-events/{batch_id}/cancel": ("batch.cancelled", lambda d: _at(d, "post", batch, "{}")),
    "PUT /api/settings/auto-mode": ("queue.processed", auto_mode_on),
    "PUT /api/settings/retention": (
        "retention.changed",
        lambda d: d.api.put("/api/settings/retention", json={"journals": 400}),
    ),
    "PATCH /api/settings/workspace": (
        "settings.changed",
        lambda d: d.api.patch("/api/settings/workspace", json={"name": "New"}),
    ),
    "POST /api/contacts/{contact_id}/facts": ("fact.added", _fact),
    "PATCH /api/contacts/{contact_id}/facts/{fact_id}": ("fact.changed", lambda d: _of_fact(d, "patch", {"text": "x"})),
    "DELETE /api/contacts/{contact_id}/facts/{fact_id}": ("fact.removed", lambda d: _of_fact(d, "delete")),
    "POST /api/tasks": ("task.created", lambda d: d.api.post("/api/tasks", json={"title": "Call Ada"})),
    "PATCH /api/tasks/{task_id}": (
        "task.changed",
        lambda d: _at(d, "patch", task, "/api/tasks/{}", {"title": "Call Eve"}),
    ),
    "POST /api/teams": ("team.created", lambda d: d.api.post("/api/teams", json={"name": "Front desk"})),
    "PATCH /api/teams/{team_id}": ("team.renamed", lambda d: _at(d, "patch", team, "/api/teams/{}", {"name": "R"})),
    "DELETE /api/teams/{team_id}": ("team.removed", lambda d: _at(d, "delete", team, "/api/teams/{}")),
    "POST /api/teams/{team_id}/members": ("team.member_added", _joining),
    "DELETE /api/teams/{team_id}/members/{member_id}": (
        "team.member_removed",
        lambda d: _at(d, "delete", in_team, "{}"),
    ),
}

# Recorded as well, and performed by the tests of their own: the file names the action.
ELSEWHERE = {
    "POST /api/accounts/{account_id}/prove": ("account.proved", "tests/connections/test_proof.py"),
    "POST /api/accounts/{account_id}/prove/code": ("account.proof_asked", "tests/connections/test_proof.py"),
    "POST /api/accounts/{account_id}/prove/dns": ("account.proved", "tests/connections/test_proof.py"),
    "POST /api/api-keys": ("api_key.created", "tests/people/test_invitations.py"),
    "PATCH /api/members/{id}": ("member.role_changed", "tests/people/test_invitations.py"),
    "DELETE /api/members/{id}": ("member.removed", "tests/people/test_invitations.py"),
    "POST /api/invitations": ("invitation.sent", "tests/people/test_invitations.py"),
    "POST /api/invitations/{id}/resend": ("invitation.sent", "tests/people/test_invitations.py"),
    "DELETE /api/invitations/{id}": ("invitation.", "tests/people/test_invitations.py"),
    "POST /api/contacts/duplicates/{duplicate_id}/merge": ("merge", "tests/contacts/duplicates/test_sweep.py"),
    "POST /api/contacts/duplicates/{duplicate_id}/not-the-same": (
        "duplicate.",
        "tests/contacts/duplicates/test_sweep.py",
    ),
    "POST /api/contacts/duplicates/{duplicate_id}/undo": ("duplicate.", "tests/contacts/duplicates/test_sweep.py"),
    "POST /api/workspaces": ("workspace", "tests/people/test_sign_up.py"),
    "POST /api/staff/enter": ("staff.", "tests/people/test_staff.py"),
    "POST /api/staff/leave": ("staff.", "tests/people/test_staff.py"),
    "POST /api/auth/invitation/accept": ("invitation", "tests/people/test_invitations.py"),
}

# What leaves no line, by the beginning of the route, and why.
JUSTIFIED = {
    "POST /api/auth/": "a person's own account is in no workspace; sessions and mails tell its story",
    "DELETE /api/auth/": "the same",
    "POST /api/session/workspace": "which workspace a browser looks at",
    "POST /api/chat-widget/": "a contact writes: the ledger has it",
    "POST /forms/{form_key}": "a contact writes: the ledger has it",
    "POST /api/contacts/duplicates/look": "looks, and changes nothing that people made",
    "POST /api/privacy/erasures/check": "looks, and changes nothing",
    "POST /api/settings/retention/preview": "looks, and changes nothing",
}
