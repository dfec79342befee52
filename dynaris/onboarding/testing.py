"""The closer checks of items, which cost something: asked for by a person, and kept until the next time."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from dynaris.core import clock
from dynaris.core.db import Connection, Database
from dynaris.core.errors import Conflict
from dynaris.knowledge.queries import search
from dynaris.knowledge.ranking import FLOOR
from dynaris.notifications.actions import mail_channels
from dynaris.onboarding.items import ItemKey
from dynaris.onboarding.queries import Facts
from dynaris.onboarding.schemas import Detail, Link, Result, State
from dynaris.scheduling.availability import free_slots
from dynaris.scheduling.queries import services

_MOST_SERVICES = 8
_LOOK_AHEAD = timedelta(days=14)


class Finding(Protocol):
    """What a check of the doctor found."""

    check: str
    status: Any
    found: str
    remedy: str | None
    subject: str | None


Examine = Callable[[UUID], Awaitable[Sequence[Finding]]]
"""The doctor's look at a workspace, handed in by the application."""


@dataclass(frozen=True, slots=True)
class Asked:
    db: Database
    workspace_id: UUID
    facts: Facts
    examine: Examine


async def test(key: ItemKey, asked: Asked) -> Result:
    """Raises `Conflict` for an item that is told by what is stored alone."""
    if key not in _TESTS:
        raise Conflict(f"{key} is looked at whenever the checklist is read: there is nothing more to check")
    return await _TESTS[key](asked)


async def _mailbox(asked: Asked) -> Result:
    names = {f"{each['channel']} {each['address']}" for each in asked.facts.accounts if each["channel"] in _mail()}
    found = [each for each in await asked.examine(asked.workspace_id) if each.subject in names]
    return _of_findings(found, well="The servers of every mailbox let us in.", none="No mailbox is connected.")


def _mail() -> frozenset[str]:
    return frozenset(mail_channels())


async def _health(asked: Asked) -> Result:
    found = await asked.examine(asked.workspace_id)
    return _of_findings(found, well="Workers, accounts, outbox and models are well.", none="Nothing could be checked.")


def _of_findings(found: Sequence[Finding], *, well: str, none: str) -> Result:
    details = [
        Detail(
            ok=each.status == "ok",
            text=f"{each.subject or each.check}: {each.found}",
            found="" if each.status == "ok" else each.remedy or "",
        )
        for each in found
    ]
    failed = [each for each in found if each.status == "failed"]
    warned = [each for each in found if each.status == "warning"]
    if not found:
        return Result(state="open", why=none)
    if failed:
        return Result(state="failed", why=f"{failed[0].subject or failed[0].check}: {failed[0].found}", details=details)
    state: State = "done"
    return Result(state=state, why=f"{well} {len(warned)} warnings." if warned else well, details=details)


async def _knowledge_fits(asked: Asked) -> Result:
    """Whether agents would find an answer to what customers of such a business ask."""
    async with asked.db.workspace(asked.workspace_id) as connection:
        questions = await _questions(connection, asked)
        floor = float(asked.facts.workspace["profile"].get("answer_floor") or FLOOR)
        details = [await _answered(connection, asked.workspace_id, one, floor) for one in questions]
    missing = sum(not each.ok for each in details)
    add = Link(text="Add what is missing", path="/knowledge")
    if not missing:
        return Result(state="done", why=f"All {len(details)} typical questions find an answer.", details=details)
    state: State = "failed" if missing == len(details) else "open"
    why = f"{missing} of {len(details)} typical questions find no answer."
    return Result(state=state, why=why, details=details, next=add)


async def _answered(connection: Connection, workspace_id: UUID, question: str, floor: float) -> Detail:
    best = next(iter(await search(connection, workspace_id, question, limit=1)), None)
    if best is None or best.score < floor:
        return Detail(ok=False, text=question)
    return Detail(ok=True, text=question, found=best.heading or best.title)


_ASKED: Mapping[str, tuple[tuple[str, ...], str]] = {
    "en": (
        ("What are your opening hours?", "Where can I find you?", "How can I reach you by telephone?"),
        "What does {service} cost?",
    ),
    "de": (
        ("Wann haben Sie geöffnet?", "Wo finde ich Sie?", "Wie erreiche ich Sie telefonisch?"),
        "Was kostet {service}?",
    ),
}
_WITH_SERVICES = {"en": "How can I cancel an appointment?", "de": "Wie kann ich einen Termin absagen?"}


async def _questions(connection: Connection, asked: Asked) -> list[str]:
    language = asked.facts.workspace["language"][:2]
    language = language if language in _ASKED else "en"
    general, price = _ASKED[language]
    offered = (await services(connection, asked.workspace_id))[:_MOST_SERVICES]
    of_services = [_WITH_SERVICES[language]] if offered else []
    return [*general, *of_services, *(price.format(service=each.name) for each in offered)]


async def _availability(asked: Asked) -> Result:
    """The same look-up that agents and the booking page make."""
    now = clock.now()
    details: list[Detail] = []
    async with asked.db.workspace(asked.workspace_id) as connection:
        for service in (await services(connection, asked.workspace_id))[:_MOST_SERVICES]:
            slots = await free_slots(
                connection,
                asked.workspace_id,
                service_id=service.id,
                windows=[(now, now + _LOOK_AHEAD)],
                now=now,
                limit=500,
            )
            details.append(_free(service.name, slots, ZoneInfo(asked.facts.workspace["timezone"])))
    add = Link(text="Services and hours", path="/scheduling")
    if not details:
        return Result(state="open", why="No service can be booked, so no time can be offered.", next=add)
    without = [each for each in details if not each.ok]
    if not without:
        return Result(state="done", why="Every service has free times in the next two weeks.", details=details)
    state: State = "failed" if len(without) == len(details) else "open"
    why = f"{len(without)} of {len(details)} services have no free time in the next two weeks."
    return Result(state=state, why=why, details=details, next=add)


def _free(service: str, slots: Sequence[Any], zone: ZoneInfo) -> Detail:
    if not slots:
        return Detail(ok=False, text=service, found="no free time: look at who gives it, and their hours")
    count = f"{len(slots)} free times" if len(slots) < 500 else "500 free times or more"
    first = slots[0]
    at = first.starts_at.astimezone(zone)
    return Detail(ok=True, text=service, found=f"{count}, the first on {at:%Y-%m-%d %H:%M} with {first.staff}")


_TESTS: Mapping[ItemKey, Callable[[Asked], Awaitable[Result]]] = {
    "mailbox": _mailbox,
    "knowledge_fits": _knowledge_fits,
    "availability": _availability,
    "health": _health,
}
