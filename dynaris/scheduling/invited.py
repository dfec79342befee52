"""Whom a booking's mails go to, from where, and why they may not."""

from dataclasses import dataclass
from typing import Any, Literal, LiteralString
from uuid import UUID

from dynaris.contacts.consent import why_blocked
from dynaris.core.db import Connection
from dynaris.core.ids import new_id
from dynaris.notifications.actions import BEST_FIRST, mail_channels
from dynaris.people.throttle import Rate, is_free, mailbox
from dynaris.scheduling.booking_settings import BookingSettings
from dynaris.scheduling.invitation_words import Language, language_of
from dynaris.scheduling.queries import get_booking
from dynaris.scheduling.schemas import Booking

Audience = Literal["contact", "person"]

# Anybody may type anybody's address on a booking page, or in a chat: what that can send is little, and says little.
TO_TYPED = Rate("mails about bookings to an address that nobody proved", 10, 86_400)
OF_WORKSPACE = Rate("mails about bookings of a workspace to addresses that nobody proved", 500, 86_400)

# The conversation's own address where it is one of mail, else what was typed for this booking, else what the contact
# holds, a proven address first, else what it claims.
_FACTS: LiteralString = f"""
SELECT w.id AS workspace_id, w.slug, w.name AS business, w.language, w.booking, w.auto_mode,
       w.profile->>'postal_address' AS place, w.profile->>'agent_name' AS agent_name, p.email AS person_email,
       k.name AS contact_name, k.status AS contact_status, k.blocked_channels,
       c.channel AS talked_on, c.reply_to, c.identity, c.language AS talked_in, c.account_id AS talked_to,
       mail.id AS account_id, mail.address AS account_address, mail.channel AS account_channel,
       theirs.address AS kept_address, theirs.typed, theirs.language AS kept_language, theirs.invited,
       theirs.not_sent AS kept_reason,
       theirs.conversation_id AS kept_conversation,
       own.value AS own_address, own.verified, claimed.value AS claimed_address,
       whose.address AS told_person, whose.invited AS person_invited
FROM workspace w
JOIN booking b ON b.workspace_id = w.id AND b.id = %(booking)s
JOIN calendar_person p ON p.workspace_id = w.id AND p.id = b.staff_id
LEFT JOIN contact k ON k.workspace_id = w.id AND k.id = b.contact_id AND NOT k.erasing
LEFT JOIN conversation c ON c.workspace_id = w.id AND c.id = b.conversation_id AND c.contact_id = b.contact_id
LEFT JOIN booking_invitation theirs ON theirs.workspace_id = w.id AND theirs.booking_id = b.id
     AND theirs.audience = 'contact'
LEFT JOIN booking_invitation whose ON whose.workspace_id = w.id AND whose.booking_id = b.id
     AND whose.audience = 'person'
LEFT JOIN LATERAL (SELECT id, address, channel FROM account a WHERE a.workspace_id = w.id AND a.enabled
     AND a.channel = ANY(%(mail)s) ORDER BY (a.id = theirs.account_id) IS TRUE DESC, (a.id = c.account_id) IS TRUE DESC,
     {BEST_FIRST} LIMIT 1) AS mail ON true
LEFT JOIN LATERAL (SELECT value, verified_at IS NOT NULL AS verified FROM address a WHERE a.workspace_id = w.id
     AND a.contact_id = b.contact_id AND a.kind = 'email' AND a.holds ORDER BY verified_at NULLS LAST, id LIMIT 1)
     AS own ON true
LEFT JOIN LATERAL (SELECT value FROM address a WHERE a.workspace_id = w.id AND a.contact_id = b.contact_id
     AND a.kind = 'email' AND NOT a.holds ORDER BY id DESC LIMIT 1) AS claimed ON true
WHERE w.id = %(ws)s"""

_SAVE: LiteralString = """INSERT INTO booking_invitation AS kept
        (workspace_id, id, booking_id, audience, address, typed, language, account_id, conversation_id, invited,
         sequence, not_sent)
    VALUES (%(ws)s, %(id)s, %(booking)s, %(audience)s, %(address)s, %(typed)s, %(language)s, %(account)s,
        %(conversation)s, %(invited)s, %(sequence)s, %(not_sent)s)
    ON CONFLICT (workspace_id, booking_id, audience) DO UPDATE SET
        address = coalesce(excluded.address, kept.address), typed = excluded.typed,
        account_id = coalesce(excluded.account_id, kept.account_id), invited = excluded.invited,
        language = coalesce(excluded.language, kept.language),
        conversation_id = coalesce(excluded.conversation_id, kept.conversation_id),
        sequence = coalesce(excluded.sequence, kept.sequence), not_sent = excluded.not_sent,
        answer = CASE WHEN excluded.sequence > kept.sequence THEN NULL ELSE kept.answer END"""

