"""What an agent may do with the contact it talks to: look it up and keep what it says of itself."""

from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic import BaseModel, Field

from dynaris.channels.contract import AddressKind
from dynaris.contacts.claims import claim_address
from dynaris.contacts.names import readable_name
from dynaris.core.db import Connection

_BY_CODE = (
    "Offer it: ask for their e-mail address and keep it with `update_contact`. A six-digit code is mailed there by "
    "itself; when they have typed it in this conversation they are proven, and you can look again."
)
_NOT_HERE = "Not in this conversation: tell nothing private; what they need of it goes to a person with `escalate`."


class LookUpContact(BaseModel):
    """Read what is known about this contact: name, status, addresses, tags, fields, open tasks."""


class UpdateContact(BaseModel):
    """Keep what the contact said of themselves in this conversation. Leave out what was not said."""

    name: str | None = Field(default=None, max_length=200)
    email: str | None = Field(default=None, max_length=320)
    phone: str | None = Field(default=None, max_length=40, description="With country code.")
    language: str | None = Field(default=None, pattern="^[a-z]{2}$", description="ISO 639-1")
    fields: dict[str, str] = Field(default_factory=dict, description="Anything else worth keeping, by name.")


async def look_up_contact(
    connection: Connection,
    workspace_id: UUID,
    _arguments: LookUpContact,
    *,
    contact_id: UUID,
    conversation_id: UUID,
    may_disclose: bool,
    provable: bool = False,
) -> dict[str, Any]:
    """Without `may_disclose` only what this conversation itself shows, and how they can prove who they are."""
    if not may_disclose:
        return {
            "identity": "not proven",
            "known": "only what was said in this conversation",
            "how_to_prove": _BY_CODE if provable else _NOT_HERE,
        }
    cursor = await connection.execute(
        """SELECT c.name, c.status, c.language, c.timezone, c.tags, c.fields,
               (SELECT coalesce(jsonb_agg(jsonb_build_object('kind', a.kind, 'value', coalesce(a.display, a.value),
                                'verified', a.verified_at IS NOT NULL)), '[]')
                FROM address a WHERE a.workspace_id = %(ws)s AND a.contact_id = c.id
                  AND a.kind || ':' || a.value = ANY(here.proved)) AS addresses,
               (SELECT coalesce(jsonb_agg(jsonb_build_object('title', t.title, 'due_at', t.due_at)), '[]')
                FROM task t LEFT JOIN conversation o ON o.workspace_id = t.workspace_id AND o.id = t.conversation_id
                WHERE t.workspace_id = %(ws)s AND t.contact_id = c.id AND t.status = 'open'
                  AND (o.id = here.id OR o.identity = 'verified' AND o.proved && here.proved)) AS open_tasks
           FROM contact c
           JOIN conversation here ON here.workspace_id = %(ws)s AND here.id = %(conversation)s
           WHERE c.workspace_id = %(ws)s AND c.id = %(contact)s""",
        {"ws": workspace_id, "contact": contact_id, "conversation": conversation_id},
    )
    return await cursor.fetchone() or {}


async def update_contact(
    connection: Connection,
    workspace_id: UUID,
    arguments: UpdateContact,
    *,
    contact_id: UUID,
    may_overwrite: bool,
) -> dict[str, Any]:
    """Addresses become claims. Without `may_overwrite` what is known already stays as it is. Twice is like once."""
    async with connection.transaction():
        for kind, value in ((AddressKind.EMAIL, arguments.email), (AddressKind.PHONE, arguments.phone)):
            if value:
                await claim_address(connection, workspace_id, contact_id, kind, value)
        await connection.execute(
            """UPDATE contact SET
                   name = CASE WHEN %(overwrite)s THEN coalesce(%(name)s, name) ELSE coalesce(name, %(name)s) END,
                   language = CASE WHEN %(overwrite)s THEN coalesce(%(language)s, language)
                                   ELSE coalesce(language, %(language)s) END,
                   fields = CASE WHEN %(overwrite)s THEN fields || %(fields)s ELSE %(fields)s || fields END,
                   updated_at = clock_timestamp()
               WHERE workspace_id = %(ws)s AND id = %(contact)s""",
            {
                "ws": workspace_id,
                "contact": contact_id,
                "overwrite": may_overwrite,
                "name": readable_name(arguments.name),
                "language": arguments.language,
                "fields": Jsonb(arguments.fields),
            },
        )
    return {"kept": sorted(arguments.model_dump(exclude_none=True, exclude_defaults=True))}
