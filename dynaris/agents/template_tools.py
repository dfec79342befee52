"""What an agent may do with templates: see which there are, and write to a contact first with one."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from dynaris.contacts.template_facts import facts_for, wants_marketing
from dynaris.conversations.ways import Way, ways_to_write
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, InvalidInput
from dynaris.core.ids import new_id
from dynaris.outbox.actions import enqueue
from dynaris.templates import queries
from dynaris.templates.filling import Filled, fill, values_from


class LookUpTemplates(BaseModel):
    """See the approved templates that this contact can be sent (WhatsApp), with their gaps and what each is for."""


class SendTemplate(BaseModel):
    """Write to this contact on WhatsApp with an approved template, besides the answer in this conversation: when they
    asked to be told there. Look up the templates first. An answer on WhatsApp itself needs no tool."""

    template: str = Field(min_length=1, max_length=512, description="Its name.")
    language: str | None = Field(default=None, max_length=20, description="As the template has it, such as en_US.")
    values: dict[str, str] = Field(
        default_factory=dict, max_length=50, description="By gap, as looked up; what is left out is filled if known."
    )
    to: str | None = Field(
        default=None, max_length=40, description="A number that they gave and nobody proved, after `update_contact`."
    )


_SENT = "SELECT recipient FROM outbox WHERE workspace_id = %(ws)s AND dedupe_key = %(key)s"
_HERE = """SELECT id, holder FROM conversation WHERE workspace_id = %(ws)s AND contact_id = %(contact)s
      AND account_id = %(account)s AND status <> 'closed' ORDER BY last_message_at DESC LIMIT 1 FOR NO KEY UPDATE"""
_OPEN = """INSERT INTO conversation (workspace_id, id, contact_id, channel, account_id, reply_to, identity, proved)
    VALUES (%(ws)s, %(conversation)s, %(contact)s, %(channel)s, %(account)s, %(to)s, %(identity)s, %(proved)s)"""
_SAY = """INSERT INTO message (workspace_id, id, conversation_id, contact_id, run_id, direction, author, text, delivery)
    VALUES (%(ws)s, %(message)s, %(conversation)s, %(contact)s, %(run)s, 'outbound', 'agent', %(text)s, 'queued')"""


async def look_up_templates(
    connection: Connection, workspace_id: UUID, _arguments: LookUpTemplates, *, contact_id: UUID
) -> list[dict[str, Any]]:
    way = (await _ways(connection, workspace_id, contact_id))[0]
    facts, about = await facts_for(connection, workspace_id, contact_id=contact_id, member_id=None)
    return [
        {
            "template": row["name"],
            "language": row["language"],
            "for": row["purpose"],
            "text": row["body"],
            "gaps": {gap["name"]: gap.get("example") or gap["kind"] for gap in row["variables"]},
            "filled_by_itself": sorted(values_from(row, facts)),
        }
        for row in await queries.templates(
            connection, workspace_id, account_id=way.account_id, status="approved", for_agents=True
        )
        if row["category"] == "utility" or (row["category"] == "marketing" and _marketed(about, way))
    ]


async def send_template(
    connection: Connection, workspace_id: UUID, arguments: SendTemplate, *, contact_id: UUID, run_id: UUID, key: str
) -> dict[str, str]:
    """Queues it, once per `key`, in the contact's conversation there, or in a new one. One transaction."""
    async with connection.transaction():
        names = {"ws": workspace_id, "contact": contact_id, "key": f"tool:{key}", "run": run_id}
        if sent := await (await connection.execute(_SENT, names)).fetchone():
            return {"status": "queued", "to": sent["recipient"]}
        way = _chosen(await _ways(connection, workspace_id, contact_id), arguments.to)
        filled = await _filled(connection, workspace_id, arguments, way, contact_id)
        names |= {"account": way.account_id, "channel": way.channel, "to": way.address, "message": new_id()}
        names |= {"text": filled.text, "conversation": await _conversation(connection, names, way)}
        await connection.execute(_SAY, names)
        await enqueue(
            connection,
            workspace_id,
            audience="contact",
            channel=way.channel,
            account_id=way.account_id,
            recipient=way.address or "",
            content={"text": filled.text, "template": filled.use.model_dump()},
            dedupe_key=names["key"],
            contact_id=contact_id,
            conversation_id=names["conversation"],
            message_id=names["message"],
            run_id=run_id,
        )
    return {"status": "queued", "to": way.address or "", "says": filled.text}


async def _ways(connection: Connection, workspace_id: UUID, contact_id: UUID) -> list[Way]:
    """Where they can be sent templates, whoever proved the number. Raises `InvalidInput`, for the agent to read."""
    ways = await ways_to_write(connection, workspace_id, contact_id)
    if found := [way for way in ways if way.templates and way.address]:
        return found
    raise InvalidInput(
        "there is no number of this contact that an account of the business can write to first: ask for it, and keep "
        "it with `update_contact`"
    )


def _chosen(ways: list[Way], to: str | None) -> Way:
    """Their own number, or one that they only say is theirs, where that is named."""
    fitting = [way for way in ways if (_digits(way.address or "") == _digits(to) if to else not way.claimed)]
    if way := next((way for way in fitting if not way.blocked), None):
        return way
    if fitting:
        raise Conflict(f"nothing may be sent there: {fitting[0].blocked}")
    if to:
        raise InvalidInput(f"{to} is no number of this contact: keep it with `update_contact` first")
    raise InvalidInput("their number is not proved to be theirs: name it in `to`, and a person will have to agree")


def _digits(number: str) -> str:
    return "".join(filter(str.isdigit, number))


def _marketed(about: dict[str, Any], way: Way) -> bool:
    return wants_marketing(about["blocked_channels"], way.channel)


async def _filled(
    connection: Connection, workspace_id: UUID, arguments: SendTemplate, way: Way, contact_id: UUID
) -> Filled:
    row = await queries.named_template(
        connection, workspace_id, account_id=way.account_id, name=arguments.template, language=arguments.language
    )
    if not row["for_agents"]:
        raise Conflict(f"the template {row['name']} is for people to send, not for agents")
    facts, about = await facts_for(connection, workspace_id, contact_id=contact_id, member_id=None)
    if row["category"] == "marketing" and not _marketed(about, way):
        raise Conflict("the contact wants no marketing there: this template is marketing")
    return fill(row, {**values_from(row, facts), **arguments.values})


async def _conversation(connection: Connection, names: dict[str, Any], way: Way) -> UUID:
    """What they have there goes on, unless a person has it."""
    here = await (await connection.execute(_HERE, names)).fetchone()
    if here and here["holder"] != "agent":
        raise Conflict("a teammate has their conversation there: leave a note, or tell the teammate")
    if here:
        return here["id"]
    names = {
        **names,
        "conversation": new_id(),
        "identity": "verified" if way.verified else "claimed",
        "proved": [f"{way.kind}:{way.address}"] if way.verified else [],
    }
    await connection.execute(_OPEN, names)
    return names["conversation"]


def recipients_of(arguments: SendTemplate) -> list[str]:
    """Whom it reaches besides the contact's own number."""
    return [f"+{_digits(arguments.to)}"] if arguments.to else []


def words_of(arguments: SendTemplate) -> tuple[str, ...]:
    """What a call carries out of the house besides the template's own words."""
    return tuple(arguments.values.values())
