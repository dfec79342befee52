"""The dashboard's page and files."""

import json
import re
from pathlib import Path

import httpx
import pytest

from dynaris.app import dashboard
from dynaris.core.db import Database
from dynaris.workspaces.actions import NewWorkspace
from tests.web import client_of, web_app
from tests.workspaces.test_access import sign_in

ROUTES = Path(__file__).parents[2] / "web" / "app" / "screens"


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a build leaves, in short."""
    folder = tmp_path / "web_files"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(
        '<head><meta name="csp-nonce" content="__NONCE__"><meta content="__POSITION__"></head>'
    )
    manifest = {
        "index.html": {"file": "assets/index-1.js", "imports": ["_frame.js"]},
        "_frame.js": {"file": "assets/frame-1.js"},
        "_menu.js": {"file": "assets/menu-1.js", "imports": ["_frame.js"], "css": ["assets/menu-1.css"]},
    } | {
        f"app/screens/{name}.tsx": {"file": f"assets/{Path(name).name}.js", "imports": ["index.html", "_menu.js"]}
        for names in dashboard.SCREENS.values()
        for name in filter(None, names)
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "assets" / "index-1.js").write_text("let a;" * 1_000)
    (tmp_path / "secret").write_text("a secret")
    monkeypatch.setattr(dashboard, "FILES", folder)
    return folder


@pytest.fixture
def client(db: Database, tmp_path: Path) -> httpx.AsyncClient:
    return client_of(web_app(db, tmp_path))


async def test_a_screen_is_the_page_with_a_policy_of_its_own(
    client: httpx.AsyncClient, built: Path, db: Database, workspace: NewWorkspace
) -> None:
    await sign_in(db, workspace, client)
    pages = [await client.get(path) for path in ("/", "/inbox/mine/1")]
    nonces = [re.search(r'content="([^"]+)"', page.text)[1] for page in pages]  # type: ignore[index]
    assert nonces[0] != nonces[1]
    for page, nonce in zip(pages, nonces, strict=True):
        policy = page.headers["content-security-policy"]
        assert f"'nonce-{nonce}'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "script"), [("/", "OverviewScreen"), ("/contacts", "ContactsScreen"), ("/contacts/1?x=/", "ContactScreen")]
)
async def test_the_page_names_what_its_own_screen_needs_besides(
    client: httpx.AsyncClient, built: Path, db: Database, workspace: NewWorkspace, path: str, script: str
) -> None:
    await sign_in(db, workspace, client)
    page = (await client.get(path)).text
    assert re.findall('<link rel="modulepreload" href="/assets/([^"]+)">', page) == [f"{script}.js", "menu-1.js"]
    assert page.count('<link rel="stylesheet" href="/assets/menu-1.css">') == 1


async def test_who_is_signed_out_is_led_back_to_the_screen(client: httpx.AsyncClient) -> None:
    assert (await client.get("/")).headers["location"] == "/sign-in"
    answer = await client.get("/events/1?channel=email&x=a b")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/events/1%3Fchannel%3Demail%26x%3Da%2520b"


async def test_files_are_packed_and_kept(client: httpx.AsyncClient, built: Path) -> None:
    answer = await client.get("/assets/index-1.js")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.text == "let a;" * 1_000
    assert "immutable" in answer.headers["cache-control"]
    plain = await client.get("/assets/index-1.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers


@pytest.mark.parametrize("name", ["..%2findex.html", "%2e%2e%2f%2e%2e%2fsecret", "none.js", "."])
async def test_nothing_but_the_builds_files_is_served(client: httpx.AsyncClient, built: Path, name: str) -> None:
    assert (await client.get(f"/assets/{name}")).status_code == 404


async def test_without_a_build_the_page_says_what_to_do(
    client: httpx.AsyncClient, built: Path, db: Database, workspace: NewWorkspace
) -> None:
    (built / "index.html").unlink()
    await sign_in(db, workspace, client)
    page = await client.get("/")
    assert page.status_code == 503
    assert "make up" in page.text


def test_every_screen_of_the_web_is_served_at_its_address_with_what_the_router_shows_there() -> None:
    files = list(ROUTES.glob("*/routes.ts"))
    paths = re.findall(r'path: "/([a-z-]*)[/"]', "".join(path.read_text() for path in files))
    assert set(paths) - {"$"} == set(dashboard.SCREENS)
    shown: dict[str, str] = {}
    for path in files:
        for address, file in re.findall(
            r'path: "/([^"]*)"(?:(?!path:)[\s\S])*?import\("\./([^"]+)"\)', path.read_text()
        ):
            shown[address] = f"{path.parent.name}/{file}"
    for name, (itself, below) in dashboard.SCREENS.items():
        assert itself == shown.get(name, below)
        assert below in {
            None,
            itself,
            *(file for address, file in shown.items() if re.match(rf"{name}/\$\w+$", address)),
        }


async def test_an_unknown_address_is_a_page_for_people_and_a_problem_for_programs(client: httpx.AsyncClient) -> None:
    browser = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    shown = await client.get("/nowhere", headers=browser)
    assert (shown.status_code, shown.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "There is no such page" in shown.text
    assert 'href="/"' in shown.text
    for path, headers in (("/nowhere", {}), ("/api/nowhere", browser)):
        assert (await client.get(path, headers=headers)).json()["code"] == "not_found"


async def test_the_overview_has_the_address_that_people_guess(client: httpx.AsyncClient) -> None:
    answer = await client.get("/overview")
    assert answer.is_redirect
    assert answer.headers["location"] == "/"
