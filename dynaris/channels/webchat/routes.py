"""`/api/chat-widget/…`: what the widget calls, from the pages that may embed it."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.routing import APIRoute
from sse_starlette import EventSourceResponse, ServerSentEvent

from dynaris.channels.contract import Account, ChannelHost, ThreadMessage, Visitor
from dynaris.channels.webchat import identity, links
from dynaris.channels.webchat.adapter import arrival_of, session_key
from dynaris.channels.webchat.appearance import appearance
from dynaris.channels.webchat.pace import Opening
from dynaris.channels.webchat.schemas import (
    Appearance,
    CodeIn,
    ContactIn,
    ContentOut,
    IdentityIn,
    MessageIn,
    MessageOut,
    Messages,
    SessionId,
    Stored,
    TranscriptIn,
    TypingIn,
    Verified,
    VoiceEndIn,
    VoiceIn,
    VoiceStarted,
)
from dynaris.channels.webchat.settings import WidgetSettings
from dynaris.core.errors import Forbidden, NotFound, Unauthenticated
from dynaris.core.http import PROBLEMS, Queued
from dynaris.core.pace import Limit, Pace, network_of
from dynaris.core.streams import PER_NETWORK, PER_SESSION, Streams

Widget = Account[WidgetSettings]

_MOST_BODY = 7_500_000  # 5 MiB of attachments as base64, and the text
_LONGEST_KEY = 200  # no account has a longer address
_PAGE = 100  # messages read at once
_TYPING_A_MINUTE = 40  # of one visitor
_CALLS_A_MINUTE, _CALLS_A_MINUTE_OF_NETWORK = 3, 10  # each is a room, and an agent that listens
_LOOK_SECONDS = 60  # for which a page may go by an older look
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "content-type, x-api-key, last-event-id",
    "Access-Control-Max-Age": "600",
}


async def _widget(request: Request) -> Widget:
    return request.state.widget


CurrentWidget = Annotated[Widget, Depends(_widget)]
"""The widget of the request's key, found by `WidgetApi.known` before."""


async def preflight() -> Response:
    """The key is not sent with a preflight: which pages may really call is decided at the call."""
    return Response(status_code=204, headers=_PREFLIGHT)


class WidgetRoute(APIRoute):
    cross_origin = True  # the asking page may read every answer, errors too


