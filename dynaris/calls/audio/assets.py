"""Sound files that somebody named: fetched as anything else from outside, and made what a line carries."""

from contextlib import aclosing

import aiohttp
import numpy as np
from livekit.agents.utils.codecs import AudioStreamDecoder

from dynaris.core.outbound import Outbound

_SECONDS = aiohttp.ClientTimeout(total=30, connect=5)
_MOST_BYTES, _MOST_SECONDS = 15_000_000, 600
_VOLUME = 0.6  # beside speech
_KNOWN: dict[tuple[str, int], bytes] = {}
_MOST_KNOWN = 4  # a business has one or two, and asks for them again and again


class AssetRefused(Exception):
    """It cannot be had, or is no sound."""


async def fetched(url: str, rate: int, outbound: Outbound) -> bytes:
    """Mono, linear samples of 16 bits. Raises `AssetRefused`."""
    if known := _KNOWN.get((url, rate)):
        return known
    if not url.startswith("https://"):
        raise AssetRefused("an address that begins with https:// is needed")
    try:
        async with (
            aiohttp.ClientSession(connector=outbound.http_connector(limit=1), timeout=_SECONDS) as http,
            http.get(url, allow_redirects=False) as response,
        ):
            if response.status != 200:
                raise AssetRefused(f"its server answered {response.status}")
            body = bytearray()
            async for chunk in response.content.iter_chunked(64_000):
                body += chunk
                if len(body) > _MOST_BYTES:
                    raise AssetRefused(f"it has more than {_MOST_BYTES:,} bytes")
            kind = response.content_type
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise AssetRefused(f"it cannot be fetched: {error or type(error).__name__}") from error
    samples = await decoded(bytes(body), rate, kind)
    if len(_KNOWN) >= _MOST_KNOWN:
        _KNOWN.pop(next(iter(_KNOWN)))
    _KNOWN[url, rate] = samples
    return samples


async def decoded(body: bytes, rate: int, kind: str | None = None) -> bytes:
    """Raises `AssetRefused`."""
    decoder = AudioStreamDecoder(sample_rate=rate, num_channels=1, format=kind if kind and "audio/" in kind else None)
    decoder.push(body)
    decoder.end_input()
    parts: list[bytes] = []
    seconds = 0.0
    try:
        async with aclosing(decoder):
            async for frame in decoder:
                parts.append(bytes(frame.data))
                if (seconds := seconds + frame.duration) > _MOST_SECONDS:
                    break
    except Exception as error:  # whatever a broken file does to the decoder
        raise AssetRefused(f"it is no sound: {error}") from error
    if not parts:
        raise AssetRefused("it is no sound")
    return (np.frombuffer(b"".join(parts), np.int16) * _VOLUME).astype(np.int16).tobytes()
