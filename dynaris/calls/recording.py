"""A call's recording: kept piece by piece while it goes on, so that a process that dies loses seconds of it, and one
file of its message once the call is over."""

import asyncio
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import Any
from uuid import UUID

from dynaris.calls.audio.recorded import Keep, Recorder
from dynaris.calls.record import Call
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.files import Files
from dynaris.core.ids import id_of

REFUSES = "9"  # the key of whoever wants no recording
_MIME = "audio/mpeg"


def recorder(files: Files, call: Call, *, rate: int, at: float) -> Recorder:
    return Recorder(_keeper(files, call, rate), rate=rate, at=at)


def _keeper(files: Files, call: Call, rate: int) -> Keep:
    async def keep(begin: int, chunk: bytes) -> None:
        # Sorted by name they are in order: by connection, then by time.
        await files.put(f"{_folder(call)}/{call.connections:03}-{begin:012}-{rate}.pcm", chunk)

    return keep


def _folder(call: Call) -> str:
    return f"{call.workspace_id}/calls/{call.id}"


async def drop_pieces(files: Files, call: Call) -> int:
    """How many there were."""
    return await files.delete_folder(_folder(call))


@dataclass(frozen=True, slots=True)
class Recording:
    id: UUID
    key: str
    filename: str
    size: int


async def put_together(files: Files, call: Call) -> Recording | None:
    """The pieces stay until they are dropped; `None`: nothing was recorded. Put together again it is the same file."""
    keys = [key async for some in files.stored(_folder(call), before=clock.now()) for key in some]
    if not keys:
        return None
    from dynaris.calls.audio.mp3 import Mp3  # its library is large, and most calls are not recorded

    stored = f"{call.workspace_id}/{call.id}/recording.mp3"
    with TemporaryFile() as content:
        mp3 = await asyncio.to_thread(Mp3, content)
        for key in sorted(keys):
            _, begin, rate = key.rpartition("/")[2].removesuffix(".pcm").split("-")
            chunk = await files.get(key)
            await asyncio.to_thread(mp3.put, int(begin), int(rate), chunk)
        await asyncio.to_thread(mp3.close)
        size = content.tell()
        content.seek(0)
        await files.put_stream(stored, content)
    at = call.answered_at or call.created_at
    return Recording(id_of("recording", call.id), stored, f"call-{at:%Y-%m-%d-%H%M}.mp3", size)


async def attach(connection: Connection, call: Call, recording: Recording) -> None:
    """To the message that stands for the call: whatever forgets that message forgets it too."""
    names: dict[str, Any] = {
        "ws": call.workspace_id,
        "id": recording.id,
        "call": call.id,
        "filename": recording.filename,
        "mime": _MIME,
        "size": recording.size,
        "key": recording.key,
    }
    await connection.execute(
        """INSERT INTO attachment (workspace_id, id, message_id, filename, mime_type, size, storage_key)
           SELECT %(ws)s, %(id)s, c.message_id, %(filename)s, %(mime)s, %(size)s, %(key)s
           FROM call c WHERE c.workspace_id = %(ws)s AND c.id = %(call)s ON CONFLICT DO NOTHING""",
        names,
    )
    await connection.execute("UPDATE call SET recording = %(id)s WHERE workspace_id = %(ws)s AND id = %(call)s", names)
