"""A teammate's hand in a conversation: what waited there is answered, what agents proposed is void."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from dynaris.approvals import actions as approvals
from dynaris.channels.registry import channel
from dynaris.contacts.consent import kind_of, why_blocked
from dynaris.conversations import actions as conversations
from dynaris.conversations import queries, uploads
from dynaris.conversations.drafts import drop_draft
from dynaris.conversations.presence import stop_typing
from dynaris.conversations.schemas import Message
from dynaris.conversations.threads import thread_topic
from dynaris.conversations.windows import is_open
from dynaris.conversations.wrap_up import begin_wrap_up
from dynaris.core import clock
from dynaris.core.db import Connection, Database
from dynaris.core.errors import Conflict
from dynaris.core.live import publish
from dynaris.pipeline.by_template import chosen
from dynaris.pipeline.outcome import OWNER, answered_by_person, wait
from dynaris.pipeline.requeue import OF_ONE_RUN, as_it_was, requeue
from dynaris.pipeline.services import Services
from dynaris.templates.filling import Filled
from dynaris.templates.schemas import TemplateChoice
from dynaris.workspaces import queries as workspace_queries
from dynaris.workspaces.access import Access
from dynaris.workspaces.actions import record

MOST_HAND_OFFS = 3  # of one conversation within a day, after which a program may not hand it back


async def claim(services: Services, access: Access, *, conversation_id: UUID) -> dict[str, Any]:
    """The teammate answers from now on; what waited for a verdict on an agent's proposal waits for them."""
    async with services.db.transaction(access.workspace_id) as connection:
        return await claim_in(services, connection, access, conversation_id=conversation_id)


async def claim_in(
    services: Services, connection: Connection, access: Access, *, conversation_id: UUID
) -> dict[str, Any]:
    workspace_id = access.workspace_id
    # A key acts for the workspace's owner.
    member_id = access.member_id or await workspace_queries.owner_id(connection, workspace_id)
    row = await conversations.claim(
        connection,
        workspace_id,
        conversation_id=conversation_id,
        member_id=member_id,
        hold_minutes=services.settings.hold_minutes,
    )
    event_ids = await approvals.cancel_for_conversation(
        connection, workspace_id, conversation_id=conversation_id, reason="a teammate took the conversation"
    )
    await wait(
        connection,
        workspace_id,
        event_ids,
        waiting_for="person",
        reason="a teammate took the conversation",
        deadline=clock.now() + timedelta(minutes=services.settings.respond_within_minutes),
    )
    await _record(connection, access, conversation_id, "claimed", {"holder": member_id})
    return row


async def _record(
    connection: Connection, access: Access, conversation_id: UUID, what: str, detail: dict[str, Any]
) -> None:
    await record(
        connection,
        access.workspace_id,
        actor=access.actor,
        action=f"conversation.{what}",
        subject=f"conversation:{conversation_id}",
        detail=detail,
    )


async def hand_back(services: Services, access: Access, *, conversation_id: UUID) -> dict[str, Any]:
    """The agents answer again, what the contact wrote meanwhile included."""
    workspace_id = access.workspace_id
    async with services.db.transaction(workspace_id) as connection:
        if access.member_id is None:
            await _refuse_to_go_round(connection, workspace_id, conversation_id)
        if access.member_id:
            member_id = access.member_id
            await begin_wrap_up(connection, workspace_id, conversation_id=conversation_id, member_id=member_id)
        row = await conversations.hand_back(connection, workspace_id, conversation_id=conversation_id)
        cursor = await connection.execute(
            """SELECT id FROM event WHERE workspace_id = %s AND conversation_id = %s
               AND status = 'waiting' AND waiting_for = 'person' ORDER BY id""",
            (workspace_id, conversation_id),
        )
        for event in await cursor.fetchall():
            await requeue(
                connection,
                workspace_id,
                event_id=event["id"],
                from_status=("waiting",),
                meta={},
                new_run=True,
            )
        await _ask_the_agents(connection, workspace_id, conversation_id)
        await _record(connection, access, conversation_id, "handed_back", {})
    return row


