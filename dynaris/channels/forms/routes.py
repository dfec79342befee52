"""`/forms/{form_key}`: what a form on a web site is sent to, and the form's own few pages."""

import asyncio
from typing import Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel

from dynaris.channels.contract import Account, ChannelHost, Rejected, WebhookRequest
from dynaris.channels.forms.adapter import FormsChannel, Unfit
from dynaris.channels.forms.lead import Fault
from dynaris.channels.forms.mapping import NEXT
from dynaris.channels.forms.pages import faults_page, form_page, thanks_page
from dynaris.channels.forms.settings import FormSettings
from dynaris.channels.forms.submission import MOST_BODY
from dynaris.core.errors import DynarisError, Forbidden, NotFound
from dynaris.core.http import PROBLEMS, problem, problem_response
from dynaris.core.origins import is_of_host
from dynaris.core.pace import Limit, Pace, network_of

Form = Account[FormSettings]

WINDOW_SECONDS = 600
_LONGEST_KEY = 200  # no account has a longer address
_READ_ASIDE = 200_000  # bytes from which reading a body would hold up everything else
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "content-type, idempotency-key, accept",
    "Access-Control-Max-Age": "600",
}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The form's fields, by their names; files in multipart/form-data.",
        "content": {
            kind: {"schema": {"type": "object", "additionalProperties": {"type": "string"}}}
            for kind in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
        },
    }
}
_PAGE: dict[str, Any] = {"text/html": {"schema": {"type": "string"}}}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    **{status: {**about, "content": {**about["content"], **_PAGE}} for status, about in PROBLEMS.items()},
    303: {"description": "An HTML form was taken: its `redirect`, or the page of thanks."},
    415: {**PROBLEMS[422], "description": "Unsupported Media Type"},
}


class Taken(BaseModel):
    event_id: UUID
    duplicate: bool


class FormRoute(APIRoute):
    cross_origin = True  # the asking page may read every answer, errors too


class FormApi:
    """The handlers, with what they share: the channel, the host and the pace."""

    def __init__(self, channel: FormsChannel, host: ChannelHost) -> None:
        self.channel, self.host = channel, host
        self.pace = Pace(WINDOW_SECONDS)

    async def form(self, form_key: str) -> Form:
        account = await self.host.account(self.channel.name, form_key) if len(form_key) <= _LONGEST_KEY else None
        if account is None:
            raise NotFound(f"there is no form {form_key[:50]!r}")
        return account

    async def submit(self, request: Request, form_key: str) -> Response:
        """Takes a form: 202 for a program, a redirect for a browser's HTML form. Redelivered, it is one lead.

        `Idempotency-Key` (or a hidden field `_idempotency_key`) names the submission; without one, the same words from
        the same place within ten minutes are the same submission.
        """
        settings = FormSettings()  # until the form's own are known
        try:
            account = await self.form(form_key)
            settings = account.settings
            accepted, following = await self._take(request, account)
        except (Rejected, DynarisError) as error:
            return _refusal(settings, error, as_page=wants_page(request))
        if not wants_page(request):
            return JSONResponse(accepted.model_dump(mode="json"), 202)
        return RedirectResponse(following or f"{quote(form_key, safe='')}/thanks", 303)

    async def _take(self, request: Request, account: Form) -> tuple[Taken, str | None]:
        peer = network_of(request.client.host) if request.client else ""
        self._check(request, account, peer)
        call = WebhookRequest(request.method, request.headers, request.query_params, await request.body())
        if len(call.body) > _READ_ASIDE:
            arrival, submission = await asyncio.to_thread(self.channel.arrival, call, account, peer=peer)
        else:
            arrival, submission = self.channel.arrival(call, account, peer=peer)
        accepted = await self.host.accept(account, arrival)
        following = account.settings.next_page(submission.fields.get(NEXT, ""))
        return Taken(event_id=accepted.event_id, duplicate=accepted.duplicate), following

    def _check(self, request: Request, account: Form, peer: str) -> None:
        origin = request.headers.get("origin")
        own = origin is not None and is_of_host(origin, request.headers.get("host"))
        if origin is not None and not own and not account.settings.allows(origin):
            raise Forbidden(f"this form may not be used from {origin[:200]}")
        minutes, settings = WINDOW_SECONDS // 60, account.settings
        limits = [Limit(f"{account.id}", settings.total, f"submissions of a form in {minutes} minutes")]
        if peer:
            what = f"submissions in {minutes} minutes from one network address"
            limits.append(Limit(f"{account.id} {peer}", settings.per_address, what))
        self.pace.check(*limits)

    async def show(self, form_key: str) -> Response:
        """The form itself, to try it."""
        return form_page(await self.form(form_key))

    async def thanks(self, form_key: str) -> Response:
        return thanks_page((await self.form(form_key)).settings)


def _refusal(settings: FormSettings, error: Rejected | DynarisError, *, as_page: bool) -> Response:
    """As a page for people, else as problem+json; both name the fields to mend."""
    if isinstance(error, DynarisError):
        faults, answer = [Fault("", error.detail)], problem_response(error)
    else:
        faults = error.faults if isinstance(error, Unfit) else [Fault("", error.reason)]
        named = [{"field": each.field, "message": each.message} for each in faults if each.field]
        answer = problem(error.status, error.code, error.reason, extra={"errors": named} if named else None)
    if not as_page:
        return answer
    return faults_page(settings, faults, answer.status_code, answer.headers.get("retry-after"))


def wants_page(request: Request) -> bool:
    """A browser that sends an HTML form asks for a page; whatever else sends one reads what comes back."""
    accepted = request.headers.get("accept", "").lower()
    html, json = accepted.find("text/html"), accepted.find("json")
    return html >= 0 and not 0 <= json < html


async def preflight() -> Response:
    """Which pages may really send the form is decided when they do."""
    return Response(status_code=204, headers=_PREFLIGHT)


def form_routes(channel: FormsChannel, host: ChannelHost) -> APIRouter:
    router = APIRouter(prefix="/forms", tags=["forms"], responses=_ANSWERS, route_class=FormRoute)
    api = FormApi(channel, host)
    router.add_api_route("/{form_key}", preflight, methods=["OPTIONS"], include_in_schema=False)
    router.add_api_route(
        "/{form_key}",
        api.submit,
        methods=["POST"],
        status_code=202,
        response_model=Taken,
        openapi_extra=_BODY,
        max_body_size=MOST_BODY,
    )
    router.add_api_route("/{form_key}", api.show, methods=["GET"], include_in_schema=False)
    router.add_api_route("/{form_key}/thanks", api.thanks, methods=["GET"], include_in_schema=False)
    return router
