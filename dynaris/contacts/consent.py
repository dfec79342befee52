"""What a contact agreed to or asked us not to do, by kind of channel; and what that forbids.

Each word is kept in `consent` with its source; `contact.blocked_channels` is what follows from them all, kept where the
sending rule reads it: "email" (nothing is sent there), "email/follow_up" (no turn of ours that nobody asked for),
"any" in place of a kind for all of them. The contact's status do_not_contact blocks everything, too.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal
from uuid import UUID

from dynaris.channels.contract import AddressKind, ChannelTraits
from dynaris.core.db import Connection
from dynaris.core.ids import new_id
from dynaris.workspaces.actions import record

ChannelKind = Literal["any", "email", "phone", "whatsapp", "webchat", "slack"]
Purpose = Literal["all", "reply", "follow_up", "marketing"]
State = Literal["granted", "withdrawn"]
Wish = Literal["stop", "start"]

_UNASKED: tuple[Purpose, ...] = ("follow_up", "marketing")  # what is sent without a question before it
_LONGEST_WISH = 60  # characters: a clear wish is a word or two

# Only a message that says nothing else. What is longer is read by an agent, which hands it to a person.
_STOP = re.compile(
    r"""(?:please\ |bitte\ |por\ favor\ |s'il\ vous\ plaît\ )?
    (?:stopp?(?:\ all)?|unsubscribe(?:\ me)?|opt[ -]?out|remove\ me|end\ messages
    |abmelden|abmeldung|abbestellen|austragen|keine\ (?:e-?mails|nachrichten|werbung)\ mehr
    |(?:dar(?:me)?\ de\ )?baja|cancelar\ (?:la\ )?suscripci[oó]n|no\ m[aá]s\ (?:mensajes|correos)
    |(?:me\ |se\ )?d[eé]s(?:abonner|inscrire)|d[eé]s(?:abonnement|inscription)|arr[eê]ter?)
    (?:\ please|\ bitte|\ por\ favor|\ s'il\ vous\ plaît)?""",
    re.VERBOSE,
)
_START = re.compile(
    r"""(?:please\ |bitte\ )?(?:start|unstop|(?:re)?subscribe|opt[ -]?in|(?:wieder\ )?anmelden
    |(?:dar(?:me)?\ de\ )?alta|suscribir(?:me)?|(?:me\ |se\ |s')?(?:r[eé])?abonner)(?:\ please|\ bitte)?""",
    re.VERBOSE,
)
_AROUND = " \t\r\n.!,;:\"'“”„«»*_-"

CONFIRMED: dict[Wish, str] = {
    "stop": "You will get no more messages from us here. Write START if you change your mind.",
    "start": "You will get messages from us here again.",
}


_KINDS: Mapping[AddressKind, ChannelKind] = {
    AddressKind.EMAIL: "email",
    AddressKind.PHONE: "phone",
    AddressKind.WHATSAPP: "whatsapp",
    AddressKind.VISITOR: "webchat",
    AddressKind.SLACK: "slack",
}


def kind_of(kind: AddressKind) -> ChannelKind:
    """The word for where a channel's messages arrive; where nothing is written to, only a wish about all counts."""
    return _KINDS.get(kind, "any")


def wish_of(text: str, subject: str | None, traits: ChannelTraits) -> Wish | None:
    """What a message asks for that is nothing but this wish; a mail without a text may have it in its subject."""
    said = text or (subject or "" if traits.subject else "")
    if len(said) > _LONGEST_WISH:
        return None
    words = " ".join(said.strip(_AROUND).lower().replace("’", "'").split())
    if _STOP.fullmatch(words):
        return "stop"
    return "start" if _START.fullmatch(words) else None


async def set_consent(
    connection: Connection,
    workspace_id: UUID,
    contact_id: UUID,
    *,
    channel: ChannelKind,
    purpose: Purpose,
    state: State,
    source: str,
    by: str,
    lifts: bool = True,
) -> UUID:
    """`source` in words; `by` is an actor as in the audit log. To be called in a transaction.

    Who grants `all` on a channel lifts what was said about single purposes there, too; any other purpose lifts itself.
    `lifts=False`: a yes of somebody unproved is noted, and what was forbidden stays so.
    """
    consent_id = new_id()
    await connection.execute(
        """INSERT INTO consent (workspace_id, id, contact_id, channel, purpose, state, source, recorded_by)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s)""",
        (workspace_id, consent_id, contact_id, channel, purpose, state, source, by),
    )
    entry = channel if purpose in ("all", "reply") else f"{channel}/{purpose}"
    single = [f"{channel}/{each}" for each in _UNASKED]
    lifted = [entry, *single] if purpose == "all" else [entry]
    await connection.execute(
        """UPDATE contact SET updated_at = clock_timestamp(), blocked_channels = ARRAY(
               SELECT b FROM unnest(blocked_channels) AS b WHERE b <> ALL(%(lifted)s)
               UNION SELECT %(entry)s WHERE %(blocks)s
               UNION SELECT unnest(%(left)s::text[]) WHERE %(entry)s = ANY(blocked_channels) ORDER BY 1)
           WHERE workspace_id = %(ws)s AND id = %(contact)s""",
        {
            "ws": workspace_id,
            "contact": contact_id,
            "entry": entry,
            "lifted": lifted if lifts or state == "withdrawn" else [],
            "blocks": state == "withdrawn",
            # who lets us answer after "nothing at all" has not asked for more than answers
            "left": single if purpose == "reply" and state == "granted" and lifts else [],
        },
    )
    await record(
        connection,
        workspace_id,
        actor=by,
        action=f"consent.{state}",
        subject=f"contact:{contact_id}",
        detail={"channel": channel, "purpose": purpose, "consent": consent_id},
    )
    return consent_id


async def consents(
    connection: Connection, workspace_id: UUID, contact_id: UUID, *, before: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """Every word, newest first."""
    cursor = await connection.execute(
        """SELECT id, channel, purpose, state, source, recorded_by, created_at FROM consent
           WHERE workspace_id = %(ws)s AND contact_id = %(contact)s
             AND (%(before)s::uuid IS NULL OR id < %(before)s) ORDER BY id DESC LIMIT %(limit)s""",
        {"ws": workspace_id, "contact": contact_id, "before": before, "limit": limit},
    )
    return await cursor.fetchall()


async def blocked(connection: Connection, workspace_id: UUID, contact_id: UUID) -> list[str]:
    cursor = await connection.execute(
        "SELECT status, blocked_channels FROM contact WHERE workspace_id = %s AND id = %s", (workspace_id, contact_id)
    )
    row = await cursor.fetchone()
    if row is None:
        return []
    return sorted({*row["blocked_channels"], *(["any"] if row["status"] == "do_not_contact" else [])})


def why_blocked(status: str, blocked_channels: Iterable[str], kind: str, *, wake: bool = False) -> str | None:
    """Why nothing may be sent by itself; `wake`: nobody asked for it just now."""
    if status == "do_not_contact":
        return "the contact is marked do-not-contact"
    if not blocked_channels:
        return None
    words = set(blocked_channels)
    if {kind, "any"} & words:
        return f"the contact asked for no messages by {kind}"
    if wake and {f"{kind}/follow_up", "any/follow_up"} & words:
        return f"the contact asked for no follow-ups by {kind}"
    return None
