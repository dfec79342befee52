"""`make bench-voice`: calls on the way that Twilio's calls take, with ears, a voice and a model that run here, so that
little else than our own part counts."""

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp
import numpy as np
from livekit import rtc

from benchmarks import measure
from benchmarks.figures import Figure, as_json, as_table, median, percentile
from benchmarks.product import Product, running_product
from benchmarks.voice.caller import ACCOUNT, LOUD, NUMBER, TOKEN, Caller, calling
from benchmarks.voice.long_runs import leaks, patience
from benchmarks.voice.losses import losses
from dynaris.calls.speech.espeak import EspeakProcess, EspeakTTS
from dynaris.core import mulaw

ROUNDS, TURNS = 5, 3
QUESTION, INTERRUPTION, BACKCHANNEL = "Is there parking?", "No, thank you. No, thank you.", "Yeah."
WISH = "I would like to make an appointment."
_PAUSE = 0.35  # seconds: longer than those within a sentence
_APART = 0.37  # seconds between the beginnings of calls that go on at once


@dataclass
class Seen:
    """Of one round, in seconds."""

    first_audio: list[float] = field(default_factory=list)
    quiet: list[float] = field(default_factory=list)
    cleared: list[float] = field(default_factory=list)
    resumed: list[bool] = field(default_factory=list)


@dataclass
class Scene:
    product: Product
    http: aiohttp.ClientSession
    speech: dict[str, bytes]
    said: int = 0

    def number(self) -> str:
        """Of somebody who never called."""
        self.said += 1
        return f"+49171{self.said:07}"


async def answered(scene: Scene, seen: Seen) -> None:
    """The greeting is heard out; then each question, and how soon its answer is heard."""
    async with calling(scene.product, scene.http, scene.number()) as caller:
        await caller.quiet_for(1.0)
        for _ in range(TURNS):
            done = await caller.say(scene.speech[QUESTION])
            first = await caller.sound_after(done)
            seen.first_audio.append(first - done if first else 30.0)
            await caller.quiet_for(1.0)


async def interrupted(scene: Scene, seen: Seen) -> None:
    """Somebody speaks over the answer, and means it; then merely says "yeah"."""
    async with calling(scene.product, scene.http, scene.number()) as caller:
        await caller.quiet_for(1.0)
        for _ in range(TURNS):
            await _until_it_speaks(scene, caller)
            await caller.say(scene.speech[INTERRUPTION])
            seen.quiet.append(_quiet_since(caller) - caller.onset)
            clear = next((at for at in caller.cleared if at > caller.onset), None)
            seen.cleared.append(clear - caller.onset if clear else 30.0)
            await caller.quiet_for(2.0)
            await _until_it_speaks(scene, caller)
            before = len(caller.cleared)
            done = await caller.say(scene.speech[BACKCHANNEL])
            seen.resumed.append(
                await caller.sound_after(done + 0.3, seconds=4) is not None and len(caller.cleared) == before
            )
            await caller.quiet_for(1.5)


def _quiet_since(caller: Caller) -> float:
    """The end of what was heard of us without a pause, when they began to speak."""
    until = caller.onset
    for at, sound in caller.heard:
        if sound and at >= caller.onset:
            if at - until > _PAUSE:
                break
            until = at
    return until


async def _until_it_speaks(scene: Scene, caller: Caller) -> None:
    done = await caller.say(scene.speech[QUESTION])
    await caller.sound_after(done)
    await asyncio.sleep(1.3)  # in the middle of a sentence


async def at_once(scene: Scene, count: int, part: Callable[[Scene, Seen], Awaitable[None]]) -> Seen:
    seen = Seen()

    async def late(number: int) -> None:
        await asyncio.sleep(number * _APART)
        await part(scene, seen)

    await asyncio.gather(*(late(number) for number in range(count)))
    return seen


async def figures(rounds: int, calls: int) -> list[Figure]:
    async with running_product() as product, aiohttp.ClientSession() as http:
        settings = ("--set", f"account_sid={ACCOUNT}", "--set", f"auth_token={TOKEN}")
        await product.command("account", "add", "--workspace", "demo", "voice_twilio", "--address", NUMBER, *settings)
        scene = Scene(product, http, await recorded())
        await at_once(scene, 1, answered)  # loads the process
        found: list[Figure] = []
        for count in (1, 10):
            found += await _answers(scene, count, rounds)
        found += await _interruptions(scene, rounds)
        found += await patience(product, http, scene.number(), scene.speech[WISH])
        found += await leaks(product, http, 2 * calls)
        return found + await losses(product, http, scene.speech[QUESTION], calls)


