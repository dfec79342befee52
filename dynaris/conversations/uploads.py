"""Files that teammates send: uploaded for a conversation, they wait there until their message is sent."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from dynaris.channels.registry import channel
from dynaris.core.db import Connection, Database
from dynaris.core.errors import Conflict, InvalidInput, NotFound, TooLarge
from dynaris.core.files import Files
from dynaris.core.ids import new_id

MOST_FILES = 10  # of one message
MOST_BYTES = 20_000_000  # of one file, and of all of one message, whatever the channel takes
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_TYPE = re.compile(r"[a-z0-9!#$&.+^_-]{1,60}/[a-z0-9!#$&.+^_-]{1,100}")


def most_bytes(channel_name: str) -> int:
    """That one message on this channel may carry; 0 where it carries no files."""
    traits = channel(channel_name).traits
    return min(traits.attachment_bytes, MOST_BYTES) if traits.attachments else 0


async def channel_of(connection: Connection, workspace_id: UUID, conversation_id: UUID) -> str:
    """Raises `NotFound`."""
    cursor = await connection.execute(
        "SELECT channel FROM conversation WHERE workspace_id = %s AND id = %s", (workspace_id, conversation_id)
    )
    if row := await cursor.fetchone():
        return row["channel"]
    raise NotFound(f"no conversation {conversation_id}")


async def keep_upload(
    db: Database,
    files: Files,
    workspace_id: UUID,
    *,
    conversation_id: UUID,
    filename: str,
    mime_type: str,
    content: bytes,
) -> dict[str, Any]:
    """The bytes first: a file without a row is found by nobody, a row without a file would be sent."""
    upload_id = new_id()
    suffix = re.sub(r"[^A-Za-z0-9.]", "", filename)[-20:] or "file"
    kind = mime_type.partition(";")[0].strip().lower()
    found = {
        "id": upload_id,
        "filename": _CONTROL.sub("", filename).strip()[:255] or "file",
        "mime_type": kind if _TYPE.fullmatch(kind) else "application/octet-stream",
        "size": len(content),
        "storage_key": f"{workspace_id}/uploads/{upload_id}-{suffix}",
    }
    await files.put(found["storage_key"], content)
    async with db.workspace(workspace_id) as connection:
        await connection.execute(
            """INSERT INTO attachment (workspace_id, id, conversation_id, filename, mime_type, size, storage_key)
               VALUES (%(ws)s, %(id)s, %(conversation)s, %(filename)s, %(mime_type)s, %(size)s, %(storage_key)s)""",
            {**found, "ws": workspace_id, "conversation": conversation_id},
        )
    return found


def check(content: bytes, most: int) -> None:
    """Raises `InvalidInput` and `TooLarge`."""
    if not content:
        raise InvalidInput("the file is empty")
    if len(content) > most:
        raise TooLarge(f"a file may have {most:,} bytes here; this one has {len(content):,}")


async def waiting(
    connection: Connection, workspace_id: UUID, *, conversation_id: UUID, ids: Sequence[UUID], leaves: bool
) -> list[dict[str, Any]]:
    """The files in the order of `ids`, locked. Raises `InvalidInput` for what is not there or does not fit, and
    `Conflict` where the channel carries none (`leaves`: they are to be sent)."""
    if not ids:
        return []
    if len(ids) > MOST_FILES:
        raise InvalidInput(f"a message carries {MOST_FILES} files at most, not {len(ids)}")
    cursor = await connection.execute(
        """SELECT a.id, a.filename, a.mime_type, a.size, a.storage_key, c.channel FROM attachment a
           JOIN conversation c ON c.workspace_id = a.workspace_id AND c.id = a.conversation_id
           WHERE a.workspace_id = %s AND a.conversation_id = %s AND a.id = ANY(%s) AND a.message_id IS NULL
           FOR UPDATE OF a""",
        (workspace_id, conversation_id, list(ids)),
    )
    found = {row["id"]: row for row in await cursor.fetchall()}
    if missing := [one for one in ids if one not in found]:
        raise InvalidInput(f"no file {missing[0]} waits in this conversation: upload it first")
    kept = [found[one] for one in dict.fromkeys(ids)]
    if leaves:
        _check_fit(kept[0]["channel"], sum(one["size"] for one in kept))
    return kept


def _check_fit(channel_name: str, size: int) -> None:
    most = most_bytes(channel_name)
    if not most:
        raise Conflict(f"{channel_name} carries no files")
    if size > most:
        raise TooLarge(
            f"the files of a message on {channel_name} may have {most:,} bytes together; these have {size:,}"
        )


async def attach(
    connection: Connection, workspace_id: UUID, *, message_id: UUID, found: Sequence[dict[str, Any]]
) -> None:
    """They belong to the message from now on."""
    if found:
        await connection.execute(
            "UPDATE attachment SET message_id = %s WHERE workspace_id = %s AND id = ANY(%s)",
            (message_id, workspace_id, [one["id"] for one in found]),
        )


async def drop_upload(connection: Connection, workspace_id: UUID, upload_id: UUID) -> str:
    """Its storage key, for the file to be deleted once this is committed. Raises `Conflict` for what was sent."""
    cursor = await connection.execute(
        "DELETE FROM attachment WHERE workspace_id = %s AND id = %s AND message_id IS NULL RETURNING storage_key",
        (workspace_id, upload_id),
    )
    if row := await cursor.fetchone():
        return row["storage_key"]
    cursor = await connection.execute(
        "SELECT FROM attachment WHERE workspace_id = %s AND id = %s", (workspace_id, upload_id)
    )
    if cursor.rowcount:
        raise Conflict("this file belongs to a message; it goes with it")
    raise NotFound(f"no attachment {upload_id}")


def as_content(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the outbox keeps of them: pipeline/deliver.py reads the bytes."""
    return [{name: one[name] for name in ("filename", "mime_type", "storage_key")} for one in found]


def named(found: Sequence[dict[str, Any]]) -> str:
    """The text of a message that has no other."""
    names = ", ".join(one["filename"] for one in found)
    return f"[{len(found)} attachment{'s' if len(found) > 1 else ''}: {names}]"
