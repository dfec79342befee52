"""The tools that agents have from the start; each package offers its own, here they get their effect."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel, Field

from dynaris.agents import contact_tools as contacts
from dynaris.agents import memory_tools as memory
from dynaris.agents import scheduling_tools as scheduling
from dynaris.agents import template_tools as templates
from dynaris.agents.tool import Tool, ToolContext, only_this_contact
from dynaris.agents.turn import Effect
from dynaris.agents.web.tool import fetch_page
from dynaris.conversations import tools as conversations
from dynaris.conversations.calls_wanted import want_call
from dynaris.conversations.naming import with_whom
from dynaris.core.db import Connection
from dynaris.knowledge import tools as knowledge
from dynaris.notifications.actions import notify
from dynaris.workspaces.teammates import find_member


class NotifyTeammate(BaseModel):
    """Tell a teammate something that they should know now. Use `escalate` instead when they must take over."""

    text: str = Field(min_length=1, max_length=2_000)
    teammate: str | None = Field(default=None, description="Name or e-mail; owner and admins if left out.")


class PlaceCall(BaseModel):
    """Call this contact by telephone, where they asked for a call or it was agreed. It rings within seconds."""

    purpose: str = Field(min_length=3, max_length=300, description="What it is about, as one says it on the telephone.")


async def _search_knowledge(connection: Connection, context: ToolContext, arguments: Any) -> Any:
    return await knowledge.search_knowledge(connection, context.workspace_id, arguments)


async def _look_up_contact(connection: Connection, context: ToolContext, arguments: Any) -> Any:
    return await contacts.look_up_contact(
        connection,
        context.workspace_id,
        arguments,
        contact_id=context.contact_id,
        conversation_id=context.conversation_id,
        may_disclose=context.may_disclose,
        provable=context.provable,
    )


async def _update_contact(connection: Connection, context: ToolContext, arguments: Any) -> Any:
    return await contacts.update_contact(
        connection, context.workspace_id, arguments, contact_id=context.contact_id, may_overwrite=context.may_disclose
    )


async def _remember(connection: Connection, context: ToolContext, arguments: Any) -> Any:
    return await memory.keep(
        connection,
        context.workspace_id,
        arguments,
        contact_id=context.contact_id,
        conversation_id=context.conversation_id,
        event_id=context.event_id,
        run_id=context.run_id,
        agent=context.agent,
        key=context.idempotency_key,
    )


async def _look_up_timeline(connection: Connection, context: ToolContext, arguments: Any) -> Any:
    return await conversations.look_up_timeline(
        connection,
        context.workspace_id,
        arguments,
        contact_id=context.contact_id,
        conversation_id=context.conversation_id,
        may_disclose=context.may_disclose,
    )


async def _add_note(connection: Connection, context: ToolContext, arguments: Any) -> Any:
    return await conversations.add_note(
        connection,
        context.workspace_id,
        arguments,
        conversation_id=context.conversation_id,
        run_id=context.run_id,
        key=context.idempotency_key,
    )


async def _create_task(connection: Connection, context: ToolContext, arguments: Any) -> Any:
    return await conversations.create_task(
        connection,
        context.workspace_id,
        arguments,
        contact_id=context.contact_id,
        conversation_id=context.conversation_id,
        run_id=context.run_id,
        agent=context.agent,
        key=context.idempotency_key,
    )


async def _send_email(connection: Connection, context: ToolContext, arguments: Any) -> Any:
    return await conversations.send_email(
        connection,
        context.workspace_id,
        arguments,
        contact_id=context.contact_id,
        run_id=context.run_id,
        key=context.idempotency_key,
    )


async def _place_call(connection: Connection, context: ToolContext, arguments: PlaceCall) -> Any:
    await want_call(
        connection,
        context.workspace_id,
        contact_id=context.contact_id,
        purpose=arguments.purpose,
        by=f"agent:{context.agent}",
        key=f"tool:{context.idempotency_key}",
    )
    return {"status": "it rings in a moment"}


async def _look_up_templates(connection: Connection, context: ToolContext, arguments: Any) -> Any:
    return await templates.look_up_templates(connection, context.workspace_id, arguments, contact_id=context.contact_id)


async def _send_template(connection: Connection, context: ToolContext, arguments: Any) -> Any:
    return await templates.send_template(
        connection,
        context.workspace_id,
        arguments,
        contact_id=context.contact_id,
        run_id=context.run_id,
        key=context.idempotency_key,
    )


async def _notify_teammate(connection: Connection, context: ToolContext, arguments: NotifyTeammate) -> Any:
    member = None
    if arguments.teammate:
        member = await find_member(connection, context.workspace_id, arguments.teammate)
    whom = await with_whom(connection, context.workspace_id, context.conversation_id)
    async with connection.transaction():
        await notify(
            connection,
            context.workspace_id,
            topic="note",
            cause=f"tool:{context.idempotency_key}",
            title=f"A note from the {context.agent} agent about {whom}",
            body=arguments.text,
            subject=f"conversation:{context.conversation_id}",
            member_id=member["id"] if member else None,
        )
    return {"told": member["name"] if member else "owner and admins"}


async def _held(context: ToolContext, arguments: Any, _before: Mapping[str, Any]) -> dict[str, Any]:
    async with context.db.workspace(context.workspace_id) as connection:
        return await scheduling.as_if_held(connection, context, arguments)


async def _confirmed(_context: ToolContext, _arguments: Any, before: Mapping[str, Any]) -> dict[str, Any]:
    return {**(before.get("hold_slot") or {}), "confirmed": True, "status": "confirmed"}


_AS_IF = {"hold_slot": _held, "confirm_booking": _confirmed}

_Offer = tuple[str, Effect, type[BaseModel], Callable[[Connection, ToolContext, Any], Awaitable[Any]]]

_OFFERS: tuple[_Offer, ...] = (
    ("search_knowledge", "read", knowledge.SearchKnowledge, _search_knowledge),
    ("look_up_contact", "read", contacts.LookUpContact, _look_up_contact),
    ("update_contact", "write", contacts.UpdateContact, _update_contact),
    ("remember", "write", memory.Remember, _remember),
    ("look_up_timeline", "read", conversations.LookUpTimeline, _look_up_timeline),
    ("add_note", "write", conversations.AddNote, _add_note),
    ("create_task", "write", conversations.CreateTask, _create_task),
    ("send_email", "send", conversations.SendEmail, _send_email),
    ("place_call", "send", PlaceCall, _place_call),
    ("look_up_templates", "read", templates.LookUpTemplates, _look_up_templates),
    ("send_template", "send", templates.SendTemplate, _send_template),
    ("notify_teammate", "write", NotifyTeammate, _notify_teammate),
    ("find_slots", "read", scheduling.FindSlots, scheduling.find_slots),
    ("hold_slot", "write", scheduling.HoldSlot, scheduling.hold_slot),
    ("confirm_booking", "write", scheduling.ConfirmBooking, scheduling.confirm_booking),
    ("list_bookings", "read", scheduling.ListBookings, scheduling.list_bookings),
    ("move_booking", "write", scheduling.MoveBooking, scheduling.move_booking),
    ("cancel_booking", "write", scheduling.CancelBooking, scheduling.cancel_booking),
)


@cache
def built_in_tools() -> dict[str, Tool]:
    tools = [_tool(name, effect, arguments, act) for name, effect, arguments, act in _OFFERS]
    return {tool.name: tool for tool in (*tools, fetch_page())}


def _tool(
    name: str,
    effect: Effect,
    arguments: type[BaseModel],
    act: Callable[[Connection, ToolContext, Any], Awaitable[Any]],
) -> Tool:
    async def run(context: ToolContext, given: Any) -> Any:
        async with context.db.workspace(context.workspace_id) as connection:
            return await act(connection, context, given)

    return Tool(
        name=name,
        as_if=_AS_IF.get(name),
        description=(arguments.__doc__ or "").strip(),
        effect=effect,
        arguments=arguments,
        run=run,
        about=only_this_contact,  # each is handed the conversation's contact, and none takes another
        destructive=False,
        recipients=_REACHES.get(arguments),
        says=_SAYS.get(arguments),
    )


def _words_of_mail(arguments: conversations.SendEmail) -> tuple[str, str]:
    return arguments.subject, arguments.text


def _purpose_of(arguments: PlaceCall) -> tuple[str, ...]:
    return (arguments.purpose,)


# Of those that send: whom a call reaches besides the contact, and what it carries out of the house.
_REACHES: Mapping[type[BaseModel], Callable[[Any], Sequence[str]]] = {
    conversations.SendEmail: conversations.recipients_of,
    templates.SendTemplate: templates.recipients_of,
    PlaceCall: lambda _: (),  # the contact alone
}
_SAYS: Mapping[type[BaseModel], Callable[[Any], Sequence[str]]] = {
    PlaceCall: _purpose_of,
    conversations.SendEmail: _words_of_mail,
    templates.SendTemplate: templates.words_of,
}
