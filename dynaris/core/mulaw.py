"""G.711 mu-law, the code of telephone lines and of Twilio's Media Streams: 8,000 samples a second, a byte each.

By tables, 6 microseconds for 20 ms either way; the standard library's `audioop` left it with Python 3.13.
"""

import numpy as np

RATE = 8_000
_BIAS, _CLIP = 0x84, 32_635  # ITU-T G.711


def _decoded() -> np.ndarray:
    """The sample of each of the 256 codes."""
    code = ~np.arange(256, dtype=np.uint8)
    exponent = ((code >> 4) & 7).astype(np.int32)
    size = (((code & 0x0F).astype(np.int32) << 3) + _BIAS << exponent) - _BIAS
    return np.where(code & 0x80, -size, size).astype(np.int16)


def _encoded() -> np.ndarray:
    """The code of each of the 65,536 samples, by the sample's bits."""
    sample = np.arange(65_536, dtype=np.uint16).view(np.int16).astype(np.int32)
    size = np.minimum(np.abs(sample), _CLIP) + _BIAS
    exponent = np.floor(np.log2(size)).astype(np.int32) - 7
    mantissa = (size >> (exponent + 3)) & 0x0F
    return (~(np.where(sample < 0, 0x80, 0) | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8)


_DECODED, _ENCODED = _decoded(), _encoded()


def decode(code: bytes) -> bytes:
    """Linear samples of 16 bits, in this machine's order."""
    return _DECODED[np.frombuffer(code, np.uint8)].tobytes()


def encode(samples: bytes) -> bytes:
    """Of linear samples of 16 bits; a half one at the end is left out."""
    return _ENCODED[np.frombuffer(samples, np.uint16, count=len(samples) // 2)].tobytes()
