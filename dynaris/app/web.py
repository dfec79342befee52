"""The web application: mounts every router, and puts the edge and the error answers around them."""

import re
from collections.abc import Iterable
from functools import partial
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts

import dynaris
from dynaris.agents import agent_routes, compass_routes, model_routes, reply_routes, try_routes
from dynaris.agents import routes as agents
from dynaris.agents.known_models import check_agent, check_models
from dynaris.agents.mcp import routes as agents_mcp
from dynaris.app import api_page, calls_relay, dashboard, health, live, problems, widget_files
from dynaris.app.doctor import routes as doctor
from dynaris.app.edge import Edge
from dynaris.app.here import require_here
from dynaris.billing import routes as billing
from dynaris.calls import number_routes as call_numbers
from dynaris.calls import routes as calls
from dynaris.calls.checks import examine_answering
from dynaris.channels.contract import ChannelHost, Routed
from dynaris.channels.registry import channels
from dynaris.connections import proof_routes as proofs
from dynaris.connections import routes as connections
from dynaris.connections.phone_mapping import routes as phone_mapping
from dynaris.contacts import routes as contacts
from dynaris.contacts.duplicates import routes as duplicates
from dynaris.contacts.imports import routes as imports
from dynaris.conversations import memory_routes, tag_routes, wrap_up_routes, writing_routes
from dynaris.conversations import routes as conversations
from dynaris.conversations.canned import routes as canned
from dynaris.core.http import UPLOAD, Problem
from dynaris.dashboard import routes as views
from dynaris.desk import routes as desk
from dynaris.evals import routes as evals
from dynaris.knowledge import routes as knowledge
from dynaris.knowledge.documents import routes as documents
from dynaris.knowledge.embeddings import routes as embeddings
from dynaris.knowledge.suggestions import routes as suggestions
from dynaris.knowledge.web import routes as knowledge_web
from dynaris.notifications import preference_routes as preferences
from dynaris.notifications import routes as notifications
from dynaris.onboarding import routes as onboarding
from dynaris.people import pages as people_pages
from dynaris.people import routes as people
from dynaris.pipeline import draft_routes, first_word_routes
from dynaris.pipeline import routes as pipeline
from dynaris.pipeline.batches import routes as batches
from dynaris.pipeline.offers import routes as offers
from dynaris.pipeline.services import Services
from dynaris.privacy import routes as privacy
from dynaris.scheduling import calendar_routes as calendars
from dynaris.scheduling import catalogue_routes as catalogue
from dynaris.scheduling import feed_page
from dynaris.scheduling import routes as scheduling
from dynaris.scheduling.booking_page import own_routes as own_bookings
from dynaris.scheduling.booking_page import routes as booking_page
from dynaris.sla import routes as sla
from dynaris.templates import routes as templates
from dynaris.workspaces import audit_routes, pages, team_routes
from dynaris.workspaces import routes as workspaces
from dynaris.workspaces.visits import AnsweredVisits

# Routes are tried one by one in this order: first the intake, then what people's screens ask for all day. Of two that
# could answer one address, as `contacts/duplicates` and `contacts/{contact_id}`, the plainer comes first.
_OWN = (
    pipeline,
    views,
    conversations,
    desk,
    tag_routes,
    writing_routes,
    draft_routes,
    offers,
    canned,
    memory_routes,
    wrap_up_routes,
    first_word_routes,
    duplicates,
    imports,
    contacts,
    notifications,
    preferences,
    people,
    batches,
    workspaces,
    team_routes,
    audit_routes,
    connections,
    proofs,
    documents,
    knowledge_web,
    suggestions,
    embeddings,
    knowledge,
    sla,
    scheduling,
    calendars,
    catalogue,
    agents,
    agent_routes,
    try_routes,
    agents_mcp,
    model_routes,
    compass_routes,
    reply_routes,
    privacy,
    evals,
    live,
    onboarding,
    templates,
    phone_mapping,
    calls,
    call_numbers,
    billing,
)


def create_app(services: Services, host: ChannelHost) -> FastAPI:
    """Everything the web process answers. `host` serves the channels that have routes of their own."""
    own = (*_OWN, doctor, health, pages, people_pages, api_page)
    own += (booking_page, own_bookings, feed_page, widget_files, calls_relay, dashboard)
    routers = [module.router for module in own]
    routers += [channel.routes(host) for channel in channels().values() if isinstance(channel, Routed)]
    if services.settings.sandbox_pages:
        from dynaris.sandbox.mailbox import Mailbox
        from dynaris.sandbox.pages import mailbox_pages
        from dynaris.sandbox.slack import slack_pages

        sandbox = APIRouter(dependencies=[Depends(require_here)])
        folder = services.settings.home / "sandbox"
        sandbox.include_router(mailbox_pages(Mailbox(folder)))
        sandbox.include_router(slack_pages(folder))
        ports = {"whatsapp": services.settings.sandbox_meta_port, "twilio": services.settings.sandbox_twilio_port}
        if any(ports.values()):
            from dynaris.sandbox.forward import forwarded

            for name, port in ports.items():
                if port:
                    sandbox.include_router(forwarded(name, port))
        routers.append(sandbox)
    return assembled(services, routers)


def assembled(services: Services, routers: Iterable[APIRouter]) -> FastAPI:
    """The routers behind the edge, with errors as problem+json."""
    settings = services.settings
    app = FastAPI(
        title="Dynaris",
        version=dynaris.__version__,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.db, app.state.settings, app.state.services = services.db, settings, services
    app.state.check_models, app.state.check_agent = check_models, check_agent
    app.state.examine_answering = examine_answering
    app.state.examine = partial(doctor.examine_workspace, app)
    for router in routers:
        _mount(app, router)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign] - FastAPI's documented way
    problems.install(app)
    app.add_middleware(AnsweredVisits, db=services.db)
    app.add_middleware(
        Edge,
        limits=_own_limits(app, settings.document_megabytes * 1_000_000 + 100_000),
        streamed=[route.path_regex for route in iter_route_contexts(app.routes) if _takes_documents(route)],
        shared=_shared(app),
        https=settings.base_url.startswith("https:"),
        log_requests=settings.log_requests,
    )
    return app


def _mount(app: FastAPI, router: APIRouter) -> None:
    """As `include_router`, which makes every route once more (1 ms each): ours need nothing that they have not."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            route.unique_id = _operation_id(route)
    app.router.routes.extend(router.routes)


def _operation_id(route: APIRoute) -> str:
    name = route.name.replace("_", "-")
    return f"{route.tags[0]}-{name}" if route.tags else name


def _own_limits(app: FastAPI, upload: int) -> list[tuple[re.Pattern[str], int]]:
    """Routes that take larger (or only smaller) bodies say so with `max_body_size`."""
    return [
        (route.path_regex, upload if most == UPLOAD else most)
        for route in iter_route_contexts(app.routes)
        if (most := getattr(route, "max_body_size", None)) is not None
    ]


def _takes_documents(route: Any) -> bool:
    return getattr(route, "max_body_size", None) == UPLOAD


def _shared(app: FastAPI) -> list[re.Pattern[str]]:
    """Routes of a class that says `cross_origin`: pages of other sites may read what they answer."""
    return [
        route.path_regex
        for route in iter_route_contexts(app.routes)
        if getattr(route.original_route, "cross_origin", False)
    ]


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, routes=app.routes)
        models = schema.setdefault("components", {}).setdefault("schemas", {})
        models["Problem"] = Problem.model_json_schema()
        app.openapi_schema = schema
    return app.openapi_schema
