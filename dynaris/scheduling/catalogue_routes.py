"""HTTP of what can be booked and with whom."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from dynaris.core.http import PROBLEMS, Db
from dynaris.scheduling import catalogue, queries
from dynaris.scheduling.bodies import NewPerson, NewService, People, PersonChange, ServiceChange, Services
from dynaris.scheduling.schemas import CalendarPerson, Service
from dynaris.workspaces.access import AdminAccess, CurrentAccess

router = APIRouter(prefix="/api", tags=["scheduling"], responses=PROBLEMS)

_All = Annotated[bool, Query(description="Those that are switched off, too.")]


@router.get("/services", summary="What can be booked, in the business's own order")
async def list_services(access: CurrentAccess, db: Db, all: _All = False) -> Services:
    async with db.workspace(access.workspace_id) as connection:
        return Services(items=await queries.services(connection, access.workspace_id, enabled_only=not all))


@router.post("/services", status_code=201, summary="Add a service")
async def add_service(access: AdminAccess, db: Db, new: NewService) -> Service:
    async with db.workspace(access.workspace_id) as connection:
        return await catalogue.add_service(
            connection,
            access.workspace_id,
            fields=new.model_dump(exclude={"staff_ids"}),
            staff_ids=new.staff_ids,
            by=access.actor,
        )


@router.get("/services/{service_id}", summary="One service")
async def get_service(access: CurrentAccess, db: Db, service_id: UUID) -> Service:
    async with db.workspace(access.workspace_id) as connection:
        return await queries.get_service(connection, access.workspace_id, service_id)


@router.patch("/services/{service_id}", summary="Change a service, or switch it off and on")
async def change_service(access: AdminAccess, db: Db, service_id: UUID, change: ServiceChange) -> Service:
    async with db.workspace(access.workspace_id) as connection:
        return await catalogue.change_service(
            connection,
            access.workspace_id,
            service_id,
            fields=change.model_dump(exclude_unset=True, exclude={"staff_ids"}),
            staff_ids=change.staff_ids if "staff_ids" in change.model_fields_set else None,
            by=access.actor,
        )


@router.delete("/services/{service_id}", status_code=204, summary="Remove a service that was never booked")
async def remove_service(access: AdminAccess, db: Db, service_id: UUID) -> None:
    async with db.workspace(access.workspace_id) as connection:
        await catalogue.remove_service(connection, access.workspace_id, service_id, by=access.actor)


@router.get("/calendar/people", summary="Whom bookings are with")
async def list_people(access: CurrentAccess, db: Db, all: _All = False) -> People:
    async with db.workspace(access.workspace_id) as connection:
        return People(items=await queries.people(connection, access.workspace_id, enabled_only=not all))


@router.post("/calendar/people", status_code=201, summary="Give somebody a calendar")
async def add_person(access: AdminAccess, db: Db, new: NewPerson) -> CalendarPerson:
    async with db.workspace(access.workspace_id) as connection:
        return await catalogue.add_person(
            connection,
            access.workspace_id,
            fields=_fields(new),
            service_ids=new.service_ids,
            by=access.actor,
        )


@router.get("/calendar/people/{staff_id}", summary="One person with a calendar")
async def get_person(access: CurrentAccess, db: Db, staff_id: UUID) -> CalendarPerson:
    async with db.workspace(access.workspace_id) as connection:
        return await queries.get_person(connection, access.workspace_id, staff_id)


@router.patch("/calendar/people/{staff_id}", summary="Change hours, days off and services, or switch off and on")
async def change_person(access: AdminAccess, db: Db, staff_id: UUID, change: PersonChange) -> CalendarPerson:
    async with db.workspace(access.workspace_id) as connection:
        return await catalogue.change_person(
            connection,
            access.workspace_id,
            staff_id,
            fields=_fields(change),
            service_ids=change.service_ids if "service_ids" in change.model_fields_set else None,
            by=access.actor,
        )


@router.delete("/calendar/people/{staff_id}", status_code=204, summary="Remove somebody who was never booked")
async def remove_person(access: AdminAccess, db: Db, staff_id: UUID) -> None:
    async with db.workspace(access.workspace_id) as connection:
        await catalogue.remove_person(connection, access.workspace_id, staff_id, by=access.actor)


def _fields(body: NewPerson | PersonChange) -> dict[str, object]:
    """As the tables keep them: hours and exceptions are JSON."""
    fields = body.model_dump(exclude_unset=True, exclude={"service_ids"})
    documents = body.model_dump(mode="json", include={"hours", "exceptions"})
    return {**fields, **{name: documents[name] for name in documents if name in fields}}
