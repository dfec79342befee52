"""Files that the provider keeps for us: fetched before the message is filed, so that it is answered with them."""

from typing import Any

import structlog

from dynaris.agents.transcription import NotTranscribed, transcribe
from dynaris.channels.contract import Account, Attachment, Fetching, Inbound, Refused, RemoteFile, TryLater
from dynaris.channels.registry import channel
from dynaris.core.errors import Unavailable
from dynaris.pipeline.inquiry import QueuedEvent
from dynaris.pipeline.services import Services

log = structlog.get_logger()

MOST_BYTES = 100_000_000  # of one file: the largest document that WhatsApp takes
_TRIES = 4  # of the event; then it goes on without the file, which a person may ask for again

# The first bytes of what may come as a picture, a sound, a film or a paper; a type that is not here is not looked at.
_BEGINS: dict[str, tuple[tuple[int, bytes], ...]] = {
    "image/jpeg": ((0, b"\xff\xd8\xff"),),
    "image/png": ((0, b"\x89PNG\r\n\x1a\n"),),
    "image/gif": ((0, b"GIF8"),),
    "image/webp": ((8, b"WEBP"),),
    "video/mp4": ((4, b"ftyp"),),
    "video/3gpp": ((4, b"ftyp"),),
    "audio/mp4": ((4, b"ftyp"),),
    "audio/ogg": ((0, b"OggS"),),
    "audio/mpeg": ((0, b"ID3"), (0, b"\xff\xfb"), (0, b"\xff\xf3"), (0, b"\xff\xf2")),
    "audio/aac": ((0, b"\xff\xf1"), (0, b"\xff\xf9")),
    "audio/amr": ((0, b"#!AMR"),),
    "application/pdf": ((0, b"%PDF-"),),
}
_PROGRAMS = (b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"#!/")
_UNKNOWN = "application/octet-stream"


async def with_files(services: Services, event: QueuedEvent, account: Account[Any], inbound: Inbound) -> Inbound:
    """With the files' bytes, or words instead of them; what was spoken is read as it was transcribed. Raises
    `Unavailable` while another try may bring them."""
    if not inbound.files:
        return inbound
    source = channel(event.channel)
    assert isinstance(source, Fetching), f"{event.channel} names files that nobody can fetch"
    fetched, missing, heard = [], [], {}
    for file in inbound.files:
        try:
            fetched.append(_examined(await source.fetch(file, account, most=MOST_BYTES)))
            if file.spoken:
                heard |= await _transcript(services, event, fetched[-1])
        except TryLater as error:
            if event.attempts < _TRIES:
                raise Unavailable(f"{file.filename}: {error.reason}") from error
            missing.append((file, error.reason))
        except Refused as error:
            missing.append((file, error.reason))
    inbound = inbound.model_copy(update={"attachments": (*inbound.attachments, *fetched), **_said(inbound, heard)})
    if not missing:
        return inbound
    words = "\n".join(f"[{_named(file)} could not be had: {why}]" for file, why in missing)
    log.warning("files.missing", event_id=str(event.id), reasons=[why for _, why in missing])
    return inbound.model_copy(
        update={
            "text": f"{inbound.text}\n{words}",
            "needs_person": inbound.needs_person or "a file of the message could not be had",
        }
    )


async def _transcript(services: Services, event: QueuedEvent, file: Attachment) -> dict[str, str]:
    """What is kept with the message; nothing, where nobody transcribes."""
    try:
        made = await transcribe(
            services.db,
            services.models,
            event.workspace_id,
            filename=file.filename,
            mime_type=file.mime_type,
            content=file.content,
        )
    except NotTranscribed as error:
        if error.passes and event.attempts < _TRIES:
            raise Unavailable(f"{file.filename} is not transcribed yet: {error.reason}") from error
        log.warning("voice_note.not_transcribed", event_id=str(event.id), reason=error.reason)
        return {"not_transcribed": error.reason}
    return {"transcript": made[0], "transcribed_by": made[1]} if made else {}


def _said(inbound: Inbound, heard: dict[str, str]) -> dict[str, Any]:
    """A spoken message is answered as if it had been written; the recording stays with it."""
    if not heard:
        return {}
    about = {key: value for key, value in heard.items() if key != "transcript"}
    return {"data": {**inbound.data, **about}, "text": heard.get("transcript", inbound.text)}


def _named(file: RemoteFile) -> str:
    return "the voice message" if file.spoken else file.filename


def _examined(file: Attachment) -> Attachment:
    """What is not what it says is kept as bytes without a type; a program is not kept."""
    kind = file.mime_type.partition(";")[0].strip().lower()
    if file.content.startswith(_PROGRAMS) and not file.content.startswith(b"#!AMR"):
        raise Refused("it is a program, which is not kept")
    begins = _BEGINS.get(kind)
    if begins and not any(file.content[at : at + len(bytes_)] == bytes_ for at, bytes_ in begins):
        return file.model_copy(update={"mime_type": _UNKNOWN})
    return file