# Given to people before any agent was asked, or because none could be; and nobody has answered since. What an agent
# itself handed over it would hand over again.
_NEVER_ASKED = """SELECT e.id, e.run_id, e.outcome, e.reason, e.settled_at, e.decision, e.meta FROM event e
    WHERE e.workspace_id = %s AND e.conversation_id = %s AND e.status = 'done' AND e.outcome = 'handed_off'
      AND e.decision->>'handed_off_for' = ANY('{mapping,vip,failure,no_agent}')
      AND NOT coalesce(e.match ? 'erased', false)
      AND NOT EXISTS (SELECT FROM message m WHERE m.workspace_id = e.workspace_id
                      AND m.conversation_id = e.conversation_id AND m.id > e.message_id AND m.direction = 'outbound'
                      AND m.author IN ('agent', 'member') AND NOT m.data ? 'holding'
                      AND m.delivery NOT IN ('failed', 'cancelled'))
    ORDER BY e.id FOR NO KEY UPDATE"""


async def _ask_the_agents(connection: Connection, workspace_id: UUID, conversation_id: UUID) -> None:
    cursor = await connection.execute(_NEVER_ASKED, (workspace_id, conversation_id))
    for event in await cursor.fetchall():
        before = {**as_it_was(event), "because": "handed back"}
        await requeue(
            connection,
            workspace_id,
            event_id=event["id"],
            from_status=("done",),
            meta={"replays": [*event["meta"].get("replays", []), before]},
            new_run=True,
            without=OF_ONE_RUN,
        )


async def _refuse_to_go_round(connection: Connection, workspace_id: UUID, conversation_id: UUID) -> None:
    """What agents handed over again and again stays with people: a program may not give it back once more."""
    cursor = await connection.execute(
        """SELECT count(*) AS n FROM event WHERE workspace_id = %s AND conversation_id = %s
           AND outcome = 'handed_off' AND settled_at > clock_timestamp() - interval '1 day'""",
        (workspace_id, conversation_id),
    )
    row = await cursor.fetchone()
    if row and row["n"] >= MOST_HAND_OFFS:
        raise Conflict(
            f"agents handed this conversation over {row['n']} times within a day: a member has to answer, or to hand "
            "it back in person"
        )


