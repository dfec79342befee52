"""A clinic with a calendar, and a clock that the tests set."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from psycopg.types.json import Jsonb

from dynaris.app.host import Host
from dynaris.app.web import create_app
from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.pipeline.services import Services
from dynaris.sandbox.process import RunningSandbox, sandbox_mailbox
from dynaris.scheduling import actions
from dynaris.scheduling.availability import free_slots
from dynaris.scheduling.catalogue import add_person, add_service
from dynaris.scheduling.queries import get_booking
from dynaris.scheduling.schemas import Booking, Slot
from dynaris.workspaces.actions import create_workspace
from tests.flows.conftest import services_over

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # 10:00 in Berlin
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
WEEK = {day: ["08:00-18:00"] for day in WEEKDAYS}


@dataclass
class Clinic:
    """A workspace with services and people, each by its name."""

    db: Database
    id: UUID
    now: datetime = MONDAY
    services: dict[str, UUID] = field(default_factory=dict)
    people: dict[str, UUID] = field(default_factory=dict)

    async def person(self, name: str, **fields: Any) -> UUID:
        async with self.db.workspace(self.id) as connection:
            made = await add_person(connection, self.id, fields={"name": name, **fields}, by="system")
        self.people[name] = made.id
        return made.id

    async def service(self, name: str, minutes: int = 30, **fields: Any) -> UUID:
        async with self.db.workspace(self.id) as connection:
            whole = {"name": name, "duration_minutes": minutes, **fields}
            made = await add_service(connection, self.id, fields=whole, by="system")
        self.services[name] = made.id
        return made.id

    async def contact(self, name: str = "Ada") -> UUID:
        contact_id = new_id()
        await self.rows(
            "INSERT INTO contact (workspace_id, id, name) VALUES (%(ws)s, %(id)s, %(name)s)", id=contact_id, name=name
        )
        return contact_id

    async def rows(self, statement: str, **names: Any) -> list[dict[str, Any]]:
        async with self.db.workspace(self.id) as connection:
            cursor = await connection.execute(statement, {"ws": self.id, **names})  # type: ignore[arg-type]
            return await cursor.fetchall() if cursor.description else []

    async def slots(
        self, service: str, since: datetime | None = None, until: datetime | None = None, **more: Any
    ) -> list[Slot]:
        since = since or self.now
        async with self.db.workspace(self.id) as connection:
            return await free_slots(
                connection,
                self.id,
                service_id=self.services[service],
                windows=[(since, until or since + timedelta(days=1))],
                now=self.now,
                **more,
            )

    async def taken(self, service: str, starts_at: datetime, **more: Any) -> Booking:
        return await self._made(actions.book, service, starts_at, **more)

    async def held(self, service: str, starts_at: datetime, **more: Any) -> Booking:
        return await self._made(actions.hold, service, starts_at, **more)

    async def _made(
        self, action: Callable[..., Awaitable[Booking]], service: str, starts_at: datetime, **more: Any
    ) -> Booking:
        if "staff" in more:
            more["staff_id"] = self.people[more.pop("staff")]
        if "contact_id" not in more:
            more["contact_id"] = await self.contact()
        more = {"key": str(new_id()), "by": "agent:scheduling", "now": self.now, **more}
        async with self.db.workspace(self.id) as connection:
            return await action(connection, self.id, service_id=self.services[service], starts_at=starts_at, **more)

    async def do(self, action: Callable[..., Awaitable[Booking]], booking: Booking, **more: Any) -> Booking:
        more = {"by": "agent:scheduling", "now": self.now, **more}
        async with self.db.workspace(self.id) as connection:
            return await action(connection, self.id, booking.id, **more)

    async def booking(self, booking: Booking) -> Booking:
        async with self.db.workspace(self.id) as connection:
            return await get_booking(connection, self.id, booking.id)

    async def until_somebody_waits(self) -> None:
        """For a lock that another transaction has."""
        async with asyncio.timeout(10):
            waiting = "SELECT pid FROM pg_locks WHERE NOT granted AND %(ws)s::uuid IS NOT NULL"
            while not await self.rows(waiting):  # noqa: ASYNC110 - the database does not tell
                await asyncio.sleep(0.005)

    async def set(self, **columns: Any) -> None:
        for name, value in columns.items():
            stored = Jsonb(value) if isinstance(value, dict | list) else value
            await self.rows(f"UPDATE workspace SET {name} = %(value)s WHERE id = %(ws)s", value=stored)


async def new_clinic(db: Database, timezone: str = "Europe/Berlin", hours: dict[str, Any] | None = None) -> Clinic:
    slug = f"w-{new_id().hex}"
    made = await create_workspace(
        db, slug=slug, name="Clinic", owner_email=f"owner@{slug}.example", owner_name="Olivia"
    )
    clinic = Clinic(db, made.id)
    await clinic.set(timezone=timezone, business_hours=WEEK if hours is None else hours)
    return clinic


@pytest.fixture(scope="session")
async def sandbox(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningSandbox]:
    """A mailbox for the mails of every clinic."""
    async with sandbox_mailbox(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture(scope="session")
def services(db: Database, tmp_path_factory: pytest.TempPathFactory) -> Services:
    return services_over(db, tmp_path_factory.mktemp("services"))


@pytest.fixture(scope="session")
def app(services: Services) -> FastAPI:
    return create_app(services, Host(services))


@pytest.fixture
async def clinic(db: Database) -> Clinic:
    """Anna and Tom, who both give massages of an hour."""
    made = await new_clinic(db)
    await made.person("Anna")
    await made.person("Tom")
    await made.service("Massage", 60, price="69.00", currency="EUR")
    return made


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """In November 2026, as Berlin's clocks show it."""
    return datetime(2026, 11, day, tzinfo=UTC) + timedelta(hours=hour - 1, minutes=minute)
