"""A PDF that was uploaded over HTTP answers a question through the whole flow, quoted with its page."""

from dynaris.core.outbound import Outbound
from dynaris.knowledge.documents import routes
from dynaris.knowledge.documents.limits import Desk
from dynaris.knowledge.documents.reading import read_queued
from tests.flows.conftest import Sink, World
from tests.knowledge.documents.made import pdf
from tests.web import client_of, new_key, web_app

PAGES = [
    ["Welcome to the practice.", "We are glad that you are here."],
    ["Lockers are found in the basement.", "They are opened with a coin."],
    ["Wheelchairs can be rented at the desk for 5 Euro a day."],
]


async def test_an_uploaded_pdf_is_quoted_with_its_page(world: World, sink: Sink) -> None:
    services, workspace_id = world.services, world.workspace.id
    key = await new_key(services.db, workspace_id)
    app = web_app(services.db, services.settings.home, [routes.router])
    async with client_of(app, authorization=f"Bearer {key}") as api:
        answer = await api.post("/api/knowledge/files", files={"file": ("House rules.pdf", pdf(PAGES))})
        document = answer.json()["items"][0]
        desk = Desk(services.db, services.files, services.settings, Outbound.of(services.settings))
        await read_queued(desk, workspace_id)
        assert (await api.get(f"/api/knowledge/documents/{document['id']}")).json()["status"] == "ready"
    accepted = await world.say("Can wheelchairs be rented at the desk?", reply_url=sink.url)
    await world.settle()
    assert (await world.event(accepted.event_id))["outcome"] == "answered"
    assert "Wheelchairs can be rented at the desk for 5 Euro a day." in sink.texts[-1]
    assert sink.texts[-1].endswith("(House rules, p. 3)")