async def let_go(db: Database, workspace_id: UUID, member_id: UUID) -> None:
    """A member was removed: nobody waits for them. What waited there still waits, now for the workspace's owner."""
    async with db.transaction(workspace_id) as connection:
        for conversation_id in await conversations.release_holds(connection, workspace_id, member_id):
            await record(
                connection,
                workspace_id,
                actor="system",
                action="conversation.released",
                subject=f"conversation:{conversation_id}",
                detail={"holder": member_id},
            )
        await connection.execute(
            f"""UPDATE event SET owner_id = {OWNER} WHERE workspace_id = %(ws)s AND status = 'waiting'
                AND owner_id = %(member)s AND EXISTS (
                    SELECT FROM member m WHERE m.workspace_id = %(ws)s AND m.id = %(member)s
                      AND m.removed_at IS NOT NULL)""",
            {"ws": workspace_id, "member": member_id},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a teammate sends or notes down."""

    text: str = ""
    note: bool = False
    message_id: UUID | None = None  # the writer's own: sent twice, it is stored once
    seen: UUID | None = None  # the newest message that the writer saw
    expected_holder: UUID | None = None  # the member who has the conversation as far as the writer knows
    attachments: tuple[UUID, ...] = ()
    template: TemplateChoice | None = None  # instead of a text


async def reply(services: Services, access: Access, *, conversation_id: UUID, written: Written) -> UUID:
    """The new message's id, or the earlier one's. Raises `Conflict` where no reply can leave, though a note can always
    be kept; with `newer`, where somebody else's reply came after what the writer saw: send again having `seen` it; and
    with `holder`, where a colleague has the conversation without the writer's knowing.
    """
    workspace_id = access.workspace_id
    async with services.db.transaction(workspace_id) as connection:
        # One after the other: of two teammates who send at once, the second one meets the first one's reply here.
        await conversations.lock(connection, workspace_id, conversation_id)
        if earlier := await _earlier(connection, workspace_id, conversation_id, written.message_id):
            return earlier
        files = await uploads.waiting(
            connection,
            workspace_id,
            conversation_id=conversation_id,
            ids=written.attachments,
            leaves=not written.note,
        )
        text = written.text if written.text.strip() or not files else uploads.named(files)
        if written.note:
            message_id = await conversations.add_note(
                connection,
                workspace_id,
                conversation_id=conversation_id,
                text=text,
                author="member",
                author_id=access.member_id,
                given_id=written.message_id,
            )
            await uploads.attach(connection, workspace_id, message_id=message_id, found=files)
            await _record(connection, access, conversation_id, "note_added", {"message": message_id})
        else:
            message_id = await _sent(services, connection, access, conversation_id, written, text=text, files=files)
        if access.member_id:
            await drop_draft(connection, workspace_id, conversation_id=conversation_id, member_id=access.member_id)
            await stop_typing(connection, workspace_id, conversation_id=conversation_id, member_id=access.member_id)
    return message_id


async def _earlier(
    connection: Connection, workspace_id: UUID, conversation_id: UUID, given_id: UUID | None
) -> UUID | None:
    known = await queries.message_given(connection, workspace_id, given_id) if given_id else None
    if known and known["conversation_id"] != conversation_id:
        raise Conflict(f"`message_id` {given_id} was used in another conversation: make a new one for each message")
    return known["id"] if known else None


async def _sent(
    services: Services,
    connection: Connection,
    access: Access,
    conversation_id: UUID,
    written: Written,
    *,
    text: str,
    files: Sequence[dict[str, Any]],
) -> UUID:
    workspace_id = access.workspace_id
    member_id = access.member_id or await workspace_queries.owner_id(connection, workspace_id)
    await _check_seen(connection, workspace_id, conversation_id, seen=written.seen, writer=member_id)
    loser = await _check_holder(
        connection, workspace_id, conversation_id, expected=written.expected_holder, writer=member_id
    )
    await _check_reachable(connection, workspace_id, conversation_id)
    filled = await _may_leave(connection, workspace_id, conversation_id, written.template, writer=member_id)
    message_id = await conversations.reply_as_member(
        connection,
        workspace_id,
        conversation_id=conversation_id,
        member_id=member_id,
        text=filled.text if filled else text,
        hold_minutes=services.settings.hold_minutes,
        given_id=written.message_id,
        files=files,
        template=filled.use.model_dump() if filled else None,
    )
    await _record(connection, access, conversation_id, "replied", {"message": message_id})
    if loser:
        await _record(connection, access, conversation_id, "claimed", {"holder": member_id, "from": loser})
    await approvals.cancel_for_conversation(
        connection, workspace_id, conversation_id=conversation_id, reason="a teammate replied"
    )
    await answered_by_person(
        connection,
        workspace_id,
        conversation_id=conversation_id,
        message_id=message_id,
        by=access.actor,
        deadline=clock.now() + timedelta(minutes=services.settings.respond_within_minutes),
    )
    cursor = await connection.execute(
        "SELECT account_id, reply_to FROM conversation WHERE workspace_id = %s AND id = %s",
        (workspace_id, conversation_id),
    )
    if row := await cursor.fetchone():
        topic = thread_topic(row["account_id"], row["reply_to"])
        await publish(connection, workspace_id, topic, {"type": "message", "id": str(message_id)})
    return message_id


async def _may_leave(
    connection: Connection, workspace_id: UUID, conversation_id: UUID, choice: TemplateChoice | None, *, writer: UUID
) -> Filled | None:
    """The template that was chosen. Raises `Conflict` with `window_closed` where only one may leave."""
    cursor = await connection.execute(
        "SELECT channel, account_id, contact_id FROM conversation WHERE workspace_id = %s AND id = %s",
        (workspace_id, conversation_id),
    )
    row = await cursor.fetchone()
    assert row is not None, "the conversation is locked"
    contact_id, account_id = row["contact_id"], row["account_id"]
    if choice:
        return await chosen(
            connection,
            workspace_id,
            choice,
            contact_id=contact_id,
            account_id=account_id,
            channel_name=row["channel"],
            member_id=writer,
        )
    traits = channel(row["channel"]).traits
    if traits.spoken:
        raise Conflict("a call is not written to: write to the contact on another channel, or call them")
    if not await is_open(connection, workspace_id, traits=traits, contact_id=contact_id, account_id=account_id):
        hours = traits.reply_window_hours
        raise Conflict(
            f"more than {hours} hours since the contact's last message: send an approved template", window_closed=True
        )
    return None


async def _check_seen(
    connection: Connection, workspace_id: UUID, conversation_id: UUID, *, seen: UUID | None, writer: UUID
) -> None:
    if seen is None:
        return
    newer = await queries.reply_since(
        connection, workspace_id, conversation_id=conversation_id, seen=seen, but_of=writer
    )
    if newer:
        who = newer["author_name"] or "an agent"
        raise Conflict(
            f"{who} replied after what you saw: send it again with `seen` {newer['id']} if it is still to be said",
            newer=Message(**{**newer, "html": None}).model_dump(mode="json"),
        )


async def _check_holder(
    connection: Connection, workspace_id: UUID, conversation_id: UUID, *, expected: UUID | None, writer: UUID
) -> UUID | None:
    """The colleague who has the conversation and loses it to the writer."""
    cursor = await connection.execute(
        """SELECT m.id, m.name FROM conversation c
           JOIN member m ON m.workspace_id = c.workspace_id AND m.id = c.holder_id
           WHERE c.workspace_id = %s AND c.id = %s AND c.status <> 'closed' AND c.holder = 'member'
             AND c.holder_id <> %s AND coalesce(c.hold_until > clock_timestamp(), true)""",
        (workspace_id, conversation_id, writer),
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    if expected not in (None, row["id"]):
        raise Conflict(
            f"{row['name']} has this conversation: send it again with `expected_holder` {row['id']} to take it over",
            holder={"id": str(row["id"]), "name": row["name"]},
        )
    return row["id"]


async def _check_reachable(connection: Connection, workspace_id: UUID, conversation_id: UUID) -> None:
    """Where replies do not go to the contact's own address, what came last says whether there is a way back at all."""
    cursor = await connection.execute(
        """SELECT channel, match->>'unanswerable' AS why FROM event
           WHERE workspace_id = %s AND conversation_id = %s AND message_id IS NOT NULL ORDER BY id DESC LIMIT 1""",
        (workspace_id, conversation_id),
    )
    row = await cursor.fetchone()
    if row and row["why"] and not channel(row["channel"]).traits.replies_to_address:
        raise Conflict(f"no reply can leave here: {row['why']}. Send `note`: true to keep a note, or use another way")


async def unwelcome(services: Services, access: Access, *, conversation_id: UUID) -> str | None:
    """Why agents would not write here: a person may, and should know."""
    async with services.db.workspace(access.workspace_id) as connection:
        cursor = await connection.execute(
            """SELECT c.channel, k.status, k.blocked_channels FROM conversation c
               JOIN contact k ON k.workspace_id = c.workspace_id AND k.id = c.contact_id
               WHERE c.workspace_id = %s AND c.id = %s""",
            (access.workspace_id, conversation_id),
        )
        row = await cursor.fetchone()
    if row is None:
        return None
    return why_blocked(row["status"], row["blocked_channels"], kind_of(channel(row["channel"]).address_kind))
