"""The exchange: calls that come in, that the product places, and what their TwiML makes of them."""

import asyncio
import secrets
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Literal
from xml.etree.ElementTree import Element

from dynaris.core.errors import InvalidInput, NotFound
from dynaris.core.espeak import EspeakProcess
from dynaris.sandbox.twilio.account import Account
from dynaris.sandbox.twilio.media import stream
from dynaris.sandbox.twilio.people import Person, Weather
from dynaris.sandbox.twilio.phone import AT_ONCE, SLICE, Handset, beep, resampled
from dynaris.sandbox.twilio.twiml import number, verbs
from dynaris.sandbox.twilio.webhooks import Webhooks

Status = Literal["queued", "ringing", "in-progress", "completed", "busy", "no-answer", "canceled", "failed"]
_OVER = frozenset({"completed", "busy", "no-answer", "canceled", "failed"})
_NO_ANSWER_SECONDS = 3.0  # instead of Twilio's 60: somebody waits for it here
_QUIET_SECONDS = 2.0  # that end what is recorded
_MOST_CALLS = 1_000  # that are remembered


@dataclass
class Call:
    sid: str
    caller: str
    called: str
    direction: Literal["inbound", "outbound-api", "outbound-dial"]
    handset: Handset  # of whoever is not the business
    status: Status = "queued"
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    began: datetime | None = None
    ended: datetime | None = None
    parent: str | None = None
    answered_by: str | None = None
    callback: str = ""
    callback_events: frozenset[str] = frozenset({"completed"})
    weather: Weather = field(default_factory=Weather)
    then: str | None = None  # TwiML that takes the place of what runs
    running: asyncio.Task[None] | None = None

    @property
    def is_over(self) -> bool:
        return self.status in _OVER

    @property
    def seconds(self) -> int:
        return round(((self.ended or datetime.now(UTC)) - self.began).total_seconds()) if self.began else 0


