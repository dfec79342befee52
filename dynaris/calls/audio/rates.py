"""Sound with as many samples a second as somebody wants."""

from livekit import rtc


def at_rate(frame: rtc.AudioFrame, rate: int) -> bytes:
    """All of it, as samples with 16 bits."""
    if frame.sample_rate == rate:
        return bytes(frame.data)
    resampler = rtc.AudioResampler(frame.sample_rate, rate)
    return b"".join(bytes(each.data) for each in [*resampler.push(frame), *resampler.flush()])
