"""A call goes to a person: at a number outside, who is told what it is about before they have the caller."""

from datetime import timedelta

from dynaris.agents.agent_settings import settings_of
from dynaris.calls import record
from dynaris.calls.calling_back import call_back
from dynaris.calls.ending import end
from dynaris.calls.record import Call
from dynaris.calls.words import words
from dynaris.channels.contract import Carrier, Refused, TransferState, TryLater
from dynaris.channels.registry import channel
from dynaris.conversations.actions import hand_over
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.phone_numbers import is_e164, spaced
from dynaris.notifications.actions import notify
from dynaris.pipeline.answer import route_of
from dynaris.pipeline.decide import AgentAnswers, decide
from dynaris.pipeline.inquiry import Inquiry
from dynaris.pipeline.services import Services


def number_of(target: str | None) -> str | None:
    """Of an agent's `transfer_to`; `None` where that is a team, who answer at their screens."""
    return target if target and is_e164(target) else None


async def transfer(services: Services, call: Call, to: str, *, reason: str, summary: str, language: str) -> str | None:
    """Why it could not even be tried; then the line stays, and somebody calls back."""
    note = words("note", language, number=spaced(call.number or ""), summary=summary or reason)
    await record.transferring(services.db, call, to, reason=reason, note=note)
    return await put_through(services, call, to)


async def put_through(services: Services, call: Call, to: str) -> str | None:
    """As `transfer`, of one that is known to be tried."""
    carrier = channel(call.channel)
    assert isinstance(carrier, Carrier)
    account = await services.accounts.by_id(call.workspace_id, call.account_id)
    try:
        state = await carrier.transfer(account, call.external_id, to)
    except (TryLater, Refused) as error:
        await told_of_transfer(services, call, "failed", error.reason)
        return error.reason
    if state == "done":
        await told_of_transfer(services, call, "talking", None)
    if state:
        await told_of_transfer(services, call, state, None)
    return None


async def told_of_transfer(services: Services, call: Call, state: TransferState, reason: str | None) -> None:
    """What the carrier says of it; saying it again changes nothing."""
    known = call.transfer or (await record.load(services.db, call.workspace_id, call.id)).transfer
    if known is None:
        return
    # Whoever hung up before they pressed a key never had the caller.
    if state == "done" and known["state"] == "dialling":
        state, reason = "failed", "nobody took it"
    async with services.db.transaction(call.workspace_id) as connection:
        if not await record.transferred(connection, call, state, reason):
            return
        if state == "talking":
            await record.member_of_line(connection, call, known["to"])
        elif state == "failed":
            tried = f"The transfer to {spaced(known['to'])} failed: {reason or 'no reason was given'}."
            await _give_to_team(services, connection, call, known["reason"], tried)
    if state == "done":
        await end(services, call, outcome="transferred", reason=f"a person took over at {spaced(known['to'])}")


async def rung_first(services: Services, inquiry: Inquiry) -> str | None:
    """A number that is rung before an agent answers: where a person would answer what is written, and they can be
    rung. A caller cannot wait in a queue."""
    decision = decide(inquiry)
    if isinstance(decision, AgentAnswers) or (route := await route_of(services, inquiry)) is None:
        return None
    voice = settings_of(inquiry.agents, route.agent).voice
    return number_of(voice.transfer_to if voice else None)


async def _give_to_team(services: Services, connection: Connection, call: Call, reason: str, tried: str) -> None:
    """Nobody took it: somebody calls back, and the conversation is the team's."""
    due_at = await call_back(connection, call, f"{reason}\n\n{tried}")
    by = due_at or clock.now() + timedelta(minutes=services.settings.respond_within_minutes)
    await hand_over(
        connection,
        call.workspace_id,
        conversation_id=call.conversation_id,
        respond_by=by,
        because="asked_for_person",
        summary="",
    )
    await notify(
        connection,
        call.workspace_id,
        topic="hand_off",
        cause=f"transfer:{call.id}",
        title=f"A caller was not put through: {spaced(call.number or 'number withheld')}",
        body=f"{reason}\n\n{tried}",
        subject=f"conversation:{call.conversation_id}",
        escalate=True,
    )
