"""Whose an address is: by a mailed code, by the domain's record, by the operator; and never by asking first."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import dns.asyncresolver
import dns.message
import dns.rrset
import httpx
import pytest
from fastapi import FastAPI

from dynaris.app.system_mail import ensure_system_mail
from dynaris.channels.registry import channels
from dynaris.connections import records
from dynaris.connections.actions import add_account
from dynaris.connections.queries import by_id
from dynaris.core.crypto import Vault
from dynaris.core.db import Database
from dynaris.core.errors import Conflict
from dynaris.core.ids import new_id
from dynaris.people.mail import SYSTEM
from dynaris.workspaces.actions import NewWorkspace, create_workspace
from tests.web import client_of, new_key, web_app

NewClient = Callable[[], Any]


@pytest.fixture
async def app(db: Database, tmp_path: Path) -> FastAPI:
    app = web_app(db, tmp_path)
    channels()["email"].configure(app.state.settings)  # type: ignore[attr-defined]
    await ensure_system_mail(app.state.services)
    return app


@pytest.fixture
async def ann(app: FastAPI, db: Database, workspace: NewWorkspace) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app, authorization=f"Bearer {await new_key(db, workspace.id)}") as client:
        yield client


@pytest.fixture
async def eve(app: FastAPI, db: Database) -> AsyncIterator[httpx.AsyncClient]:
    slug = f"e-{new_id().hex}"
    made = await create_workspace(db, slug=slug, name="E", owner_email=f"e@{slug}.example", owner_name="E")
    async with client_of(app, authorization=f"Bearer {await new_key(db, made.id)}") as client:
        yield client


@pytest.fixture
def domain() -> str:
    return f"d{new_id().hex}.example"


async def connected(client: httpx.AsyncClient, address: str, **settings: Any) -> str:
    body = {"channel": "email", "address": address, "settings": settings}
    response = await client.post("/api/accounts", json=body)
    assert response.status_code == 201, response.text
    return f"/api/accounts/{response.json()['id']}"


async def code_for(db: Database, address: str) -> str:
    async with db.workspace(SYSTEM) as connection:
        cursor = await connection.execute(
            "SELECT content FROM outbox WHERE workspace_id = %s AND recipient = %s ORDER BY id DESC LIMIT 1",
            (SYSTEM, address),
        )
        row = await cursor.fetchone()
    assert row, f"no code was mailed to {address}"
    found = re.search(r"^\d{8}$", row["content"]["text"], re.MULTILINE)
    assert found
    return found[0]


async def proved(client: httpx.AsyncClient, db: Database, at: str, address: str) -> httpx.Response:
    asked = await client.post(f"{at}/prove/code", json={"address": address})
    if asked.status_code != 202:
        return asked
    return await client.post(f"{at}/prove", json={"address": address, "code": await code_for(db, address)})


async def test_a_code_from_the_mailbox_proves_the_address(ann: httpx.AsyncClient, db: Database, domain: str) -> None:
    at = await connected(ann, f"hello@{domain}")
    shown = (await ann.get(at)).json()["proof"]
    assert (shown["state"], shown["addresses"]) == ("unproved", [{"address": f"hello@{domain}", "how": None}])
    assert shown["to_do"].startswith(f"Not proved yet: hello@{domain}.")
    answer = await proved(ann, db, at, f"hello@{domain}")
    assert answer.json()["proof"] == {
        "state": "proved",
        "addresses": [{"address": f"hello@{domain}", "how": "code"}],
        "to_do": None,
    }
    assert (await ann.get("/api/accounts")).json()["items"][0]["proof"]["state"] == "proved"
    log = (await ann.get("/api/audit-log", params={"action": "account."})).json()["items"]
    assert [line["action"] for line in log] == ["account.proved", "account.proof_asked", "account.connected"]


async def test_a_code_cannot_be_guessed(ann: httpx.AsyncClient, db: Database, domain: str) -> None:
    at = await connected(ann, f"hello@{domain}")
    assert (await ann.post(f"{at}/prove", json={"code": "12345678"})).json()["code"] == "not_proved"
    await ann.post(f"{at}/prove/code", json={})
    right = await code_for(db, f"hello@{domain}")
    wrong = f"{(int(right) + 1) % 10**8:08}"
    for _ in range(5):
        assert (await ann.post(f"{at}/prove", json={"code": wrong})).status_code == 409
    assert (await ann.post(f"{at}/prove", json={"code": right})).status_code == 409
    assert right not in (await ann.get(at)).text
    for _ in range(4):
        assert (await ann.post(f"{at}/prove/code", json={})).status_code == 202
    assert (await ann.post(f"{at}/prove/code", json={})).status_code == 429


async def test_a_code_is_for_one_account_and_one_address(
    ann: httpx.AsyncClient, eve: httpx.AsyncClient, db: Database, domain: str
) -> None:
    theirs, at = await connected(eve, f"hello@{domain}"), await connected(ann, f"hello@{domain}")
    await ann.post(f"{at}/prove/code", json={})
    code = await code_for(db, f"hello@{domain}")
    await eve.post(f"{theirs}/prove/code", json={})
    assert (await eve.post(f"{theirs}/prove", json={"code": code})).status_code == 409
    assert (await eve.post(f"{at}/prove", json={"code": code})).status_code == 404
    assert (await ann.post(f"{at}/prove/code", json={"address": "other@example.com"})).status_code == 422


async def test_an_address_that_is_only_named_is_held_against_nobody(
    ann: httpx.AsyncClient, eve: httpx.AsyncClient, db: Database, domain: str
) -> None:
    await connected(eve, f"hello@{domain}", aliases=[f"info@{domain}"])
    at = await connected(ann, f"hello@{domain}", aliases=[f"info@{domain}"])
    for address in (f"hello@{domain}", f"info@{domain}"):
        assert (await proved(ann, db, at, address)).status_code == 200


@pytest.mark.parametrize("wanted", ["info", "info+sales", "hello", "hello+x+y", "Hello+"])
async def test_what_a_proved_account_has_cannot_be_proved_by_another_workspace(
    ann: httpx.AsyncClient, eve: httpx.AsyncClient, db: Database, domain: str, wanted: str
) -> None:
    at = await connected(ann, f"hello@{domain}", aliases=[f"info+team@{domain}"])
    for address in (f"hello@{domain}", f"info+team@{domain}"):
        assert (await proved(ann, db, at, address)).status_code == 200
    for theirs, address in (
        (await connected(eve, f"{wanted}@{domain}"), f"{wanted.lower()}@{domain}"),
        (await connected(eve, f"x@{domain}", aliases=[f"{wanted}@{domain}"]), f"{wanted.lower()}@{domain}"),
    ):
        refused = await eve.post(f"{theirs}/prove/code", json={"address": address})
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert (await ann.delete(at)).status_code == 204
    assert (await proved(eve, db, theirs, address)).status_code == 200


async def test_two_with_a_good_code_do_not_both_get_the_address(
    ann: httpx.AsyncClient, eve: httpx.AsyncClient, db: Database, domain: str
) -> None:
    bodies = []
    for client in (ann, eve):
        at = await connected(client, f"hello@{domain}")
        await client.post(f"{at}/prove/code", json={})
        bodies.append((client, at, await code_for(db, f"hello@{domain}")))
    answers = await asyncio.gather(*(client.post(f"{at}/prove", json={"code": code}) for client, at, code in bodies))
    assert sorted(answer.status_code for answer in answers) == [200, 409]


@pytest.mark.parametrize("name", ["no-reply", "no-reply+x", "postmaster", "abuse", "security", "Admin", "hostmaster"])
async def test_the_installations_own_addresses_are_the_operators(
    ann: httpx.AsyncClient, app: FastAPI, name: str
) -> None:
    at = await connected(ann, f"{name}@{app.state.settings.sender.rpartition('@')[2]}")
    refused = await ann.post(f"{at}/prove/code", json={})
    assert refused.status_code == 409
    assert "whoever runs this installation" in refused.json()["detail"]


async def test_what_the_operator_connects_is_proved_and_not_taken_twice(
    eve: httpx.AsyncClient, db: Database, workspace: NewWorkspace, domain: str
) -> None:
    at = await connected(eve, f"hello+x@{domain}")
    assert (await proved(eve, db, at, f"hello+x@{domain}")).status_code == 200
    async with db.transaction(workspace.id) as connection:
        with pytest.raises(Conflict):
            await add_account(
                connection, workspace.id, Vault("test"), channel="email", address=f"hello@{domain}", settings={}
            )
    async with db.transaction(workspace.id) as connection:
        await add_account(
            connection, workspace.id, Vault("test"), channel="email", address=f"desk@{domain}", settings={}
        )
    theirs = await connected(eve, f"desk@{domain}")
    assert (await eve.post(f"{theirs}/prove/code", json={})).status_code == 409


async def test_an_alias_that_goes_takes_its_proof_along(ann: httpx.AsyncClient, db: Database, domain: str) -> None:
    at = await connected(ann, f"hello@{domain}", aliases=[f"info@{domain}"])
    assert (await proved(ann, db, at, f"info@{domain}")).status_code == 200
    await ann.patch(at, json={"settings": {"aliases": []}})
    shown = (await ann.patch(at, json={"settings": {"aliases": [f"info@{domain}"]}})).json()["proof"]
    assert shown["addresses"][1] == {"address": f"info@{domain}", "how": None}


@asynccontextmanager
async def published(monkeypatch: pytest.MonkeyPatch, *texts: str) -> AsyncIterator[None]:
    """A name server that has these TXT records for every name."""

    class Server(asyncio.DatagramProtocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: Any) -> None:
            query = dns.message.from_wire(data)
            answer = dns.message.make_response(query)
            if texts:
                name = query.question[0].name
                answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", *(f'"{text}"' for text in texts)))
            self.transport.sendto(answer.to_wire(), addr)

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Server, ("127.0.0.1", 0))

    def resolver() -> dns.asyncresolver.Resolver:
        made = dns.asyncresolver.Resolver(configure=False)
        made.nameservers, made.port = ["127.0.0.1"], transport.get_extra_info("sockname")[1]
        return made

    monkeypatch.setattr(records, "resolver", resolver)
    yield
    transport.close()


async def test_a_record_of_the_domain_proves_all_of_it_for_the_workspace_that_it_names(
    ann: httpx.AsyncClient, eve: httpx.AsyncClient, db: Database, domain: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = await connected(ann, f"hello@{domain}", aliases=[f"info@{domain}", f"x@not-{domain}"])
    async with published(monkeypatch):
        told = (await ann.post(f"{at}/prove/dns", json={})).json()
    assert (told["proved"], told["record_name"], told["record_type"]) == (False, domain, "TXT")
    theirs = await connected(eve, f"hello@{domain}")
    async with published(monkeypatch, "v=spf1 -all", told["record_value"]):
        assert (await eve.post(f"{theirs}/prove/dns", json={})).json()["proved"] is False
        assert (await ann.post(f"{at}/prove/dns", json={})).json()["proved"] is True
    hows = [each["how"] for each in (await ann.get(at)).json()["proof"]["addresses"]]
    assert hows == ["dns", "dns", None]
    later = (await ann.get(await connected(ann, f"desk@{domain}"))).json()["proof"]
    assert (later["state"], later["addresses"][0]["how"]) == ("proved", "dns")
    other = await connected(eve, f"boss@{domain}")
    assert (await eve.post(f"{other}/prove/code", json={})).status_code == 409


async def test_what_a_removed_account_took_in_is_answered_until_another_has_the_address(
    ann: httpx.AsyncClient,
    eve: httpx.AsyncClient,
    app: FastAPI,
    db: Database,
    domain: str,
    workspace: NewWorkspace,
) -> None:
    address = f"hello@{domain}"
    at = await connected(ann, address)
    assert (await proved(ann, db, at, address)).status_code == 200
    assert (await ann.delete(at)).status_code == 204
    account_id = UUID(at.rpartition("/")[2])
    assert (await by_id(db, Vault("test"), workspace.id, account_id)).proved == {address: "code"}
    theirs = await connected(eve, address)
    assert (await proved(eve, db, theirs, address)).status_code == 200
    assert (await by_id(db, Vault("test"), workspace.id, account_id)).proved == {}


async def test_a_stranger_who_asks_again_and_again_does_not_take_the_owners_code(
    ann: httpx.AsyncClient, eve: httpx.AsyncClient, db: Database, domain: str
) -> None:
    theirs, at = await connected(eve, f"hello@{domain}"), await connected(ann, f"hello@{domain}")
    answers = [(await eve.post(f"{theirs}/prove/code", json={})).status_code for _ in range(30)]
    assert answers == [202] * 5 + [429] * 25
    assert (await proved(ann, db, at, f"hello@{domain}")).status_code == 200
