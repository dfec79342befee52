"""Attachments of an arrival: the bytes go to the files, a row each to the message."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from dynaris.channels.contract import Attachment
from dynaris.core.db import Connection
from dynaris.core.files import Files
from dynaris.core.ids import new_id


@dataclass(frozen=True, slots=True)
class StoredAttachments:
    parts: Sequence[tuple[str, Attachment]]  # storage key and part

    def __bool__(self) -> bool:
        return bool(self.parts)

    async def insert(self, connection: Connection, workspace_id: UUID, message_id: UUID) -> None:
        async with connection.cursor() as cursor:
            await cursor.executemany(
                """INSERT INTO attachment (workspace_id, id, message_id, filename, mime_type, size, storage_key,
                                           content_id)
                   VALUES (%s, %s, %s, %s, %s, %s, %s, %s)""",
                [
                    (
                        workspace_id,
                        new_id(),
                        message_id,
                        part.filename,
                        part.mime_type,
                        len(part.content),
                        key,
                        part.content_id,
                    )
                    for key, part in self.parts
                ],
            )


async def store_attachments(
    files: Files, workspace_id: UUID, event_id: UUID, attachments: Sequence[Attachment]
) -> StoredAttachments:
    """Keys follow from the event: storing twice overwrites the same content."""
    stored = []
    for position, part in enumerate(attachments):
        suffix = re.sub(r"[^A-Za-z0-9.]", "", part.filename)[-20:] or "file"
        key = f"{workspace_id}/{event_id}/{position}-{suffix}"
        await files.put(key, part.content)
        stored.append((key, part))
    return StoredAttachments(stored)
