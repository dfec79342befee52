"""Live streams are bounded by whom they are for, and given back when they end, however they end."""

import pytest

from dynaris.core.errors import TooManyRequests
from dynaris.core.pace import Limit
from dynaris.core.streams import Streams

ADA, BOB = Limit("ada", 2, "streams for a session"), Limit("bob", 2, "streams for a session")


def test_one_session_holds_only_so_many_and_others_go_on() -> None:
    streams = Streams()
    with streams.held(ADA), streams.held(ADA):
        with pytest.raises(TooManyRequests, match="at most 2 streams for a session"):
            streams.check(ADA)
        streams.check(BOB)
    streams.check(ADA)


def test_all_together_hold_only_so_many() -> None:
    streams = Streams(Limit("", 2, "streams"))
    with streams.held(ADA), streams.held(BOB), pytest.raises(TooManyRequests):
        streams.check(BOB)
    streams.check(ADA, BOB)


def test_a_stream_that_breaks_is_counted_no_more() -> None:
    streams = Streams()
    with pytest.raises(RuntimeError), streams.held(ADA):
        raise RuntimeError
    assert not streams._open