class WidgetApi:
    """The handlers, with what they share: the host and the visitors' pace."""

    def __init__(self, host: ChannelHost) -> None:
        self.host = host
        self.pace = Pace(60)
        self.streams = Streams()
        self.opening = Opening(host)

    async def known(
        self,
        request: Request,
        x_api_key: Annotated[str | None, Header(description="The widget's public key.")] = None,
        api_key: Annotated[str | None, Query(description="The same, for event streams.")] = None,
    ) -> None:
        """Its parameters have no constraints: with a broken one this would not be called, but what builds on it is."""
        key = x_api_key or api_key or ""
        account = await self.host.account("webchat", key) if len(key) <= _LONGEST_KEY else None
        if account is None:
            raise Unauthenticated("X-Api-Key must be the key of a widget")
        origin = request.headers.get("origin")
        if origin is not None and not (may_embed(account, origin) or is_ours(request, origin)):
            raise Forbidden(f"this widget may not be used from {origin}")
        request.state.widget = account

    async def entered(self, account: Widget, request: Request, session_id: str, *, writes: bool = False) -> str:
        """The session's stored key, bound to this widget and web site at its first use."""
        key = session_key(session_id)
        if writes:
            self.pace.check(Limit(key, account.settings.messages_per_minute, "messages a minute"))
            await self.opening.check(account, key, request.client.host if request.client else None)
        # Browsers send no origin with reads on the same site, but one with every write: who writes without is none.
        if not await self.host.bind(account, key, request.headers.get("origin", "" if writes else None)):
            raise Forbidden("this session belongs to another widget or web site")
        return key

    async def message(self, request: Request, account: CurrentWidget, body: MessageIn) -> Stored:
        """Stores a visitor's message; the answer comes by stream or polling."""
        await self.entered(account, request, body.session_id, writes=True)
        accepted = await self.host.accept(account, arrival_of(body, await request.body()))
        return Stored(event_id=accepted.event_id, duplicate=accepted.duplicate)

    async def messages(
        self,
        request: Request,
        account: CurrentWidget,
        session_id: Annotated[SessionId, Query()],
        after: Annotated[UUID | None, Query(description="The id of the last message seen.")] = None,
    ) -> Messages:
        """The conversation so far, oldest first, at most 100 messages: go on with `after`."""
        key = await self.entered(account, request, session_id)
        found = await self.host.thread(account, key, after, _PAGE)
        return Messages(messages=[shown(self.host, account, key, each) for each in found])

    async def stream(
        self,
        *,
        request: Request,
        account: CurrentWidget,
        session_id: Annotated[SessionId, Query()],
        last_event_id: Annotated[UUID | None, Header()] = None,
        after: UUID | None = None,
    ) -> EventSourceResponse:
        """New replies as they are stored, and typing; catches up from `Last-Event-ID` or `after`."""
        key = await self.entered(account, request, session_id)
        network = network_of(request.client.host) if request.client else ""
        limits = (
            Limit(f"session {key}", PER_SESSION, "live streams for a session"),
            Limit(f"network {network}", PER_NETWORK, "live streams for one network"),
        )
        self.streams.check(*limits)
        events = live_events(self.host, account, key, last_event_id or after)
        return EventSourceResponse(self._held(events, limits), ping=20)

    async def _held(
        self, events: AsyncGenerator[ServerSentEvent], limits: tuple[Limit, ...]
    ) -> AsyncGenerator[ServerSentEvent]:
        with self.streams.held(*limits) as fits:
            if not fits:
                return
            async with contextlib.aclosing(events):
                async for event in events:
                    yield event

    async def contact(self, request: Request, account: CurrentWidget, body: ContactIn) -> None:
        """Who the visitor says they are; an e-mail address is sent a code to prove it."""
        key = await self.entered(account, request, body.session_id, writes=True)
        given = body.model_dump(exclude={"session_id"}, exclude_none=True)
        await self.host.save_contact(account, key, {name: value for name, value in given.items() if value.strip()})

    async def verify(self, request: Request, account: CurrentWidget, body: CodeIn) -> Verified:
        """Proves an address with the code that was sent to it: 10 minutes, 5 tries."""
        key = await self.entered(account, request, body.session_id, writes=True)
        result = await self.host.verify(account, key, body.code.strip())
        return Verified(verified=result.verified, reason=result.reason)

    async def config(
        self,
        account: CurrentWidget,
        response: Response,
        lang: Annotated[str, Query(max_length=200, description="Languages wanted, best first: `de-AT,de`.")] = "",
    ) -> Appearance:
        """What the widget looks like and says."""
        response.headers["Cache-Control"] = f"public, max-age={_LOOK_SECONDS}"
        return appearance(account, lang, *await self.host.standing(account))

    async def identify(self, request: Request, account: CurrentWidget, body: IdentityIn) -> Verified:
        """The site vouches for its signed-in visitor: 403 where the hash is wrong or the widget has no secret, 409
        where the chat is somebody else's already. Nothing is kept then."""
        identity.check(account.settings, body)
        key = await self.entered(account, request, body.session_id, writes=True)
        await self.host.vouch(account, key, email=body.email, name=body.name, user_id=body.user_id)
        return Verified(verified=True)

    async def typing(self, request: Request, account: CurrentWidget, body: TypingIn) -> None:
        """The visitor writes: shown to the team for a moment."""
        key = await self.entered(account, request, body.session_id)
        self.pace.check(Limit(f"typing {key}", _TYPING_A_MINUTE, "times a minute"))
        await self.host.typing(account, key)

    async def start_voice(self, request: Request, account: CurrentWidget, body: VoiceIn) -> VoiceStarted:
        """A call from the page: the room is the call once the visitor has joined it. 409 where the workspace has no
        LiveKit account."""
        key = await self.entered(account, request, body.session_id, writes=True)
        network = network_of(request.client.host) if request.client else ""
        self.pace.check(
            Limit(f"calls {key}", _CALLS_A_MINUTE, "calls a minute"),
            Limit(f"calls from {network}", _CALLS_A_MINUTE_OF_NETWORK, "calls a minute from one network"),
        )
        visitor = Visitor(key=key, name=body.participant_name, minutes=body.session_duration_minutes)
        access = await self.host.invite_call(account, visitor)
        return VoiceStarted(session_id=body.session_id, **access.model_dump())

    async def end_voice(self, request: Request, account: CurrentWidget, body: VoiceEndIn) -> None:
        """Ends the visitor's own calls; without one it does nothing."""
        key = await self.entered(account, request, body.session_id, writes=True)
        await self.host.end_calls(account, key)

    async def attachment(
        self,
        account: CurrentWidget,
        attachment_id: UUID,
        thread: Annotated[str, Query(max_length=64)],
        until: Annotated[int, Query(ge=0, le=2**53)],
        signature: Annotated[str, Query(max_length=200)],
    ) -> Response:
        """A file of the chat, by the link that came with its message."""
        links.check(self.host, account, thread, attachment_id, until=until, signature=signature)
        response = await self.host.file(account, thread, attachment_id)
        if response is None:
            raise NotFound("this file is gone")
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # shown on the site's pages
        response.headers["Cache-Control"] = "private, max-age=3600"
        return response

    async def transcript(self, request: Request, account: CurrentWidget, body: TranscriptIn) -> Queued:
        """Mails the conversation to an address that was confirmed in it; any other is sent a code first (409)."""
        key = await self.entered(account, request, body.session_id, writes=True)
        await self.host.transcript(account, key, body.email.strip())
        return Queued()