async def _answers(scene: Scene, count: int, rounds: int) -> list[Figure]:
    p50, p95, cpu, memory = [], [], [], []
    for _ in range(rounds):
        roots = scene.product.processes("calls")
        busy, began, before = measure.cpu_seconds(roots), time.monotonic(), measure.proportional_set_size(roots)
        watch = asyncio.create_task(_most_memory(roots))
        seen = await at_once(scene, count, answered)
        cpu.append(100 * (measure.cpu_seconds(roots) - busy) / (time.monotonic() - began) / count)
        watch.cancel()
        memory.append((max(await _result(watch), before) - before) / 1_000_000 / max(1, count - 1))
        p50.append(_milliseconds(seen.first_audio, 0.5))
        p95.append(_milliseconds(seen.first_audio, 0.95))
        print(f"  {count} at once: {p50[-1]:.0f} ms, {p95[-1]:.0f} ms at the 95th", file=sys.stderr, flush=True)
    found = [
        Figure(f"voice_{count}_first_audio_p50_ms", median(p50), target=450, unit="ms"),
        Figure(f"voice_{count}_first_audio_p95_ms", median(p95), target=700, unit="ms"),
    ]
    if count > 1:
        found.append(Figure("voice_cpu_percent_of_core_per_call", median(cpu), target=6, unit="%"))
        found.append(Figure("voice_memory_mb_per_further_call", median(memory), target=8, unit="MB"))
    return found


async def _interruptions(scene: Scene, rounds: int) -> list[Figure]:
    quiet, cleared, resumed = [], [], []
    for _ in range(rounds):
        seen = await at_once(scene, 2, interrupted)
        quiet.append(_milliseconds(seen.quiet, 0.95))
        cleared.append(_milliseconds(seen.cleared, 0.95))
        resumed += seen.resumed
        print(f"  interrupted: quiet after {quiet[-1]:.0f} ms, {cleared[-1]:.0f} ms", file=sys.stderr, flush=True)
    return [
        Figure("voice_barge_in_quiet_p95_ms", median(quiet), target=300, unit="ms", note="from the caller's onset"),
        Figure("voice_barge_in_cleared_p95_ms", median(cleared), target=700, unit="ms"),
        Figure("voice_goes_on_after_yeah_share", sum(resumed) / len(resumed), target=1, at_least=True),
    ]


def _milliseconds(seen: list[float], share: float) -> float:
    found = percentile(seen, share)
    assert found is not None, "nothing was measured"
    return found * 1_000


async def _most_memory(roots: list[int]) -> int:
    most = 0
    try:
        while True:
            most = max(most, measure.proportional_set_size(roots))
            await asyncio.sleep(0.5)
    except asyncio.CancelledError:
        return most


async def _result(task: "asyncio.Task[int]") -> int:
    return await task


async def recorded() -> dict[str, bytes]:
    """As it is said on the telephone, without the quiet around it."""
    process = EspeakProcess()
    voice = EspeakTTS(process)
    found = {}
    for text in (QUESTION, INTERRUPTION, BACKCHANNEL, WISH):
        frame = await voice.synthesize(text).collect()
        resampler = rtc.AudioResampler(frame.sample_rate, mulaw.RATE)
        said = b"".join(bytes(each.data) for each in [*resampler.push(frame), *resampler.flush()])
        loud = np.nonzero(np.abs(np.frombuffer(said, np.int16).astype(int)) > LOUD)[0]
        found[text] = said[2 * int(loud[0]) : 2 * (int(loud[-1]) + 1)]
    await process.aclose()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.voice", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--calls", type=int, default=500, help="that lose their callers, lines and processes")
    given = parser.parse_args()
    found = asyncio.run(figures(given.rounds, given.calls))
    print(as_table(found))
    print(as_json(found))
    sys.exit(0 if all(figure.holds for figure in found) else 1)


if __name__ == "__main__":
    main()
