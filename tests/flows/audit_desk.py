"""What has to be there before a change over HTTP can be made, and the changes that take more than one request."""

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


CANNED = {"shortcut": "parking", "title": "Where to park", "text": "Hello {{contact.first_name|there}}, park free."}


async def canned_reply(desk: Desk) -> str:
    return (await desk.made("/api/canned-replies", CANNED))["id"]


async def unsent_message(desk: Desk) -> str:
    sent = await desk.made(f"/api/conversations/{await desk.conversation()}/messages", {"text": "Hello"})
    return sent["id"]


async def message_on_whatsapp(desk: Desk) -> str:
    """The contact's, of just now."""
    waiting = await desk.waiting()
    (row,) = await desk.world.rows(
        """WITH moved AS (UPDATE conversation SET channel = 'whatsapp', last_inbound_at = now()
               WHERE workspace_id = %(ws)s AND id = %(conversation)s)
           UPDATE message SET external_id = 'wamid.1' WHERE workspace_id = %(ws)s AND conversation_id = %(conversation)s
             AND direction = 'inbound' RETURNING id""",
        conversation=waiting["conversation_id"],
    )
    return str(row["id"])


async def account(desk: Desk) -> str:
    return (await desk.made("/api/accounts", {"channel": "webchat"}))["id"]


async def template(desk: Desk) -> str:
    """As one was fetched from its provider."""
    (row,) = await desk.world.rows(
        """INSERT INTO template (workspace_id, id, account_id, external_id, name, language, category, status, body)
           VALUES (%(ws)s, %(id)s, %(account)s, '1', 'reminder', 'en', 'utility', 'approved', 'Hi') RETURNING id""",
        id=new_id(),
        account=await account(desk),
    )
    return str(row["id"])


async def team(desk: Desk) -> str:
    return (await desk.made("/api/teams", {"name": "Front desk"}))["id"]


async def tag(desk: Desk) -> str:
    return (await desk.made("/api/tags", {"name": "Billing"}))["id"]


async def tagging(desk: Desk) -> httpx.Response:
    return await desk.api.put(f"/api/conversations/{await desk.conversation()}/tags/{await tag(desk)}")


async def untagging(desk: Desk) -> httpx.Response:
    return await desk.api.delete(str((await tagging(desk)).request.url))


async def tagging_many(desk: Desk) -> httpx.Response:
    return await desk.api.post(
        "/api/conversations/bulk", json={"ids": [await desk.conversation()], "add_tag": await tag(desk)}
    )


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


async def at(desk: Desk, method: str, make: Callable[[Desk], Awaitable[str]], path: str, body: Any = None) -> Any:
    where = path.format(await make(desk))
    return await desk.api.request(method.upper(), where, **({} if body is None else {"json": body}))


async def uploading(desk: Desk) -> httpx.Response:
    return await desk.api.post("/api/contacts/imports", content=b"name\nAda\n", headers={"content-type": "text/csv"})


async def web_page(desk: Desk) -> httpx.Response:
    return await desk.api.post("/api/knowledge/web", json={"kind": "page", "url": "https://clinic.example/prices"})


async def web_source(desk: Desk) -> str:
    return (await web_page(desk)).json()["id"]


async def new_version(desk: Desk) -> httpx.Response:
    where = f"/api/knowledge/documents/{await document(desk)}/file"
    return await desk.api.put(where, files={"file": ("parking.txt", b"Parking costs 2 Euro.")})


async def joining(desk: Desk) -> httpx.Response:
    at = f"/api/teams/{await team(desk)}/members"
    return await desk.api.post(at, json={"member_id": await desk.teammate()})


async def key(desk: Desk) -> str:
    await new_key(desk.world.services.db, desk.world.workspace.id, "x")
    return (await desk.api.get("/api/api-keys")).json()["items"][-1]["id"]


async def contact(desk: Desk) -> str:
    return (await desk.contact())["id"]


async def writing_first(desk: Desk) -> httpx.Response:
    await desk.world.rows(
        """INSERT INTO account (workspace_id, id, channel, address)
           VALUES (%s, %s, 'email', 'a@clinic.example') RETURNING id""",
        new_id(),
    )
    body = {"subject": "Hello", "text": "Private words"}
    return await desk.api.post(f"/api/contacts/{await contact(desk)}/conversations", json=body)


async def planning(desk: Desk) -> httpx.Response:
    body = {"conversation_id": await desk.conversation(), "reason": "And now?", "due_at": "2100-01-01T09:00:00Z"}
    return await desk.api.post("/api/follow-ups", json=body)


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


async def telling(desk: Desk) -> httpx.Response:
    async with desk.world.services.db.transaction(desk.world.workspace.id) as connection:
        settings = {"smtp_url": "smtp://127.0.0.1:1"}
        await add_account(
            connection, desk.world.workspace.id, Vault(KEY), channel="email", address="a@b.example", settings=settings
        )
    return await at(desk, "post", booking, "/api/bookings/{}/invitation")


async def held_booking(desk: Desk) -> str:
    return await booking(desk, hold=True)


async def past_booking(desk: Desk) -> str:
    return await booking(desk, days=-2)


async def asking_for_booking(desk: Desk) -> httpx.Response:
    return await desk.api.get(f"/api/bookings/{await booking(desk)}")


async def moving(desk: Desk) -> httpx.Response:
    to = {"starts_at": (clock.now() + timedelta(days=3)).isoformat(), "outside_rules": True}
    return await at(desk, "post", booking, "/api/bookings/{}/reschedule", to)


async def remembering(desk: Desk) -> httpx.Response:
    return await desk.api.post(f"/api/contacts/{await contact(desk)}/facts", json={"text": "Likes tea"})


async def of_fact(desk: Desk, method: str, body: Any = None) -> httpx.Response:
    made = await remembering(desk)
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


RECORD = {"agent_name": "front_line", "agent": "You answer the telephone."}


async def changing_record(desk: Desk) -> httpx.Response:
    made = await desk.made("/tenants/agents", RECORD)
    return await desk.api.patch(f"/tenants/agents/{made['agent_id']}", json={"transfer_to": "+4930123456"})


async def removing_record(desk: Desk) -> httpx.Response:
    await desk.made("/tenants/agents", RECORD)
    return await desk.api.delete("/tenants/agents/front_line")


async def keeping_secret(desk: Desk) -> httpx.Response:
    server = {"url": "https://tools.clinic.test/mcp"}
    assert (await desk.api.patch("/api/agents/chat", json={"mcp_server": server})).is_success
    return await desk.api.put("/api/agents/chat/mcp-secret", json={"secret": "let-me-in"})


OWN_AGENT = {"name": "front_desk", "based_on": "chat", "settings": {"title": "Front desk"}}


async def removing_agent(desk: Desk) -> httpx.Response:
    await desk.made("/api/agents", OWN_AGENT)
    return await desk.api.delete("/api/agents/front_desk")


async def testing_slack(desk: Desk) -> httpx.Response:
    slack = {"webhook_url": "https://hooks.slack.com/services/T/B/x"}
    await desk.made("/api/accounts", {"channel": "slack", "address": new_id().hex, "settings": slack})
    return await desk.api.post("/api/settings/notifications/test")


async def trying_out(desk: Desk) -> httpx.Response:
    await desk.made("/api/accounts", {"channel": "webchat"})
    return await desk.api.post("/api/onboarding/try", json={"kind": "chat"})
