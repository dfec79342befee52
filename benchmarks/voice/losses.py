"""Calls whose callers hang up, whose sockets are cut and whose process is killed: what is left of them afterwards."""

import asyncio
import os
import random
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from xml.etree.ElementTree import fromstring

import aiohttp

from benchmarks.figures import Figure
from benchmarks.product import Product
from benchmarks.voice.caller import Caller, on_line, told
from dynaris.core.ids import new_id

AT_ONCE = 10
_KILLED_EVERY = (15.0, 30.0)  # seconds
_LOST_WEBHOOKS = 0.1  # of the words of how a call ended
_MOST_LINES = 6  # that Twilio opens for one call here
_ENDED_SECONDS = 240.0

_LEFT = """SELECT c.external_id AS sid, c.status, c.agent IS NOT NULL AS answered,
        (SELECT count(*) FROM usage_event u WHERE u.workspace_id = c.workspace_id AND u.call_id = c.id::text) AS usage,
        (SELECT count(*) FROM message m WHERE m.workspace_id = c.workspace_id AND m.data->>'call' = c.id::text
            AND m.data ? 'at' AND m.author = 'contact') AS theirs,
        (SELECT count(*) FROM message m WHERE m.workspace_id = c.workspace_id AND m.data->>'call' = c.id::text
            AND m.data ? 'at' AND m.author = 'agent') AS ours
    FROM call c WHERE c.external_id = ANY(%(sids)s)"""


@dataclass
class Lived:
    """What a caller knows of their call."""

    sid: str = field(default_factory=lambda: f"CA{new_id().hex}")
    number: str = ""
    greeted: bool = False  # heard whole
    answered: bool = False  # a question, of which they heard the beginning
    heard_out: bool = False  # and the end


class _HungUp(Exception):
    pass


async def losses(product: Product, http: aiohttp.ClientSession, speech: bytes, calls: int) -> list[Figure]:
    dice = random.Random(7)
    lives = [Lived(number=f"+49172{number:07}") for number in range(calls)]
    gate = asyncio.Semaphore(AT_ONCE)

    async def live(life: Lived) -> None:
        async with gate:
            await _call(product, http, life, speech, random.Random(dice.random()))

    killing = asyncio.create_task(_kill(product, random.Random(11)))
    await asyncio.gather(*(live(life) for life in lives))
    killing.cancel()
    killed = await _result(killing)
    print(f"  {calls} calls, {killed} processes killed", file=sys.stderr, flush=True)
    return _figures(lives, await _ended(product, lives))


def _figures(lives: list[Lived], left: dict[str, dict[str, int]]) -> list[Figure]:
    nothing = {"usage": 0, "theirs": 0, "ours": 0, "answered": 0}
    of = {life.sid: left.get(life.sid, nothing) for life in lives}
    transcripts = sum(
        of[life.sid]["theirs"] < life.answered or of[life.sid]["ours"] < life.greeted + life.heard_out for life in lives
    )
    usage = sum(each["usage"] != (1 if each["answered"] else 0) for each in of.values())
    unended = len(lives) - len(left)
    note = f"of {len(lives)} calls, {sum(life.answered for life in lives)} with an answer that was heard"
    return [
        Figure("voice_lost_transcripts", transcripts, target=0, unit="calls", note=note),
        Figure("voice_lost_usage_events", usage, target=0, unit="calls", note="none, or more than one"),
        Figure("voice_calls_never_ended", unended, target=0, unit="calls"),
    ]


async def _call(product: Product, http: aiohttp.ClientSession, life: Lived, speech: bytes, dice: random.Random) -> None:
    """The carrier's side of it: the line is opened again while the caller is there."""
    says_when = dice.choice(("never", "greeting", "question", "answer", "end", "end"))
    cuts_when = dice.choice((None, None, "greeting", "question", "answer"))
    path = "/twilio/voice"
    with suppress(_HungUp, aiohttp.ClientError, TimeoutError):
        for line in range(_MOST_LINES):
            twiml = fromstring(
                await told(product, http, path, life.sid, life.number, "in-progress" if line else "ringing")
            )
            if twiml.find("Connect/Stream") is None:
                break
            path = "/twilio/voice/after"
            with suppress(aiohttp.ClientError, ConnectionError):
                async with asyncio.timeout(60), on_line(http, life.sid, twiml) as caller:
                    await _talk(caller, life, speech, hangs_up=says_when, cuts=None if line else cuts_when, dice=dice)
    if dice.random() > _LOST_WEBHOOKS:
        await told(product, http, "/twilio/status", life.sid, life.number, "completed", CallDuration="5")


async def _talk(
    caller: Caller, life: Lived, speech: bytes, *, hangs_up: str, cuts: str | None, dice: random.Random
) -> None:
    """Raises `_HungUp`; returns where the line is lost."""

    async def now(moment: str) -> bool:
        """Whether it is cut."""
        if hangs_up == moment:
            await asyncio.sleep(dice.uniform(0, 1))
            await caller.hang_up()
            raise _HungUp
        if cuts == moment:
            await asyncio.sleep(dice.uniform(0, 1))
            caller.cut()
        return caller.is_cut

    if await now("never") or await now("greeting") or not await caller.is_quiet_for(0.8):
        return
    life.greeted = True
    saying = asyncio.create_task(caller.say(speech))
    if await now("question"):
        saying.cancel()
        return
    if caller.is_cut or await caller.sound_after(await saying, seconds=10) is None:
        return
    life.answered = True
    if await now("answer") or not await caller.is_quiet_for(0.8):
        return
    life.heard_out = True
    await asyncio.sleep(0.3)
    await caller.hang_up()
    raise _HungUp


async def _kill(product: Product, dice: random.Random) -> int:
    """Until cancelled; how many."""
    killed = 0
    try:
        while True:
            await asyncio.sleep(dice.uniform(*_KILLED_EVERY))
            for pid in product.processes("calls"):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    killed += 1
    except asyncio.CancelledError:
        return killed


async def _ended(product: Product, lives: list[Lived]) -> dict[str, dict[str, int]]:
    """Those that have ended, by the carrier's id; all that ever began has a row."""
    sids = {"sids": [life.sid for life in lives]}
    with suppress(TimeoutError):
        async with asyncio.timeout(_ENDED_SECONDS):
            while any(row["status"] != "ended" for row in await product.rows(_LEFT, sids)):  # noqa: ASYNC110
                await asyncio.sleep(2)
    return {row["sid"]: row for row in await product.rows(_LEFT, sids) if row["status"] == "ended"}


async def _result(task: "asyncio.Task[int]") -> int:
    return await task
