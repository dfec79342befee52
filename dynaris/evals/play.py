"""Plays cases: each turn goes through the whole flow, from its arrival on a channel to what its customer is told."""

import asyncio
import re
import time
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, LiteralString
from uuid import UUID

import orjson

from dynaris.channels.contract import Account, Arrival, WebhookRequest
from dynaris.channels.registry import channel
from dynaris.core.ids import new_id
from dynaris.evals.cases import Case, filled, placeholders
from dynaris.evals.facts import found
from dynaris.evals.playing import Booked, Played, Turn, UsedTool
from dynaris.evals.world import Stage
from dynaris.pipeline.inbound import MAX_ATTEMPTS, run_lane
from dynaris.pipeline.intake import accept
from dynaris.scheduling.links import address_of

_WRITTEN_ON = {"email": "email", "webchat": "webchat", "whatsapp": "generic"}  # a case's channel: the account's
_ASKS_WHO = re.compile(r"(e-?mail|correo|courriel)[^.?!]{0,300}\?", re.IGNORECASE)
_STEPS_BACK_SECONDS = 3.0  # for customers, before each turn: a rehearsal comes to its end on a busy day, too
_LEASE = "1 day"  # longer than any rehearsal: no worker takes its lanes
_TIME = re.compile(
    r"\b(\d{1,2})(?::(\d\d))?\s*([ap])\.?\s?m\b|\b([01]?\d|2[0-3])(?::|\.|\s?h\s?|\s?uhr\s?)([0-5]\d)\b", re.IGNORECASE
)

_OF_EVENT: LiteralString = """SELECT e.outcome, e.waiting_for, e.reason, e.decision, e.run_id, e.conversation_id,
       e.contact_id, coalesce(r.input_tokens, 0) AS input_tokens, coalesce(r.output_tokens, 0) AS output_tokens,
       r.output -> 'citations' AS citations, coalesce(r.cost, 0) AS cost,
       (SELECT array_agg(DISTINCT s.model) FROM run_step s
            WHERE s.workspace_id = e.workspace_id AND s.run_id = e.run_id AND s.model IS NOT NULL) AS models
    FROM event e LEFT JOIN run r ON r.workspace_id = e.workspace_id AND r.id = e.run_id
    WHERE e.workspace_id = %(ws)s AND e.id = %(id)s"""
_TOOLS: LiteralString = """SELECT tool AS name, request AS arguments, response AS result, error FROM run_step
    WHERE workspace_id = %(ws)s AND run_id = %(run)s AND kind = 'tool' ORDER BY position"""
_REPLIES: LiteralString = """SELECT id, text, external_id FROM message
    WHERE workspace_id = %(ws)s AND conversation_id = %(conversation)s AND direction = 'outbound'
      AND delivery IN ('sent', 'delivered') AND (%(after)s::uuid IS NULL OR id > %(after)s) ORDER BY id"""
_BOOKINGS: LiteralString = """SELECT s.name AS service, b.starts_at, b.ends_at, b.status, p.name AS staff, b.id, w.slug
    FROM booking b JOIN workspace w ON w.id = b.workspace_id
    JOIN service s ON s.workspace_id = b.workspace_id AND s.id = b.service_id
    JOIN calendar_person p ON p.workspace_id = b.workspace_id AND p.id = b.staff_id
    WHERE b.workspace_id = %(ws)s AND b.contact_id = %(contact)s ORDER BY b.starts_at"""


async def play(stage: Stage, case: Case) -> Played:
    """As a customer of its own, in an empty calendar, who says who they are when a booking needs it."""
    talk = Talk(stage, case)
    turns: list[Turn] = []
    stopped: str | None = None
    for written in case.turns:
        wanted = placeholders(written)
        slots = await asyncio.to_thread(offered, turns, stage) if wanted and turns else []
        if wanted and max(wanted) >= len(slots):
            stopped = f"{len(slots)} times were offered, and the customer takes number {max(wanted) + 1}"
            break
        turns.append(await talk.say(filled(written, slots)))
        if details := talk.details_for(turns[-1]):
            turns.append(await talk.say(details))
    bookings = await talk.bookings()
    await talk.clear_calendar()
    return Played(case_id=case.id, turns=turns, bookings=bookings, stopped=stopped)


def offered(turns: list[Turn], stage: Stage) -> list[str]:
    """The clock times in the last answer that came from the calendar, each once, in its order and as 15:30."""
    zone, today = stage.known.zone, stage.known.today
    results = (str(tool.result) for turn in turns for tool in turn.tools if tool.error is None)
    free = {minute for result in results for minute in found(result, zone=zone, today=today).times}
    times: dict[int, None] = {}
    for match in _TIME.finditer(" ".join(turns[-1].replies)):
        hour, minute = (int(match[1]), int(match[2] or 0)) if match[3] else (int(match[4]), int(match[5]))
        if match[3]:
            hour = hour % 12 + (12 if match[3].lower() == "p" else 0)
        times[hour * 60 + minute] = None
    return [f"{minute // 60}:{minute % 60:02}" for minute in times if minute in free]


async def end_of(stage: Stage, account: Account[Any], arrival: Arrival) -> dict[str, Any]:
    """The event of an arrival, after its way through the flow."""
    await _hold(stage, arrival.lane)
    accepted = await accept(stage.services, account, arrival)
    row: dict[str, Any] = {}
    for _ in range(MAX_ATTEMPTS + 1):
        await stage.services.rush.step_back(_STEPS_BACK_SECONDS)
        await run_lane(stage.services, stage.workspace_id, arrival.lane, stage.holder)
        [row] = await _rows(stage, _OF_EVENT, id=accepted.event_id)
        if row["outcome"] or row["waiting_for"]:
            break
        await _hold(stage, arrival.lane)
    return row


