"""Who answers without a model being asked: a mapping, a channel's nature, the specialist who is in the middle of it."""

from typing import Any, get_args
from uuid import UUID

from dynaris.agents.turn import Route, SpecialistName
from dynaris.core.db import Database
from dynaris.core.language import detect

# Those whose work takes several messages: a reply to three offered times is no new inquiry.
_GOES_ON = ("scheduling", "research")

# The decision of a run that is resumed, else whoever answered last in this conversation, of the contact's latest runs.
_BEFORE = """SELECT
    (SELECT response FROM run_step WHERE workspace_id = %(ws)s AND run_id = %(run)s AND position = 0) AS recorded,
    (SELECT r.agent FROM (SELECT agent, conversation_id, created_at FROM run WHERE workspace_id = %(ws)s
                          AND contact_id = %(contact)s AND id < %(run)s ORDER BY id DESC LIMIT 10) AS r
     WHERE r.conversation_id = %(conversation)s AND r.created_at > clock_timestamp() - interval '14 days'
     LIMIT 1) AS running"""


async def before(
    db: Database, workspace_id: UUID, *, run_id: UUID, contact_id: UUID, conversation_id: UUID
) -> dict[str, Any]:
    """What was decided already, and who answered here before. One statement."""
    async with db.workspace(workspace_id) as connection:
        cursor = await connection.execute(
            _BEFORE, {"ws": workspace_id, "run": run_id, "contact": contact_id, "conversation": conversation_id}
        )
        row = await cursor.fetchone()
    assert row is not None
    return row


def by_mapping(mapped_agent: str | None, *, spoken: bool, text: str) -> Route | None:
    """What the workspace set for the account holds before everything; what is spoken goes to voice."""
    if mapped_agent in get_args(SpecialistName):
        return _route(mapped_agent, f"this account's messages go to {mapped_agent}", text)
    return _route("voice", "this was said aloud", text) if spoken else None


def by_conversation(running: str | None, *, wake: str | None, text: str) -> Route | None:
    """Whoever is in the middle of something goes on, unless the message clearly begins something else; and whoever
    planned to come back does."""
    from dynaris.agents.builtin.details import details, without
    from dynaris.agents.builtin.route import plainly_for, urgency

    if running not in get_args(SpecialistName):
        return None
    if wake:
        return _route(running, f"{running} planned to come back", "")
    if running not in _GOES_ON:
        return None
    given = details(text, asked=True)  # a name and an address, as they were asked for, begin nothing
    said = without(text, given) if given else text
    if plainly_for(said) not in (None, running) or urgency(said) in ("high", "urgent"):
        return None
    reason = f"{running} answered here before, and this begins nothing else"
    return _route(running, reason, said).model_copy(update={"language": detect(text) or "en"})


def _route(agent: Any, reason: str, text: str) -> Route:
    from dynaris.agents.builtin.route import urgency

    priority: Any = urgency(text)
    return Route(agent=agent, reason=reason, priority=priority, language=detect(text) or "en", decided_by="rule")
