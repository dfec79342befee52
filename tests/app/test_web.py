"""The whole application: what is on disk is mounted, and its document can be relied on."""

import importlib
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

import dynaris
from dynaris.app.host import Host
from dynaris.app.up import has_sandbox_pages
from dynaris.app.web import create_app
from dynaris.connections.queries import Accounts
from dynaris.core.crypto import Vault
from dynaris.core.db import Database
from dynaris.core.files import Files
from dynaris.core.settings import Settings
from dynaris.pipeline.services import Services
from tests.web import client_of

PRODUCT = Path(dynaris.__file__).parent
WITHOUT_SIGN_IN = (
    "/api/process-events",
    "/api/chat-widget/",
    # Getting in; what belongs to a person's account is refused like the rest.
    *(
        f"/api/auth/{each}"
        for each in (
            "options",
            "sign-up",
            "verify",
            "sign-in",
            "sign-out",
            "password/reset",
            "email/confirm",
            "invitation",
        )
    ),
)


@pytest.fixture
def app(db: Database, tmp_path: Path) -> FastAPI:
    services = Services(
        db=db,
        settings=Settings(home=tmp_path, sandbox_pages=True, sandbox_meta_port=1),
        accounts=Accounts(db, Vault("test")),
        files=Files(None, tmp_path / "files"),
    )
    return create_app(services, Host(services))


@cache
def _described() -> dict[str, Any]:
    """Of an application over nothing: the document costs more than a second, and is the same for all."""
    settings = Settings(home=Path("unused"), sandbox_pages=True)
    return create_app(cast(Any, SimpleNamespace(db=None, settings=settings)), cast(Any, None)).openapi()


@pytest.fixture
def document() -> dict[str, Any]:
    return _described()


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(method, path, one) for path, methods in document["paths"].items() for method, one in methods.items()]


@pytest.mark.parametrize("package", sorted(path.parent.name for path in PRODUCT.glob("*/routes.py")))
def test_no_packages_routes_are_forgotten(document: dict[str, Any], package: str) -> None:
    router: APIRouter = importlib.import_module(f"dynaris.{package}.routes").router
    paths = {route.path for route in router.routes if isinstance(route, APIRoute) and route.include_in_schema}
    assert paths
    assert paths <= set(document["paths"])


def test_each_operation_has_a_name_of_its_own(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert sorted(names) == sorted(set(names))


def test_each_operation_documents_its_problems(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        if path.startswith("/api/"):
            content = operation["responses"]["401"]["content"]
            assert list(content) == ["application/problem+json"], (method, path)


async def test_nothing_under_api_answers_strangers(app: FastAPI, document: dict[str, Any]) -> None:
    async with client_of(app) as client:
        for method, path, _ in operations(document):
            if path.startswith("/api/") and not path.startswith(WITHOUT_SIGN_IN):
                filled = path.replace("{", "").replace("}", "")
                response = await client.request(method, filled, json={} if method in {"post", "put", "patch"} else None)
                assert response.status_code == 401, (method, path, response.text)


async def test_the_pages_for_people_open(app: FastAPI) -> None:
    async with client_of(app) as client:
        for path in ("/sign-in", "/api/docs", "/sandbox/mail"):
            page = await client.get(path, headers={"host": "localhost"})
            assert page.status_code == 200, path
            assert "<script" not in page.text


@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [
        ("127.0.0.1", {"host": "127.0.0.1:8000"}, 200),
        ("::1", {"host": "[::1]:8000"}, 200),
        ("127.0.0.1", {"host": "dynaris.localhost"}, 200),
        ("192.168.1.7", {"host": "localhost"}, 403),
        ("127.0.0.1", {"host": "rebound.example"}, 403),
        ("127.0.0.1", {"host": "localhost.rebound.example:80"}, 403),
        ("127.0.0.1", {"host": "localhost", "x-forwarded-for": "127.0.0.1"}, 403),
        ("127.0.0.1", {"host": "localhost", "forwarded": "for=127.0.0.1"}, 403),
    ],
    ids=str,
)
async def test_the_sandbox_mailbox_is_read_on_this_machine_alone(
    app: FastAPI, peer: str, headers: dict[str, str], status: int
) -> None:
    transport = httpx.ASGITransport(app, client=(peer, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as client:
        for path in ("/sandbox/mail", "/sandbox/mail.json", "/sandbox/mail/faults"):
            assert (await client.get(path)).status_code == status, path
        phones = await client.get("/sandbox/whatsapp")
        assert phones.status_code == (308 if status == 200 else status)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({}, True),
        ({"public_url": "https://dynaris.example"}, False),
        ({"host": "0.0.0.0"}, False),
        ({"sandbox_pages": False}, False),
        ({"public_url": "https://dynaris.example", "sandbox_pages": True}, True),
    ],
    ids=str,
)
def test_up_shows_the_sandbox_mailbox_where_nobody_else_comes(given: dict[str, Any], shown: bool) -> None:
    assert has_sandbox_pages(Settings(**given)) is shown
