"""What a teammate speaks and knows: which conversations are offered to them first."""

from uuid import UUID

from dynaris.core.db import Connection
from dynaris.core.errors import NotFound
from dynaris.workspaces.actions import record


async def set_abilities(
    connection: Connection, workspace_id: UUID, member_id: UUID, *, languages: list[str], skills: list[str], by: str
) -> None:
    """Raises `NotFound`. Of a language with a region the language alone counts."""
    spoken = sorted({language.split("-")[0] for language in languages})
    known = sorted({skill.lower() for skill in skills})
    cursor = await connection.execute(
        "UPDATE member SET languages = %s, skills = %s WHERE workspace_id = %s AND id = %s AND removed_at IS NULL",
        (spoken, known, workspace_id, member_id),
    )
    if not cursor.rowcount:
        raise NotFound(f"there is no member {member_id}")
    await record(
        connection,
        workspace_id,
        actor=by,
        action="member.abilities",
        subject=f"member:{member_id}",
        detail={"languages": spoken, "skills": known},
    )
