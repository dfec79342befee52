"""`POST /livekit/webhook`: LiveKit says who joined and left the rooms of calls, and which ended."""

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from dynaris.channels.contract import Account, ChannelHost, WebhookRequest
from dynaris.channels.voice_livekit.calls import Calls
from dynaris.channels.voice_livekit.paths import WEBHOOK
from dynaris.channels.voice_livekit.settings import LiveKitVoiceSettings
from dynaris.core.http import PROBLEMS

if TYPE_CHECKING:
    from dynaris.channels.voice_livekit.adapter import LiveKitVoiceChannel


FOLLOWED = ("participant_joined", "participant_left", "participant_connection_aborted", "room_finished")


def call_routes(channel: "LiveKitVoiceChannel", host: ChannelHost) -> APIRouter:
    router = APIRouter(tags=["calls"], responses=PROBLEMS)

    @router.post(WEBHOOK, summary="Something happened in a room", status_code=204, response_class=Response)
    async def webhook(request: Request) -> None:
        """Stored before LiveKit gets its answer; told again, nothing happens a second time. What is no call of ours
        is left alone."""
        sent = WebhookRequest(request.method, request.headers, dict(request.query_params), await request.body())
        accounts: list[Account[LiveKitVoiceSettings]] = await host.accounts(channel.name)
        numbers, event = channel.of_webhook(sent, accounts)
        if event.kind == "participant_joined" and event.participant and event.participant.is_caller:
            for number in numbers[:1]:
                await Calls(channel, host, number).taken_in(event, sent.body)
        elif event.kind in FOLLOWED:
            for number in numbers:
                await Calls(channel, host, number).told(event)

    return router
