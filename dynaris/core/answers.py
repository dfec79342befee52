"""Reading what a server answered."""

import aiohttp


async def beginning(response: aiohttp.ClientResponse, most: int) -> bytes:
    """Of its body, all if it has no more bytes; the rest stays unread. aiohttp's `content.read(most)` gives what has
    arrived so far, be it half of a short answer."""
    found = bytearray()
    async for part in response.content.iter_any():
        found += part
        if len(found) >= most:
            break
    return bytes(found[:most])
