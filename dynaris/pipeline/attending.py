"""The contact sees that what they wrote was read and somebody writes: beside the work, which never waits for it."""

import asyncio
from functools import cache

from dynaris.channels.contract import Attentive, Channel
from dynaris.channels.registry import channel
from dynaris.pipeline.inquiry import Inquiry

_SECONDS = 5.0
_MOST = 200  # at once: more would only pile up behind a slow provider

_running: set[asyncio.Task[None]] = set()


@cache
def _attentive(source: Channel) -> Attentive | None:
    return source if isinstance(source, Attentive) else None


def show_typing(inquiry: Inquiry) -> None:
    source = _attentive(channel(inquiry.answered_on))
    if source is None or inquiry.in_reply_to is None or inquiry.account.rehearses or len(_running) >= _MOST:
        return
    task = asyncio.create_task(_attend(source, inquiry, inquiry.in_reply_to))
    _running.add(task)
    task.add_done_callback(_running.discard)


async def _attend(source: Attentive, inquiry: Inquiry, message_id: str) -> None:
    try:
        async with asyncio.timeout(_SECONDS):
            await source.attend(inquiry.account, to=inquiry.reply_to, message_id=message_id, typing=True)
    except TimeoutError:
        return
