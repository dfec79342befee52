"""What every command begins with: which workspace is meant, and where the product is reached."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dynaris.app.commands.opening import as_it_runs, settings, workspace_named
from dynaris.core.addresses import addresses
from dynaris.core.db import Database
from dynaris.core.errors import InvalidInput, NotFound
from dynaris.core.settings import Settings
from dynaris.workspaces.actions import create_workspace


@pytest.fixture
def services(db: Database) -> Any:
    return SimpleNamespace(db=db)


async def test_the_only_workspace_needs_no_name_and_of_several_none_is_guessed(
    services: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [
        await create_workspace(services.db, slug=slug, name=slug, owner_email=f"{slug}@x.example", owner_name=slug)
        for slug in ("opening-b", "opening-a")
    ]
    known: list[tuple[Any, str]] = list(zip((each.id for each in made), ("opening-b", "opening-a"), strict=True))

    async def slugs(_: Database, *, most: int) -> list[tuple[Any, str]]:
        return known[:most]

    monkeypatch.setattr("dynaris.workspaces.queries.slugs", slugs)
    with pytest.raises(InvalidInput, match="--workspace: opening-a, opening-b"):
        await workspace_named(services, None)
    assert await workspace_named(services, "opening-a") == made[1].id
    del known[1]
    assert await workspace_named(services, None) == made[0].id
    known.clear()
    with pytest.raises(NotFound, match="dynaris workspace create"):
        await workspace_named(services, None)


async def test_the_short_names_are_the_workspaces_own(db: Database, workspace: Any) -> None:
    from dynaris.workspaces.queries import slugs

    assert workspace.id in [each for each, _ in await slugs(db, most=10_000)]
    assert len(await slugs(db, most=1)) == 1


def running(home: Path, host: str = "127.0.0.1") -> None:
    told = {"DYNARIS_HOST": host, "DYNARIS_PORT": "9123", "DYNARIS_SANDBOX_SMTP_PORT": "9124"}
    told["DYNARIS_PRIVATE_NETWORKS"] = "loopback"
    (home / "running.json").write_text(json.dumps(told))


def test_links_lead_to_the_port_on_which_the_product_of_this_home_runs(tmp_path: Path) -> None:
    assert addresses(as_it_runs(Settings(home=tmp_path))).app == "http://127.0.0.1:8000"
    running(tmp_path)
    assert addresses(as_it_runs(Settings(home=tmp_path))).app == "http://127.0.0.1:9123"


def test_a_command_may_call_what_the_product_of_this_home_may_call(tmp_path: Path) -> None:
    running(tmp_path)
    assert as_it_runs(Settings(home=tmp_path)).private_networks == "loopback"
    assert as_it_runs(Settings(home=tmp_path, private_networks="")).private_networks == ""


def test_an_address_that_was_set_stands(tmp_path: Path) -> None:
    running(tmp_path)
    public = Settings(home=tmp_path, public_url="https://app.example")
    assert addresses(as_it_runs(public)).app == "https://app.example"
    own = Settings(home=tmp_path, DATABASE_URL="postgresql:///x", port=8100)  # pyright: ignore[reportCallIssue]
    assert addresses(as_it_runs(own)).app == "http://127.0.0.1:8100"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"DYNARIS_OIDC_ISSUER": "https://login.example"}, "^DYNARIS_OIDC_ISSUER needs DYNARIS_OIDC_CLIENT_ID"),
        ({"AI_BACKEND_URL": "gateway"}, "^AI_BACKEND_URL: it must be like https://"),
        ({"DYNARIS_PUBLIC_URL": "app"}, "^DYNARIS_PUBLIC_URL: it must be like https://"),
    ],
    ids=lambda param: next(iter(param), "") if isinstance(param, dict) else "",
)
def test_settings_that_cannot_be_are_one_line_that_names_them(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], said: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:a-secret-word@db/dynaris")
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InvalidInput, match=said) as refused:
        settings()
    assert "a-secret-word" not in str(refused.value)


def test_beside_the_product_over_ones_own_database_its_mail_goes_where_the_products_goes(tmp_path: Path) -> None:
    running(tmp_path, host="192.0.2.7")
    beside = Settings(home=tmp_path, DATABASE_URL="postgresql:///x", port=9123)  # pyright: ignore[reportCallIssue]
    found = as_it_runs(beside).smtp_url
    assert found is not None
    assert found.get_secret_value() == "smtp://127.0.0.1:9124", "the sandbox listens on this machine, whatever the host"
