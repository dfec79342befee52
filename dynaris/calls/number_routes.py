"""HTTP of telephone numbers at a carrier: connect one, say which agent answers it, give it back."""

from typing import Annotated, Any
from uuid import UUID

import structlog
from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from dynaris.channels.contract import Account, Carrier, Numbered, Refused, TryLater
from dynaris.channels.registry import channels
from dynaris.connections import actions, limits, queries
from dynaris.core.errors import InvalidInput, NotFound, Unavailable
from dynaris.core.http import PROBLEMS, Db
from dynaris.core.ids import new_id
from dynaris.workspaces.access import Access, AdminAccess, CurrentAccess

log = structlog.get_logger()

router = APIRouter(prefix="/api/voice/{carrier}", tags=["calls"], responses=PROBLEMS)

CarrierName = Annotated[str, Path(max_length=40, description="`twilio`: its channel is `voice_twilio`.")]


class VoiceNumber(BaseModel):
    account_id: UUID
    number: str
    agent: str | None = Field(description="Who answers; null: whom the supervisor chooses.")
    enabled: bool
    error: str | None = Field(description="Why it cannot be used now.")


class VoiceAccount(BaseModel):
    """What is connected of a carrier."""

    carrier: str
    connected: bool
    numbers: list[VoiceNumber]


class NumberWanted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    settings: dict[str, Any] = Field(description="Those of an account on the carrier's channel: its credentials.")
    number: str | None = Field(
        default=None, max_length=20, description="E.164. May be left out where the carrier's account has one alone."
    )
    agent: str | None = Field(default=None, max_length=100, description="Who answers it.")


class Named(BaseModel):
    model_config = ConfigDict(extra="forbid")

    number: str = Field(max_length=20, description="E.164, one that is connected.")


class Assigned(Named):
    agent: str = Field(min_length=1, max_length=100, description="By its name or its id.")


@router.get("/account", summary="Numbers of a carrier that are connected, and who answers them")
async def get_voice_account(access: CurrentAccess, db: Db, carrier: CarrierName) -> VoiceAccount:
    return await _shown(db, access, carrier)


@router.post("/connect", status_code=201, summary="Connect a number, and lead its calls here")
async def connect_number(
    access: AdminAccess, db: Db, request: Request, carrier: CarrierName, body: NumberWanted
) -> VoiceAccount:
    """Asks the carrier which numbers the credentials have, and enters where their calls are told to: nothing is left to
    do in its console."""
    name = _channel(carrier)
    agent = await _agent(request, db, access, body.agent)
    actions.refuse_private_servers(name, body.settings)
    await limits.count_check(db, access.workspace_id)
    settings = actions.checked_settings(name, body.settings)
    number = await _number(name, Account(new_id(), access.workspace_id, name, "", settings), body.number)
    async with db.transaction(access.workspace_id) as connection:
        account_id = await actions.add_account(
            connection,
            access.workspace_id,
            _known(request).vault,
            channel=name,
            address=number,
            settings=body.settings,
            agent=agent,
            by=access.actor,
        )
        # Committed only if the carrier agrees.
        await _lead(Account(account_id, access.workspace_id, name, number, settings), here=True)
    _known(request).forget()
    return await _shown(db, access, carrier)


@router.post("/disconnect", summary="Give a number back: its calls are not told here any more")
async def disconnect_number(
    access: AdminAccess, db: Db, request: Request, carrier: CarrierName, body: Named
) -> VoiceAccount:
    """Its conversations and calls stay. It is disconnected here also where the carrier cannot be reached."""
    account_id = await _connected(db, access, carrier, body.number)
    account = await queries.by_id(db, _known(request).vault, access.workspace_id, account_id)
    async with db.transaction(access.workspace_id) as connection:
        await actions.remove_account(connection, access.workspace_id, account_id=account_id, by=access.actor)
    _known(request).forget()
    try:
        await _lead(account, here=False)
    except (Unavailable, InvalidInput) as error:
        log.warning("voice.still_led_here", number=body.number, why=error.detail)
    return await _shown(db, access, carrier)