def widget_routes(host: ChannelHost) -> APIRouter:
    router = APIRouter(prefix="/api/chat-widget", tags=["chat-widget"], responses=PROBLEMS, route_class=WidgetRoute)
    api = WidgetApi(host)
    known = [Depends(api.known)]
    router.add_api_route("/{path:path}", preflight, methods=["OPTIONS"], include_in_schema=False)
    router.add_api_route(
        "/message", api.message, methods=["POST"], status_code=202, dependencies=known, max_body_size=_MOST_BODY
    )
    router.add_api_route("/messages", api.messages, methods=["GET"], dependencies=known)
    router.add_api_route("/sse", api.stream, methods=["GET"], response_class=EventSourceResponse, dependencies=known)
    router.add_api_route("/config", api.config, methods=["GET"], dependencies=known)
    router.add_api_route("/identify", api.identify, methods=["POST"], dependencies=known)
    router.add_api_route("/typing", api.typing, methods=["POST"], status_code=204, dependencies=known)
    router.add_api_route("/voice/start", api.start_voice, methods=["POST"], dependencies=known)
    router.add_api_route("/voice/close", api.end_voice, methods=["POST"], status_code=204, dependencies=known)
    router.add_api_route(
        "/attachments/{attachment_id}",
        api.attachment,
        methods=["GET"],
        response_class=Response,
        responses={200: {"content": {"application/octet-stream": {}}, "description": "The file, to be kept."}},
        dependencies=known,
    )
    router.add_api_route("/contact", api.contact, methods=["POST"], status_code=204, dependencies=known)
    router.add_api_route("/verify", api.verify, methods=["POST"], dependencies=known)
    router.add_api_route("/transcript", api.transcript, methods=["POST"], status_code=202, dependencies=known)
    return router


def is_ours(request: Request, origin: str) -> bool:
    """A page of this server: there whoever sets a widget up tries it."""
    return origin.partition("://")[2] == request.headers.get("host")


def may_embed(account: Widget, origin: str) -> bool:
    allowed = account.settings.origins
    return "*" in allowed or origin.rstrip("/") in {each.rstrip("/") for each in allowed}


def shown(host: ChannelHost, account: Widget, key: str, message: ThreadMessage) -> MessageOut:
    files = links.with_links(host, account, key, message.attachments)
    plain = message.model_dump(exclude={"text", "attachments", "external_id"})
    own = (message.external_id or "").partition(":")[2] if message.direction == "inbound" else ""
    return MessageOut(**plain, message_id=own or None, attachments=files, content=ContentOut(body=message.text))


async def live_events(
    host: ChannelHost, account: Widget, key: str, after: UUID | None
) -> AsyncGenerator[ServerSentEvent]:
    """Subscribes first and reads then, so that nothing falls between."""
    live = host.subscribe(account, key)
    waiting = asyncio.ensure_future(anext(live))
    await asyncio.sleep(0)  # the subscription starts with its first step
    try:
        wanted = after is not None  # without a place to go on from, what is stored already is not news
        while True:
            async for message in _stored(host, account, key, after):
                after = message.id
                if wanted and message.direction == "outbound":
                    data = {"message": shown(host, account, key, message).model_dump(mode="json")}
                    yield _event("chat_new_message", data, str(message.id))
            wanted = True
            while (await waiting).type == "typing":
                waiting = asyncio.ensure_future(anext(live))
                yield _event("chat_typing", {})
            waiting = asyncio.ensure_future(anext(live))
    finally:
        waiting.cancel()


async def _stored(host: ChannelHost, account: Widget, key: str, after: UUID | None) -> AsyncIterator[ThreadMessage]:
    """Every message after `after`, however many there are."""
    while True:
        found = await host.thread(account, key, after, _PAGE)
        for message in found:
            yield message
        if len(found) < _PAGE:
            return
        after = found[-1].id


def _event(kind: str, data: dict[str, Any], event_id: str | None = None) -> ServerSentEvent:
    """Unnamed, so that `EventSource.onmessage` gets it."""
    return ServerSentEvent(data=orjson.dumps({"type": kind, "data": data}).decode(), id=event_id)