class Exchange:
    def __init__(self, account: Account, reached: tuple[str, str] = ("", "")) -> None:
        self.account = account
        self.people: dict[str, Person] = {}
        self.calls: dict[str, Call] = {}
        self.voice = EspeakProcess()
        self.webhooks = Webhooks(account.auth_token, reached)
        self._tasks: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.voice.aclose()
        await self.webhooks.close()

    def person(self, named: str) -> Person:
        return self.people.setdefault(named, Person(named))

    def call(self, sid: str) -> Call:
        if sid not in self.calls:
            raise NotFound(f"no call {sid[:50]}")
        return self.calls[sid]

    def calls_in(self, caller: str, called: str, *, weather: Weather | None = None) -> Call:
        """Somebody calls one of the business's numbers. Raises `NotFound`."""
        ours = self.account.number(called)
        if ours is None:
            raise NotFound(f"no number {called[:50]} here")
        call = self._new(caller, called, "inbound", self.person(caller).language)
        call.weather, call.status = weather or Weather(), "ringing"
        call.callback = ours.status_callback
        self._begin(call, self._taken(call, ours.voice_url))
        return call

    def places(
        self,
        caller: str,
        called: str,
        twiml: str,
        *,
        callback: str = "",
        events: frozenset[str] = frozenset({"completed"}),
        detects: str = "",
        seconds: float = 60,
    ) -> Call:
        """The product calls somebody. `detects`: where it is told who answered, a person or a machine."""
        call = self._new(caller, called, "outbound-api", self.person(called).language)
        call.callback, call.callback_events = callback, events
        self._begin(call, self._placed(call, twiml, detects, seconds))
        return call

    async def hang_up(self, call: Call) -> None:
        """Either side; returns once everybody was told."""
        if call.running and call.running is not asyncio.current_task():
            call.running.cancel()
            await asyncio.gather(call.running, return_exceptions=True)

    def replace(self, call: Call, twiml: str) -> None:
        """What runs ends, and this takes its place."""
        list(verbs(twiml))
        call.then = twiml
        if call.running:
            call.running.cancel()

    def _new(self, caller: str, called: str, direction: str, language: str) -> Call:
        sid = "CA" + secrets.token_hex(16)
        call = Call(sid, caller, called, direction, Handset(self.voice, language))  # type: ignore[arg-type]
        self.calls[sid] = call
        for old in [each for each in self.calls.values() if each.is_over][: max(0, len(self.calls) - _MOST_CALLS)]:
            del self.calls[old.sid]
        return call

    def _begin(self, call: Call, work: Coroutine[Any, Any, None]) -> None:
        async def whole() -> None:
            try:
                await work
            except asyncio.CancelledError:
                if call.then is None:
                    return
                # Replaced from outside, perhaps several times.
                while (twiml := call.then) is not None:
                    call.then = None
                    with suppress(asyncio.CancelledError):
                        await self._run(call, twiml)
            finally:
                await asyncio.shield(self._end(call))

        call.running = task = asyncio.create_task(whole())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _taken(self, call: Call, voice_url: str) -> None:
        twiml = await self.webhooks.ask(voice_url, self.fields(call)) if voice_url else None
        if twiml is None:
            call.status = "failed"
            return
        await self._run(call, twiml)

    async def _placed(self, call: Call, twiml: str, detects: str, seconds: float) -> None:
        await self._tell(call, "initiated")
        if not await self._answers(call, self.person(call.called), seconds):
            return
        if detects:
            self._aside(self._detected(call, detects))
        self._aside(self._speak_first(call, self.person(call.called)))
        await self._run(call, twiml)

    async def _answers(self, call: Call, person: Person, seconds: float) -> bool:
        if person.manner == "unreachable":
            call.status = "failed"
            return False
        call.status = "ringing"
        await self._tell(call, "ringing")
        if person.manner == "busy":
            call.status = "busy"
            return False
        if person.manner == "no_answer" or person.rings > seconds:
            await asyncio.sleep(min(seconds, _NO_ANSWER_SECONDS))
            call.status = "no-answer"
            return False
        await asyncio.sleep(person.rings)
        await self._answered(call)
        return True

    async def _speak_first(self, call: Call, person: Person) -> None:
        if person.manner == "machine":
            await call.handset.say(
                person.says or "Nobody can take your call now. Please leave a message after the tone."
            )
            call.handset.utter(beep())
            call.handset.beeps += 1
        elif person.says:
            await call.handset.say(person.says)

    async def _detected(self, call: Call, url: str) -> None:
        """Asynchronous answering machine detection, as `DetectMessageEnd` tells of it."""
        machine = self.person(call.called).manner == "machine"
        while machine and (not call.handset.beeps or call.handset.speaks):  # noqa: ASYNC110 - sound takes its time
            await asyncio.sleep(SLICE)
        await asyncio.sleep(0 if machine else 0.5)
        call.answered_by = "machine_end_beep" if machine else "human"
        await self.webhooks.ask(url, {**self.fields(call), "AnsweredBy": call.answered_by})

    async def _answered(self, call: Call) -> None:
        if call.began is None:
            call.status, call.began = "in-progress", datetime.now(UTC)
            await self._tell(call, "answered")

    async def _end(self, call: Call) -> None:
        if call.is_over and call.ended:
            return
        if not call.is_over:
            call.status = "completed" if call.began or call.direction == "inbound" else "canceled"
        call.ended = datetime.now(UTC)
        await self._tell(call, "completed")

    async def _run(self, call: Call, twiml: str) -> bool:
        """Whether it came to its end, and nothing in it hung up."""
        while twiml:
            try:
                found = list(verbs(twiml))
            except InvalidInput as error:
                self.webhooks.failed.append(error.detail)
                return False
            twiml = ""
            for verb in found:
                if verb.tag == "Reject":
                    call.status = "busy" if verb.get("reason") == "busy" else "no-answer"
                    return False
                if verb.tag == "Hangup":
                    return False
                if verb.tag != "Redirect":
                    await self._answered(call)
                following = await self._do(call, verb)
                if following is not None:
                    twiml = following
                    break
        return True

    async def _do(self, call: Call, verb: Element) -> str | None:
        """The TwiML that the product gives instead of the rest."""
        match verb.tag:
            case "Connect":
                await self._connected(call, verb)
                return await self._then(call, verb, {})
            case "Dial":
                return await self._then(call, verb, await self._dialled(call, verb))
            case "Record":
                return await self._then(call, verb, await self._recorded(call, verb))
            case "Gather":
                return await self._gathered(call, verb)
            case "Redirect":
                return await self.webhooks.ask((verb.text or "").strip(), self.fields(call)) or ""
            case _:
                await self._plays(call, verb)
                return None

    async def _then(self, call: Call, verb: Element, more: dict[str, str]) -> str | None:
        if url := verb.get("action"):
            return await self.webhooks.ask(url, {**self.fields(call), **more}) or ""
        return None

    async def _connected(self, call: Call, verb: Element) -> None:
        element = verb.find("Stream")
        if element is None:
            raise InvalidInput("12200 <Connect> without a <Stream>")
        parameters = {each.get("name", ""): each.get("value", "") for each in element.findall("Parameter")}
        url = self.webhooks.reached(element.get("url", "").replace("ws", "http", 1))
        with suppress(OSError, asyncio.TimeoutError):
            await stream(call.handset, url, parameters, account=self.account.sid, call=call.sid, weather=call.weather)

    async def _plays(self, call: Call, verb: Element, *, stops_for_keys: bool = False) -> None:
        """`Say`, `Pause`, `Play` (whose files are not fetched: so long a quiet)."""
        if verb.tag == "Say":
            language = (verb.get("language") or "en")[:2]
            text = verb.text or ""
            made = b"".join([piece async for piece in self.voice.speak(text, language=language)])
            call.handset.arrives(resampled(made, self.voice.rate))
            while call.handset.waiting and not (stops_for_keys and call.handset.keys):
                call.handset.said()
                call.handset.hears()
                await asyncio.sleep(SLICE)
        else:
            await asyncio.sleep(number(verb, "length", 1.0))
        call.handset.clear()

    async def _gathered(self, call: Call, verb: Element) -> str | None:
        for each in verb:
            if not call.handset.keys:
                await self._plays(call, each, stops_for_keys=True)
        wanted, until = (
            int(number(verb, "numDigits", 1)),
            asyncio.get_running_loop().time() + number(verb, "timeout", 5),
        )
        pressed = ""
        while len(pressed) < wanted and asyncio.get_running_loop().time() < until:
            if call.handset.keys:
                pressed += call.handset.keys.popleft()
            await asyncio.sleep(SLICE)
        return await self._then(call, verb, {"Digits": pressed}) if pressed else None

    async def _recorded(self, call: Call, verb: Element) -> dict[str, str]:
        if verb.get("playBeep", "true") == "true":
            call.handset.arrives(beep())
        spoke, quiet, seconds = False, 0.0, 0.0
        while seconds < number(verb, "maxLength", 3_600) and quiet < _QUIET_SECONDS:
            spoke = spoke or call.handset.speaks
            quiet = 0.0 if call.handset.speaks or not spoke else quiet + SLICE
            call.handset.said()
            call.handset.hears()
            seconds += SLICE
            await asyncio.sleep(SLICE)
        return {"RecordingDuration": str(round(seconds)), "RecordingSid": "RE" + secrets.token_hex(16)}

    async def _dialled(self, call: Call, verb: Element) -> dict[str, str]:
        element = verb.find("Number")
        called = ((element.text if element is not None else verb.text) or "").strip()
        person = self.person(called)
        other = self._new(verb.get("callerId") or call.caller, called, "outbound-dial", person.language)
        other.parent = call.sid
        try:
            if await self._answers(other, person, number(verb, "timeout", 30)):
                if element is not None and (url := element.get("url")):
                    self._aside(_presses(other.handset, person))
                    if person.manner == "machine":
                        self._aside(self._speak_first(other, person))
                    told = await self.webhooks.ask(url, {**self.fields(other), "ParentCallSid": call.sid})
                    if not await self._run(other, told or ""):
                        other.status = "no-answer"
                if not other.is_over:
                    self._aside(self._speak_first(other, person))
                    other.running = asyncio.create_task(_bridged(call.handset, other.handset))
                    await asyncio.gather(other.running, return_exceptions=True)
        finally:
            await asyncio.shield(self._end(other))
        found = {"DialCallSid": other.sid, "DialCallStatus": other.status}
        return {**found, "DialCallDuration": str(other.seconds)} if other.began else found

    async def _tell(self, call: Call, event: str) -> None:
        if not call.callback or event not in call.callback_events:
            return
        more = {"CallDuration": str(call.seconds)} if event == "completed" and call.began else {}
        stamp = format_datetime(datetime.now(UTC))
        await self.webhooks.ask(call.callback, {**self.fields(call), **more, "Timestamp": stamp})

    def fields(self, call: Call) -> dict[str, str]:
        """Of every request that is about a call (twilio.com/docs/voice/twiml, "Request parameters")."""
        found = {
            "AccountSid": self.account.sid,
            "ApiVersion": "2010-04-01",
            "CallSid": call.sid,
            "CallStatus": call.status,
            "Direction": call.direction,
            "From": call.caller,
            "To": call.called,
        }
        return {**found, "ParentCallSid": call.parent} if call.parent else found

    def _aside(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.add(task := asyncio.create_task(work))
        task.add_done_callback(self._tasks.discard)


async def _bridged(one: Handset, other: Handset) -> None:
    """Each hears the other, until one hangs up."""
    quiet = bytes(AT_ONCE * 2)
    while True:
        one.hears()
        other.hears()
        other.arrives(one.said() or quiet)
        one.arrives(other.said() or quiet)
        await asyncio.sleep(SLICE)


async def _presses(handset: Handset, person: Person) -> None:
    await asyncio.sleep(person.presses_after)
    handset.keys.extend(person.presses)