async def _hold(stage: Stage, lane: str) -> None:
    """Before its first event: a worker must never find it free."""
    async with stage.services.db.workspace(stage.workspace_id) as connection:
        await connection.execute(
            f"""INSERT INTO lane (workspace_id, lane, holder, lease_until)
                VALUES (%(ws)s, %(lane)s, %(holder)s, clock_timestamp() + interval '{_LEASE}')
                ON CONFLICT (workspace_id, lane) DO UPDATE
                SET holder = excluded.holder, lease_until = excluded.lease_until""",
            {"ws": stage.workspace_id, "lane": lane, "holder": stage.holder},
        )


async def _rows(stage: Stage, query: LiteralString, **named: Any) -> list[dict[str, Any]]:
    async with stage.services.db.workspace(stage.workspace_id) as connection:
        cursor = await connection.execute(query, {"ws": stage.workspace_id, **named})
        return await cursor.fetchall()


class Talk:
    """One customer's side of a conversation."""

    def __init__(self, stage: Stage, case: Case) -> None:
        self._stage, self._case = stage, case
        self._account = stage.accounts[_WRITTEN_ON[case.channel]]
        self._key = new_id().hex
        self._contact: UUID | None = None
        self._conversation: UUID | None = None
        self._seen: UUID | None = None  # the last answer that was read
        self._answered: list[str] = []  # ids of the messages of the thread
        self._turn = 0
        self._introduced = False
        self._sender = f"{case.id}.{self._key[-8:]}@customers.example"

    async def say(self, text: str) -> Turn:
        self._turn += 1
        began = time.perf_counter()
        row = await end_of(self._stage, self._account, self._arrival(text))
        return await self._turn_of(text, row, time.perf_counter() - began)

    async def _turn_of(self, text: str, row: dict[str, Any], seconds: float) -> Turn:
        self._contact = row["contact_id"] or self._contact
        self._conversation = row["conversation_id"] or self._conversation
        replies = await self._rows(_REPLIES, conversation=self._conversation, after=self._seen)
        if replies:
            self._seen = replies[-1]["id"]
            self._answered += [reply["external_id"] for reply in replies if reply["external_id"]]
        tools = await self._rows(_TOOLS, run=row["run_id"])
        decision = row["decision"] or {}
        return Turn(
            wrote=text,
            outcome=row["outcome"],
            waiting_for=row["waiting_for"],
            reason=row["reason"],
            agent=decision.get("specialist") or decision.get("agent"),
            why_agent=decision.get("reason"),
            tools=[UsedTool(**tool) for tool in tools],
            replies=[reply["text"] for reply in replies],
            input_tokens=row["input_tokens"],
            output_tokens=row["output_tokens"],
            cost=row["cost"],
            models=row["models"] or [],
            cites=[each["heading"] or each["title"] for each in row["citations"] or []],
            seconds=round(seconds, 4),
        )

    def details_for(self, turn: Turn) -> str | None:
        """Name and address, once, of a customer who wants to book and is asked for them."""
        asked = any(_ASKS_WHO.search(reply) for reply in turn.replies)
        if not asked or self._introduced or self._case.expect.booking is None:
            return None
        self._introduced = True
        return f"{self._case.name}, {self._sender}"

    async def bookings(self) -> list[Booked]:
        zone = self._stage.known.zone
        rows = await self._rows(_BOOKINGS, contact=self._contact)
        for row in rows:
            row["starts_at"], row["ends_at"] = (row[key].astimezone(zone) for key in ("starts_at", "ends_at"))
            row["address"] = address_of(row.pop("slug"), self._stage.workspace_id, row.pop("id"))
        return [Booked(**row) for row in rows]

    async def clear_calendar(self) -> None:
        """The next customer finds it as this one did."""
        async with self._stage.services.db.transaction(self._stage.workspace_id) as connection:
            await connection.execute("DELETE FROM booking WHERE workspace_id = %s", (self._stage.workspace_id,))

    async def _rows(self, query: LiteralString, **named: Any) -> list[dict[str, Any]]:
        return await _rows(self._stage, query, **named)

    def _arrival(self, text: str) -> Arrival:
        writers = {"email": self._mail, "webchat": self._chat, "whatsapp": self._short}
        return writers[self._case.channel](text)

    def _mail(self, text: str) -> Arrival:
        mail = EmailMessage()
        mail["From"] = f'"{self._case.name}" <{self._sender}>'
        mail["To"] = self._account.address
        mail["Date"] = format_datetime(self._stage.known.moment)
        mail["Message-ID"] = f"<{self._key}.{self._turn}@customers.example>"
        mail["Subject"] = f"{'Re: ' if self._turn > 1 else ''}{self._case.subject}"
        if self._answered:
            mail["In-Reply-To"] = self._answered[-1]
            mail["References"] = " ".join(self._answered)
        mail.set_content(text)
        return Arrival(external_id=mail["Message-ID"], lane=f"email:{self._sender}", raw=bytes(mail))

    def _chat(self, text: str) -> Arrival:
        body = {"session_id": self._key * 2, "message": text, "message_id": str(self._turn)}
        request = WebhookRequest("POST", {}, {}, orjson.dumps(body))
        return channel(self._account.channel).receive(request, self._account).arrivals[0]

    def _short(self, text: str) -> Arrival:
        sender = f"+49151{int(self._key[-10:], 16) % 10**8:08}"
        body = {
            "id": f"{self._key}.{self._turn}",
            "type": "message",
            "occurred_at": self._stage.known.moment.isoformat(),
            "from": {"phone": sender, "name": self._case.name},
            "text": text,
            "reply_url": f"https://{self._key}.invalid/reply",
        }
        return Arrival(external_id=body["id"], lane=f"generic:{sender}", raw=orjson.dumps(body))
