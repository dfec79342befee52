"""Nobody crosses into another workspace: every route of the API is tried with every id of somebody else's."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from dynaris.app.host import Host
from dynaris.app.system_mail import ensure_system_mail
from dynaris.app.web import create_app
from dynaris.connections.queries import Accounts
from dynaris.core.crypto import Vault
from dynaris.core.db import Database
from dynaris.core.files import Files
from dynaris.core.ids import new_id
from dynaris.core.settings import Settings
from dynaris.pipeline.services import Services
from dynaris.workspaces.actions import NewWorkspace, create_sign_in_link, create_workspace
from tests.conversations.conftest import Room
from tests.hostile import belongings as known
from tests.hostile.belongings import Belongings, belongings
from tests.web import ADDRESS, client_of, new_key


@dataclass
class Neighbours:
    """Ada's workspace has one of everything, Eve is the owner of another one, and has a key to it."""

    app: FastAPI
    ada: httpx.AsyncClient
    eve: httpx.AsyncClient
    eves_key: httpx.AsyncClient
    hers: Belongings


@pytest.fixture(scope="module")
async def neighbours(db: Database, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Neighbours]:
    folder = tmp_path_factory.mktemp("neighbours")
    app = whole_app(db, folder)
    await ensure_system_mail(app.state.services)
    ada, eve = [
        await create_workspace(
            db, slug=f"{name}-{new_id().hex}", name=name, owner_email=f"{new_id().hex}@example.com", owner_name=name
        )
        for name in ("ada", "eve")
    ]
    await new_key(db, ada.id)
    key = f"Bearer {await new_key(db, eve.id)}"
    async with (
        client_of(app, origin=ADDRESS) as ada_client,
        client_of(app, origin=ADDRESS) as eve_client,
        client_of(app, authorization=key) as key_client,
    ):
        await _sign_in(db, ada, ada_client)
        await _sign_in(db, eve, eve_client)
        hers = await belongings(Room(db, ada, ada_client), folder)
        yield Neighbours(app, ada_client, eve_client, key_client, hers)


async def _sign_in(db: Database, workspace: NewWorkspace, client: httpx.AsyncClient) -> None:
    token = await create_sign_in_link(db, workspace.id, person_id=workspace.owner_person_id)
    assert (await client.post(f"/auth/link/{token}")).status_code == 303


def whole_app(db: Database, folder: Path) -> FastAPI:
    settings = Settings(home=folder, public_url="http://dynaris.test")
    accounts, files = Accounts(db, Vault("test")), Files(None, folder / "files")
    services = Services(db=db, settings=settings, accounts=accounts, files=files)
    return create_app(services, Host(services))


@dataclass
class Route:
    method: str
    path: str
    operation: dict[str, Any]

    @property
    def is_open(self) -> bool:
        """To anybody."""
        return not self.operation.get("security")

    def ids(self) -> Iterator[tuple[str, str]]:
        """The names in the path, each with its kind, `""` where nobody knows it."""
        for name in re.findall(r"{(\w+)}", self.path):
            yield name, known.PATH_IDS.get(self.path) or known.PATH_IDS.get(name, "")

    def queries(self) -> list[str]:
        given = self.operation.get("parameters", [])
        return [each["name"] for each in given if each["in"] == "query" and '"uuid"' in _text(each)]

    def needed(self) -> list[str]:
        given = {each["name"]: each.get("required") for each in self.operation.get("parameters", [])}
        return [name for name in self.queries() if given[name]]

    def body(self, document: dict[str, Any]) -> dict[str, Any] | None:
        content = self.operation.get("requestBody", {}).get("content", {}).get("application/json")
        return None if content is None else content["schema"]


def routes(app: FastAPI) -> Iterator[Route]:
    for path, operations in app.openapi()["paths"].items():
        for method, operation in operations.items():
            yield Route(method.upper(), path, operation)


