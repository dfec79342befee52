"""eSpeak NG in a process of its own: `python -m dynaris.core.espeak_process`, for `espeak.py` alone.

It has one voice at a time for a whole process, is under the GPL, and is C: a fault in it ends no call. In comes a line
of JSON, {"text", "voice", "speed"}; out come pieces of sound (mono, 16 bits, little-endian), each after its length in
bytes (32 bits, little-endian), and then a length of 0. The first four bytes of all are the samples a second.
"""

import json
import struct
import sys
from ctypes import CDLL, CFUNCTYPE, POINTER, byref, c_char_p, c_int, c_size_t, c_uint, c_void_p, string_at

import espeakng_loader

_SYNCHRONOUS, _UTF8, _SPEED, _DEFAULT_VOICE = 2, 1, 1, b"en"
_PIECE_MS = 60


def main() -> None:
    out, library = sys.stdout.buffer, CDLL(espeakng_loader.get_library_path())

    @CFUNCTYPE(c_int, c_void_p, c_int, c_void_p)
    def pieces(samples: int | None, count: int, _events: object) -> int:
        if samples and count:
            out.write(struct.pack("<I", count * 2) + string_at(samples, count * 2))
            out.flush()
        return 0

    rate = library.espeak_Initialize(_SYNCHRONOUS, _PIECE_MS, espeakng_loader.get_data_path().encode(), 0)
    if rate <= 0:
        raise SystemExit("eSpeak NG does not start")
    library.espeak_SetSynthCallback(pieces)
    library.espeak_Synth.argtypes = [c_char_p, c_size_t, c_uint, c_int, c_uint, c_uint, POINTER(c_uint), c_void_p]
    out.write(struct.pack("<I", rate))
    out.flush()
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        if library.espeak_SetVoiceByName(asked["voice"].encode()) != 0:
            library.espeak_SetVoiceByName(_DEFAULT_VOICE)
        library.espeak_SetParameter(_SPEED, asked["speed"], 0)
        text = asked["text"].encode()
        library.espeak_Synth(text, len(text) + 1, 0, 0, 0, _UTF8, byref(c_uint()), None)
        out.write(struct.pack("<I", 0))
        out.flush()


if __name__ == "__main__":
    main()