_SPEAK: LiteralString = """INSERT INTO booking_invitation (workspace_id, id, booking_id, audience, language)
    VALUES (%s, %s, %s, 'contact', %s)
    ON CONFLICT (workspace_id, booking_id, audience) DO UPDATE SET language = excluded.language"""


@dataclass(frozen=True, slots=True)
class Facts:
    """A booking with all that its mails depend on."""

    booking: Booking
    row: dict[str, Any]

    @property
    def settings(self) -> BookingSettings:
        return BookingSettings(**self.row["booking"])

    @property
    def language(self) -> Language:
        return language_of(self.row["kept_language"], self.row["talked_in"], self.row["language"])


@dataclass(frozen=True, slots=True)
class Way:
    """Where a client's mail goes, and from where."""

    address: str
    typed: bool  # nobody proved whose it is
    conversation_id: UUID | None  # `None`: one is opened


async def facts_of(connection: Connection, workspace_id: UUID, booking_id: UUID) -> Facts:
    booking = await get_booking(connection, workspace_id, booking_id)
    cursor = await connection.execute(_FACTS, {"ws": workspace_id, "booking": booking_id, "mail": mail_channels()})
    row = await cursor.fetchone()
    assert row is not None
    return Facts(booking, row)


def way_of(facts: Facts) -> Way | str:
    """Or, in words, why there is none."""
    row = facts.row
    if row["account_id"] is None:
        return "this workspace has no e-mail account to send from"
    if row["kept_address"]:
        return Way(row["kept_address"], row["typed"], row["kept_conversation"])
    if row["talked_on"] in mail_channels():
        if row["identity"] == "failed":
            return "the sender's proof failed: a person decides what is sent there"
        same = row["talked_to"] == row["account_id"]
        return Way(row["reply_to"], row["identity"] != "verified", facts.booking.conversation_id if same else None)
    if row["own_address"]:
        return Way(row["own_address"], not row["verified"], None)
    if row["claimed_address"]:
        return Way(row["claimed_address"], True, None)
    return "no e-mail address of the contact is known"


async def why_not(
    connection: Connection, workspace_id: UUID, facts: Facts, way: Way, *, by: str, unasked: bool = False
) -> str | None:
    """Why a client's mail may not be sent by itself. `unasked`: nothing was changed, it is a reminder."""
    row = facts.row
    if row["contact_status"] is None:
        return "the contact is gone"
    if not facts.settings.invitations:
        return "mails about bookings are switched off"
    if blocked := why_blocked(row["contact_status"], row["blocked_channels"] or (), "email", wake=unasked):
        return blocked
    mode = row["auto_mode"]
    alone = by == "system" or by.startswith("contact:")
    if alone and not (mode["enabled"] and mode.get("channels", {}).get(row["account_channel"], True)):
        return "Manual Mode: a person sends it"
    if way.address == row["account_address"].lower():
        return "it is the address that it would be sent from"
    if way.typed and not (
        await is_free(connection, TO_TYPED, str(workspace_id), mailbox(way.address))
        and await is_free(connection, OF_WORKSPACE, str(workspace_id))
    ):
        return "too many mails about bookings to addresses that nobody proved"
    return None


async def keep(
    connection: Connection,
    workspace_id: UUID,
    booking_id: UUID,
    audience: Audience,
    *,
    address: str | None = None,
    typed: bool = False,
    language: str | None = None,
    account_id: UUID | None = None,
    conversation_id: UUID | None = None,
    invited: bool = False,
    sequence: int | None = None,
    not_sent: str | None = None,
) -> None:
    """What is known about one of a booking's two invitations."""
    await connection.execute(
        _SAVE,
        {
            "ws": workspace_id,
            "id": new_id(),
            "booking": booking_id,
            "audience": audience,
            "address": address,
            "typed": typed,
            "language": language,
            "account": account_id,
            "conversation": conversation_id,
            "invited": invited,
            "sequence": sequence,
            "not_sent": not_sent,
        },
    )


async def speak(connection: Connection, workspace_id: UUID, booking_id: UUID, language: str | None) -> None:
    """The mails about a booking are in the language that it was talked about in, where one is known."""
    if language:
        await connection.execute(_SPEAK, (workspace_id, new_id(), booking_id, language))
