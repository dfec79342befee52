"""A workspace with SLA policies, and messages that come and go when a test says so."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from psycopg.types.json import Jsonb

from dynaris.core.ids import new_id
from dynaris.sla.policies import replace_policies
from dynaris.sla.schemas import NewPolicy
from dynaris.sla.watching import look
from tests.flows.conftest import World, others_stand_on_this_machine, sink, world

__all__ = ["others_stand_on_this_machine", "sink", "world"]

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = {day: ["09:00-17:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}


def local(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=BERLIN)


@dataclass
class Desk:
    """The clocks of one workspace, seen from outside: what is written, what time it is, who was told."""

    world: World

    async def policies(self, *policies: NewPolicy) -> None:
        async with self.world.services.db.transaction(self.world.workspace.id) as connection:
            await replace_policies(connection, self.world.workspace.id, policies, by="test")

    async def opens(self, week: dict[str, list[str]], *holidays: str) -> None:
        days = [{"date": day, "hours": [], "note": "Holiday"} for day in holidays]
        await self.world.rows(
            """UPDATE workspace SET timezone = 'Europe/Berlin', business_hours = %(week)s, hours_exceptions = %(days)s
               WHERE id = %(ws)s RETURNING id""",
            week=Jsonb(week),
            days=Jsonb(days),
        )

    async def conversation(self, channel: str = "email", **values: Any) -> UUID:
        contact_id, conversation_id = new_id(), new_id()
        await self.world.rows(
            "INSERT INTO contact (workspace_id, id, name, tags) VALUES (%(ws)s, %(id)s, 'Ada', %(tags)s) RETURNING id",
            id=contact_id,
            tags=values.pop("tags", []),
        )
        await self.world.rows(
            """INSERT INTO conversation (workspace_id, id, contact_id, channel, account_id, reply_to, holder, team_id)
               VALUES (%(ws)s, %(id)s, %(contact)s, %(channel)s, %(account)s, 'a@b.example', 'team', %(team)s)
               RETURNING id""",
            id=conversation_id,
            contact=contact_id,
            channel=channel,
            account=new_id(),
            team=values.get("team_id"),
        )
        return conversation_id

    async def writes(self, conversation_id: UUID, at: str | datetime) -> UUID:
        """The contact does. The event's id."""
        moment = local(at) if isinstance(at, str) else at
        event_id, message_id = new_id(), new_id()
        await self.world.rows(
            """WITH arrived AS (
                   INSERT INTO event (workspace_id, id, lane, channel, account_id, external_id, kind, raw, status,
                                      waiting_for, deadline, owner_id, created_at, conversation_id, contact_id,
                                      message_id)
                   SELECT workspace_id, %(event)s, 'lane', channel, account_id, %(event)s::text, 'message', '',
                       'waiting', 'person', %(at)s + interval '8 hours', %(owner)s, %(at)s, id, contact_id, %(message)s
                   FROM conversation WHERE workspace_id = %(ws)s AND id = %(id)s RETURNING contact_id)
               INSERT INTO message (workspace_id, id, conversation_id, contact_id, event_id, direction, author, text,
                                    created_at)
               SELECT %(ws)s, %(message)s, %(id)s, contact_id, %(event)s, 'inbound', 'contact', 'Hello?', %(at)s
               FROM arrived RETURNING id""",
            event=event_id,
            message=message_id,
            id=conversation_id,
            owner=self.world.workspace.owner_id,
            at=moment,
        )
        return event_id

    async def answers(self, conversation_id: UUID, at: str | datetime, author: str = "member", **data: Any) -> UUID:
        message_id = new_id()
        await self.world.rows(
            """INSERT INTO message (workspace_id, id, conversation_id, contact_id, direction, author, text, delivery,
                                    data, created_at)
               SELECT workspace_id, %(message)s, id, contact_id, 'outbound', %(author)s, 'Yes.', 'queued', %(data)s,
                      %(at)s
               FROM conversation WHERE workspace_id = %(ws)s AND id = %(id)s RETURNING id""",
            message=message_id,
            id=conversation_id,
            author=author,
            data=Jsonb(data),
            at=local(at) if isinstance(at, str) else at,
        )
        return message_id

    async def at(self, moment: str | datetime) -> None:
        """The worker's look at that moment."""
        now = local(moment) if isinstance(moment, str) else moment
        await look(self.world.services.db, self.world.workspace.id, now=now)

    async def clocks(self, kind: str | None = None) -> list[dict[str, Any]]:
        rows = await self.world.rows("SELECT * FROM sla_clock WHERE workspace_id = %s ORDER BY created_at, started_at")
        return [row for row in rows if kind in (None, row["kind"])]

    async def clock(self, kind: str) -> dict[str, Any]:
        (row,) = await self.clocks(kind)
        return row

    async def states(self) -> list[tuple[str, str]]:
        return sorted((row["kind"], row["status"]) for row in await self.clocks())

    async def told(self) -> list[tuple[str, UUID]]:
        rows = await self.world.rows(
            """SELECT topic, member_id FROM notification WHERE workspace_id = %s AND starts_with(topic, 'sla_')
               ORDER BY id"""
        )
        return [(row["topic"], row["member_id"]) for row in rows]

    async def ago(self, minutes: int) -> None:
        """What began just now began so long ago."""
        await self.world.rows(
            """UPDATE sla_clock SET started_at = started_at - make_interval(mins => %(by)s), to_plan = true
               WHERE workspace_id = %(ws)s RETURNING id""",
            by=minutes,
        )


def shown(moment: datetime) -> str:
    return f"{moment.astimezone(BERLIN):%Y-%m-%d %H:%M}"


def policy(name: str = "Standard", **values: Any) -> NewPolicy:
    usual = {"first_response_minutes": 60, "next_response_minutes": 120, "resolution_minutes": 480}
    return NewPolicy(name=name, **{**usual, "business_hours": False, "warn_percent": 80, **values})


@pytest.fixture
async def desk(world: World) -> Desk:
    return Desk(world)


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)
