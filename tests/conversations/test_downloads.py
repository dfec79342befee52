"""A recording is handed out in the parts that a player asks for."""

import pytest

from dynaris.conversations.downloads import download


@pytest.mark.parametrize(
    ("wanted", "status", "part", "said"),
    [
        (None, 200, b"0123456789", None),
        ("bytes=0-1", 206, b"01", "bytes 0-1/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=-50", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=5-500", 206, b"56789", "bytes 5-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=3-2", 200, b"0123456789", None),
        ("bytes=0-1,3-4", 200, b"0123456789", None),
        ("bytes=-", 200, b"0123456789", None),
        ("lines=0-1", 200, b"0123456789", None),
    ],
)
def test_a_part_is_what_was_asked_for(wanted: str | None, status: int, part: bytes, said: str | None) -> None:
    answer = download(b"0123456789", filename="voice.ogg", mime_type="audio/ogg", wanted=wanted)
    assert (answer.status_code, bytes(answer.body), answer.headers.get("content-range")) == (status, part, said)
    assert answer.headers["content-length"] == str(len(part))


def test_an_empty_file_has_no_parts() -> None:
    assert download(b"", filename="x", mime_type="text/plain", wanted="bytes=0-").status_code == 416


def test_the_codec_behind_a_type_does_not_hide_it() -> None:
    answer = download(b"OggS", filename="voice.ogg", mime_type="audio/ogg; codecs=opus")
    assert answer.headers["content-type"] == "audio/ogg"
