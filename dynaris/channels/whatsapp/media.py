"""Files that contacts send: Meta keeps them for 30 days behind an address that lives five minutes."""

import base64
import hashlib

from dynaris.channels.contract import Attachment, Refused, RemoteFile, TryLater
from dynaris.channels.whatsapp.graph import GraphError, NotReached, Number, Transport, asked


async def fetch(transport: Transport, number: Number, file: RemoteFile, *, most: int) -> Attachment:
    """Raises `TryLater`, or `Refused` where Meta has it no more or it is too large."""
    try:
        about = await asked(transport, number, "GET", file.id, query={"phone_number_id": number.address})
    except Refused as error:
        raise Refused(f"WhatsApp does not have the file any more: {error.reason}") from error
    url = about.get("url")
    if not isinstance(url, str) or not url.startswith(("https://", "http://")):
        raise TryLater("Meta named no address for the file")
    size = about.get("file_size")
    if isinstance(size, int) and size > most:
        raise Refused(f"the file has {size:,} bytes; {most:,} are the most")
    try:
        content = await transport.download(number, url, most=most)
    except GraphError as error:
        # The address has lapsed, or was never right: the next try asks for another.
        raise TryLater(f"the file could not be fetched: {error}") from error
    except NotReached:
        raise
    _check(content, about.get("sha256"))
    return Attachment(filename=file.filename, mime_type=file.mime_type, content=content)


def _check(content: bytes, expected: object) -> None:
    """Meta gives hex here and base64 in the webhook; what is neither proves nothing."""
    if not isinstance(expected, str) or not expected:
        return
    digest = hashlib.sha256(content).digest()
    forms = {digest.hex(), base64.b64encode(digest).decode()}
    if len(expected) in {len(one) for one in forms} and expected not in forms:
        raise TryLater("the file came with other bytes than Meta announced")
