"""Who answers without a model being asked: a mapping, a channel's nature, the specialist who is in the middle of it."""

from typing import Any
from uuid import UUID

from dynaris.agents.roster import Roster
from dynaris.agents.turn import Route
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


def by_mapping(mapped_agent: str | None, *, roster: Roster, spoken: bool, text: str) -> Route | None:
    """What the workspace set for the account holds before everything; what is spoken goes to voice."""
    if mapped_agent and roster.is_active(mapped_agent):
        return _route(roster, mapped_agent, f"this account's messages go to {mapped_agent}", text)
    voice = roster.resolved("voice") if spoken else None
    return _route(roster, voice, "this was said aloud", text) if voice else None


def by_conversation(running: str | None, *, roster: Roster, wake: str | None, text: str) -> Route | None:
    """Whoever is in the middle of something goes on, unless the message clearly begins something else; and whoever
    planned to come back does."""
    from dynaris.agents.builtin.details import details, without
    from dynaris.agents.builtin.route import plainly_for, urgency

    if running is None or not roster.serves(running):
        return None
    if wake:
        return _route(roster, running, f"{running} planned to come back", "")
    specialist = roster.specialist_of(running)
    if specialist not in _GOES_ON:
        return None
    given = details(text, asked=True)  # a name and an address, as they were asked for, begin nothing
    said = without(text, given) if given else text
    if plainly_for(said) not in (None, specialist) or urgency(said) in ("high", "urgent"):
        return None
    reason = f"{running} answered here before, and this begins nothing else"
    return _route(roster, running, reason, said).model_copy(update={"language": detect(text) or "en"})


def _route(roster: Roster, agent: str, reason: str, text: str) -> Route:
    from dynaris.agents.builtin.route import urgency

    specialist, priority, language = roster.specialist_of(agent), urgency(text), detect(text) or "en"
    given = {"agent": agent, "specialist": specialist, "priority": priority, "language": language}
    return Route.model_validate({**given, "reason": reason, "decided_by": "rule"})
