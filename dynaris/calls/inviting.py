"""Calls from a web page: whoever has the chat open talks to an agent, in a room of the workspace's LiveKit account."""

from typing import Any
from uuid import UUID

from dynaris.channels.contract import Account, Refused, RoomAccess, Roomed, TryLater, Visitor
from dynaris.channels.registry import channels
from dynaris.core.errors import Conflict, Unavailable
from dynaris.pipeline.services import Services


async def invite_call(services: Services, asking: Account[Any], visitor: Visitor) -> RoomAccess:
    """As `ChannelHost.invite_call`; `asking`: the widget's account."""
    carrier, account = await _account(services, asking.workspace_id)
    try:
        return await carrier.invite(account, visitor.model_copy(update={"agent": asking.agent or visitor.agent}))
    except (TryLater, Refused) as error:
        raise Unavailable("calls cannot be taken now; please write, or try again later") from error


async def end_calls(services: Services, asking: Account[Any], key: str) -> None:
    """As `ChannelHost.end_calls`."""
    carrier, account = await _account(services, asking.workspace_id)
    try:
        await carrier.dismiss(account, key)
    except (TryLater, Refused) as error:
        raise Unavailable("the call could not be ended from here; it ends once its page is closed") from error


async def _account(services: Services, workspace_id: UUID) -> tuple[Roomed, Account[Any]]:
    """The workspace's first that can."""
    for name, carrier in channels().items():
        if isinstance(carrier, Roomed):
            for account in await services.accounts.of_workspace(workspace_id, name):
                if carrier.server(account):
                    return carrier, account
    raise Conflict("no account of this workspace takes calls from web pages: connect LiveKit first")