def smallest(schema: dict[str, Any], models: dict[str, Any], hers: Belongings, name: str = "") -> Any:
    """A value that the schema takes, with Ada's ids wherever an id is wanted."""
    if "$ref" in schema:
        schema = models[schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema or "oneOf" in schema:
        return smallest((schema.get("anyOf") or schema["oneOf"])[0], models, hers, name)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if "default" in schema and name not in known.BODY_IDS:
        return schema["default"]
    if schema.get("format") == "uuid":
        return str(hers.ids[known.BODY_IDS[name]])
    return _plain(schema, models, hers, name)


def _plain(schema: dict[str, Any], models: dict[str, Any], hers: Belongings, name: str) -> Any:
    match schema.get("type"):
        case "object":
            needed = set(schema.get("required", ())) | (known.BODY_IDS.keys() & schema.get("properties", {}).keys())
            fields = schema.get("properties", {})
            return {each: smallest(fields[each], models, hers, each) for each in sorted(needed) if each in fields}
        case "array":
            return [smallest(schema["items"], models, hers, name)]
        case "string":
            return {"email": "eve@example.com", "date-time": "2026-11-21T09:00:00Z"}.get(
                schema.get("format", ""), "x" * 8
            )
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return False
    return None


async def asked(client: httpx.AsyncClient, route: Route, neighbours: Neighbours) -> httpx.Response:
    """The request with Ada's ids in its path and body."""
    hers, document = neighbours.hers, neighbours.app.openapi()
    path = route.path
    for name, kind in route.ids():
        path = path.replace(f"{{{name}}}", str(hers.ids.get(kind, new_id())))
    body = known.BODIES.get((route.method, route.path))
    if body is None and (schema := route.body(document)):
        body = smallest(schema, document["components"]["schemas"], hers)
    return await client.request(route.method, path, json=body)


async def test_what_is_open_to_anybody_is_listed(neighbours: Neighbours) -> None:
    assert {route.path for route in routes(neighbours.app) if route.is_open} == known.OPEN


async def test_every_id_of_every_route_is_known_here(neighbours: Neighbours) -> None:
    """Else a new route would be tried with no object at all: see tests/hostile/belongings.py."""
    for route in routes(neighbours.app):
        for name, kind in route.ids():
            assert kind, f"{route.method} {route.path}: what is {name}? Add it to PATH_IDS"
            assert kind in neighbours.hers.ids, f"{route.method} {route.path}: make a {kind} in belongings()"
        unknown = set(route.queries()) - known.QUERY_IDS.keys() - {"after"}
        assert not unknown, f"{route.method} {route.path}: what are {unknown}? Add them to QUERY_IDS"


async def test_what_is_tried_is_really_there(neighbours: Neighbours) -> None:
    """Ada herself gets each of her things: a wrong id would be a 404 for anybody."""
    for route in routes(neighbours.app):
        if route.method == "GET" and list(route.ids()) and not route.is_open:
            answer = await asked(neighbours.ada, route, neighbours)
            assert answer.status_code < 300 or _is_of_another_kind(route, answer), (route.path, answer.text)


async def test_nobody_reads_or_changes_what_is_anothers(neighbours: Neighbours) -> None:
    tried = 0
    for who in (neighbours.eve, neighbours.eves_key):
        for route in routes(neighbours.app):
            if list(route.ids()) and not route.is_open:
                answer = await asked(who, route, neighbours)
                tried += 1
                kinds = {kind for _, kind in route.ids()}
                is_refused = answer.status_code == 404 or (who is neighbours.eves_key and _asks_for_a_person(answer))
                is_refused = is_refused or kinds <= known.EVERYBODYS
                assert is_refused, (route.method, route.path, answer.status_code, answer.text)
                assert neighbours.hers.word not in answer.text
    assert tried > 80
    assert (await neighbours.ada.get("/api/me")).status_code == 200, "her session was one of the things that were tried"


async def test_anothers_form_takes_what_is_sent_and_tells_nothing(neighbours: Neighbours) -> None:
    (form,) = (route for route in routes(neighbours.app) if route.path == "/forms/{form_key}")
    for who in (neighbours.eve, neighbours.eves_key):
        answer = await asked(who, form, neighbours)
        assert answer.json().keys() == {"event_id", "duplicate"}
        assert (await who.get(f"/api/events/{answer.json()['event_id']}")).status_code == 404


async def test_ids_in_bodies_and_queries_lead_nowhere_either(neighbours: Neighbours) -> None:
    for route in routes(neighbours.app):
        # What is open to anybody asks for proofs of its own.
        wanted = [name for name in route.queries() if name in known.QUERY_IDS and not route.is_open]
        for name in wanted:
            mine = str(neighbours.hers.ids[known.QUERY_IDS[name]])
            needed = {each: str(neighbours.hers.ids[known.QUERY_IDS[each]]) for each in route.needed()}
            answer = await neighbours.eve.get(route.path, params={**needed, name: mine})
            assert answer.status_code in (200, 404), (route.path, name, answer.text)
            assert answer.status_code == 404 or answer.json()["items"] == [], (route.path, name, answer.text)
        if not list(route.ids()) and (schema := route.body(neighbours.app.openapi())):
            body = smallest(schema, neighbours.app.openapi()["components"]["schemas"], neighbours.hers)
            if not any(len(str(one)) > 3 and str(one) in _text(body) for one in neighbours.hers.ids.values()):
                continue  # a version's number stands in any date
            answer = await neighbours.eve.request(route.method, route.path, json=body)
            expected = (202,) if route.path in known.TAKEN_ON else (404, 422)
            expected = (403,) if route.path in known.STAFF else expected
            assert neighbours.hers.word not in answer.text
            assert answer.status_code in expected, (route.method, route.path, body, answer.status_code, answer.text)


async def test_no_list_shows_what_is_anothers(neighbours: Neighbours) -> None:
    """Nor does naming the other workspace in the header that members have for it."""
    for route in routes(neighbours.app):
        if route.method == "GET" and not list(route.ids()) and not route.is_open and route.path not in known.ENDLESS:
            for headers in ({}, {"X-Dynaris-Workspace": str(neighbours.hers.ids["workspace"])}):
                answer = await neighbours.eve.get(route.path, params=_required(route), headers=headers)
                assert answer.status_code < 500, (route.path, answer.text)
                assert neighbours.hers.word not in answer.text, route.path


async def test_without_a_key_or_with_a_wrong_one_nothing_is_told(neighbours: Neighbours) -> None:
    for headers in (
        {},
        {"authorization": "Bearer dyn_garbage"},
        {"authorization": "Basic eA=="},
        {"authorization": ""},
    ):
        async with client_of(neighbours.app, **headers) as nobody:
            for route in routes(neighbours.app):
                if not route.is_open:
                    answer = await asked(nobody, route, neighbours)
                    is_refused = answer.status_code == 401 or (headers and _asks_for_a_person(answer))
                    assert is_refused, (route.method, route.path, answer.status_code, answer.text)


def _required(route: Route) -> dict[str, str]:
    return {
        one["name"]: "x"
        for one in route.operation.get("parameters", [])
        if one["in"] == "query" and one.get("required")
    }


def _is_of_another_kind(route: Route, answer: httpx.Response) -> bool:
    """The thing is there, and has nothing of what is asked for: a snippet of a source, say."""
    return answer.status_code in (404, 409, 422) and "no " + route.path.split("{")[1].split("_id")[0] not in answer.text


def _asks_for_a_person(answer: httpx.Response) -> bool:
    return answer.status_code == 403 and "signed-in" in answer.text


def _text(value: Any) -> str:
    return repr(value).replace("'", '"')