@router.post("/assign", summary="Say which agent answers a number")
async def assign_number(
    access: AdminAccess, db: Db, request: Request, carrier: CarrierName, body: Assigned
) -> VoiceAccount:
    """For all hours; who answers at some hours alone is said by the account's mappings, which come first."""
    agent = await _agent(request, db, access, body.agent)
    return await _assign(request, access, carrier, body.number, agent)


@router.post("/unassign", summary="Let the supervisor choose who answers a number")
async def unassign_number(access: AdminAccess, request: Request, carrier: CarrierName, body: Named) -> VoiceAccount:
    return await _assign(request, access, carrier, body.number, None)


async def _assign(request: Request, access: Access, carrier: str, number: str, agent: str | None) -> VoiceAccount:
    db = request.app.state.db
    account_id = await _connected(db, access, carrier, number)
    async with db.transaction(access.workspace_id) as connection:
        await actions.change_account(
            connection,
            access.workspace_id,
            _known(request).vault,
            account_id=account_id,
            changes={"agent": agent},
            by=access.actor,
        )
    _known(request).forget()
    return await _shown(db, access, carrier)


def _channel(carrier: str) -> str:
    """Its name. Raises `NotFound`."""
    name = f"voice_{carrier}"
    known = [each for each, one in channels().items() if isinstance(one, Carrier) and isinstance(one, Numbered)]
    if name not in known:
        there = ", ".join(sorted(each.removeprefix("voice_") for each in known))
        raise NotFound(f"there is no carrier {carrier[:40]!r} whose numbers are connected here; there are {there}")
    return name


async def _number(name: str, account: Account[Any], wanted: str | None) -> str:
    """Of those that the credentials have. Raises `InvalidInput`."""
    carrier = channels()[name]
    assert isinstance(carrier, Numbered)
    try:
        there = [each.number for each in await carrier.numbers(account)]
    except (TryLater, Refused) as error:
        raise _said(error) from error
    if wanted is None and len(there) == 1:
        return there[0]
    if wanted not in there:
        listed = ", ".join(there[:20]) or "none that takes calls"
        found = f"{wanted[:20]} is no number of this account" if wanted else "say which number is connected"
        errors = [{"field": "number", "message": f"the account has {listed}"}]
        raise InvalidInput(f"{found}; it has {listed}", errors=errors)
    return wanted


async def _lead(account: Account[Any], *, here: bool) -> None:
    carrier = channels()[account.channel]
    assert isinstance(carrier, Numbered)
    try:
        await carrier.lead(account, here=here)
    except (TryLater, Refused) as error:
        raise _said(error) from error


def _said(error: TryLater | Refused) -> Unavailable | InvalidInput:
    return Unavailable(error.reason) if isinstance(error, TryLater) else InvalidInput(error.reason)


async def _connected(db: Db, access: Access, carrier: str, number: str) -> UUID:
    shown = await _shown(db, access, carrier)
    for each in shown.numbers:
        if each.number == number:
            return each.account_id
    raise NotFound(f"{number[:20]} is not connected")


async def _shown(db: Db, access: Access, carrier: str) -> VoiceAccount:
    name = _channel(carrier)
    async with db.workspace(access.workspace_id) as connection:
        cursor = await connection.execute(
            """SELECT id AS account_id, address AS number, agent, enabled, coalesce(error, send_error) AS error
               FROM account WHERE workspace_id = %s AND channel = %s AND removed_at IS NULL ORDER BY id""",
            (access.workspace_id, name),
        )
        numbers = [VoiceNumber(**row) for row in await cursor.fetchall()]
    return VoiceAccount(carrier=carrier, connected=bool(numbers), numbers=numbers)


async def _agent(request: Request, db: Db, access: Access, given: str | None) -> str | None:
    if given is None:
        return None
    try:
        async with db.workspace(access.workspace_id) as connection:
            return await request.app.state.check_agent(connection, access.workspace_id, given)
    except ValueError as error:
        raise InvalidInput(f"agent: {error}", errors=[{"field": "agent", "message": str(error)}]) from error


def _known(request: Request) -> queries.Accounts:
    return request.app.state.services.accounts
