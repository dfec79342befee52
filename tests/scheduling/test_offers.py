"""What is offered for a wish, and what agents may do with the calendar."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from dynaris.agents.tool import ToolContext, ToolRefused
from dynaris.agents.tools import built_in_tools
from dynaris.core.ids import new_id
from tests.scheduling.conftest import MONDAY, Clinic, at


async def conversation(clinic: Clinic, contact_id: UUID) -> UUID:
    conversation_id = new_id()
    await clinic.rows(
        """INSERT INTO conversation (workspace_id, id, contact_id, channel, account_id, reply_to, identity)
           VALUES (%(ws)s, %(id)s, %(contact)s, 'webchat', %(id)s, 'x', 'claimed')""",
        id=conversation_id,
        contact=contact_id,
    )
    return conversation_id


class Desk:
    """One contact in one conversation, with the tools of an agent."""

    def __init__(self, clinic: Clinic, contact_id: UUID, conversation_id: UUID, *, proven: bool = False) -> None:
        self.clinic, self.contact_id, self.conversation_id, self.proven = clinic, contact_id, conversation_id, proven

    async def use(self, tool: str, *, call: str | None = None, **arguments: Any) -> Any:
        offered = built_in_tools()[tool]
        context = ToolContext(
            db=self.clinic.db,
            workspace_id=self.clinic.id,
            run_id=self.conversation_id,
            call_id=call or str(new_id()),
            event_id=new_id(),
            conversation_id=self.conversation_id,
            contact_id=self.contact_id,
            channel="webchat",
            agent="scheduling",
            may_disclose=self.proven,
            now=self.clinic.now,
        )
        return await offered.run(context, offered.arguments.model_validate(arguments))

    async def said(self, **wish: Any) -> list[str]:
        return [slot["said"] for slot in (await self.use("find_slots", **wish))["slots"]]


@pytest.fixture
async def desk(clinic: Clinic) -> Desk:
    contact_id = await clinic.contact()
    return Desk(clinic, contact_id, await conversation(clinic, contact_id))


async def other(clinic: Clinic) -> Desk:
    contact_id = await clinic.contact("Bob")
    return Desk(clinic, contact_id, await conversation(clinic, contact_id))


async def test_at_most_three_times_are_offered_apart_from_each_other(desk: Desk) -> None:
    assert await desk.said(wish="tomorrow after 3") == [
        "Tuesday, 24 November 2026, 15:00",
        "Tuesday, 24 November 2026, 16:00",
        "Tuesday, 24 November 2026, 17:00",
    ]
    assert await desk.said(wish="tomorrow after 3, or Thursday morning") == [
        "Tuesday, 24 November 2026, 15:00",
        "Tuesday, 24 November 2026, 17:00",
        "Thursday, 26 November 2026, 08:00",
    ]
    days = {said.partition(",")[0] for said in await desk.said(wish="next week")}
    assert len(days) == 3
    assert await desk.said(wish="Wednesday at 10:00", language="de") == ["Mittwoch, 25. November 2026, 10:00"]


async def test_a_wish_that_cannot_be_met_gets_the_nearest_and_is_told_so(desk: Desk) -> None:
    found = await desk.use("find_slots", wish="on Sunday at 3")
    assert found["as_wished"] is False
    assert [slot["said"] for slot in found["slots"]] == [
        "Monday, 30 November 2026, 14:00",
        "Monday, 30 November 2026, 15:00",
        "Monday, 30 November 2026, 16:00",
    ]
    found = await desk.use("find_slots", wish="not on Tuesday or Wednesday")
    assert {slot["said"].partition(",")[0] for slot in found["slots"]} <= {"Monday", "Thursday", "Friday"}
    assert (await desk.use("find_slots", wish="on 3 May 2019"))["as_wished"] is False
    assert (await desk.use("find_slots", wish="in ten months"))["slots"]


async def test_the_service_is_found_by_its_words_and_guessed_only_where_nothing_names_it(
    clinic: Clinic, desk: Desk
) -> None:
    await clinic.service("First assessment", 45)
    await clinic.service("Massage for children", 30)

    async def named(words: str | None, **more: Any) -> Any:
        found = await desk.use("find_slots", service=words, **more)
        return found.get("service", {}).get("name"), found.get("service_assumed", found.get("service_unclear"))

    assert await named("Erstuntersuchung bitte") == ("First assessment", False)
    assert await named("an asessment") == ("First assessment", False)
    assert await named("masaje para children") == ("Massage for children", False)
    assert await named(None, wish="a first assessment tomorrow") == ("First assessment", False)
    assert await named("can I come in?") == ("Massage", True)


async def test_the_second_person_who_wants_a_time_gets_others(clinic: Clinic, desk: Desk) -> None:
    bob, at_ten = await other(clinic), "2026-11-25T10:00+01:00"
    for person in (desk, await other(clinic)):  # Anna and Tom
        held = await person.use("hold_slot", service="Massage", starts_at=at_ten)
        assert held["held"]
        assert (await person.use("confirm_booking", booking_id=held["booking_id"]))["confirmed"]
    lost = await bob.use("hold_slot", service="Massage", starts_at=at_ten)
    assert (lost["held"], lost["taken"], len(lost["slots"])) == (False, True, 3)
    assert at_ten not in [slot["starts_at"] for slot in lost["slots"]]
    assert at_ten not in [slot["starts_at"] for slot in (await bob.use("find_slots", wish="Wednesday at 10"))["slots"]]


async def test_a_hold_that_somebody_took_over_is_a_new_offer_at_confirming(clinic: Clinic, desk: Desk) -> None:
    held = await desk.use("hold_slot", service="Massage", starts_at="2026-11-25T10:00+01:00")
    clinic.now += timedelta(hours=1)
    for _ in range(2):
        bob = await other(clinic)
        assert (await bob.use("hold_slot", service="Massage", starts_at="2026-11-25T10:00+01:00"))["held"]
    answer = await desk.use("confirm_booking", booking_id=held["booking_id"])
    assert answer["confirmed"] is False
    assert answer["slots"]


async def test_doing_the_same_again_is_doing_it_once(clinic: Clinic, desk: Desk) -> None:
    at_ten = "2026-11-25T10:00+01:00"
    first = await desk.use("hold_slot", call="1", service="Massage", starts_at=at_ten)
    again = await desk.use("hold_slot", call="1", service="Massage", starts_at=at_ten)
    chosen_twice = await desk.use("hold_slot", call="7", service="Massage", starts_at=at_ten)
    assert first["booking_id"] == again["booking_id"] == chosen_twice["booking_id"]
    for _ in range(2):
        assert (await desk.use("confirm_booking", booking_id=first["booking_id"]))["confirmed"]
    for _ in range(2):
        moved = await desk.use("move_booking", booking_id=first["booking_id"], starts_at="2026-11-26T09:00+01:00")
        assert (moved["moved"], moved["said"]) == (True, "Thursday, 26 November 2026, 09:00")
    for _ in range(2):
        assert (await desk.use("cancel_booking", booking_id=first["booking_id"]))["cancelled"]
    rows = await clinic.rows("SELECT status, sequence FROM booking WHERE workspace_id = %(ws)s")
    assert [row["status"] for row in rows] == ["cancelled"]


async def test_choosing_another_time_gives_the_first_one_back(clinic: Clinic, desk: Desk) -> None:
    await desk.use("hold_slot", service="Massage", starts_at="2026-11-25T10:00+01:00")
    await desk.use("hold_slot", service="Massage", starts_at="2026-11-25T11:00+01:00")
    rows = await clinic.rows("SELECT status FROM booking WHERE workspace_id = %(ws)s ORDER BY starts_at")
    assert [row["status"] for row in rows] == ["cancelled", "held"]


async def test_another_hour_of_the_day_is_offered_before_other_days_however_many_times_those_have(
    clinic: Clinic, desk: Desk
) -> None:
    await clinic.rows("UPDATE service SET step_minutes = 5 WHERE workspace_id = %(ws)s")
    for staff in ("Anna", "Tom"):
        await clinic.taken("Massage", at(30, 10) + timedelta(days=2), staff=staff)
    found = await desk.use("find_slots", wish="Wednesday, 2 December at 10")
    assert found["as_wished"] is False
    assert {slot["starts_at"][:10] for slot in found["slots"]} == {"2026-12-02"}


async def test_a_booking_moves_to_somebody_else_only_where_whom_it_is_with_is_taken(clinic: Clinic, desk: Desk) -> None:
    held = await desk.use("hold_slot", service="Massage", starts_at="2026-11-25T10:00+01:00", person="Anna")
    booking_id = (await desk.use("confirm_booking", booking_id=held["booking_id"]))["booking_id"]
    await clinic.taken("Massage", at(26, 10), staff="Anna")
    await clinic.taken("Massage", at(26, 15), staff="Anna")
    for hour, whom in ((12, "Anna"), (10, "Tom")):
        [slot, *_] = (await desk.use("find_slots", wish=f"Thursday at {hour}", moving=booking_id))["slots"]
        moved = await desk.use("move_booking", booking_id=booking_id, starts_at=slot["starts_at"])
        assert (moved["moved"], moved.get("with"), slot["with"]) == (True, whom, whom)


async def test_only_who_is_proven_or_booked_here_sees_and_changes_a_booking(clinic: Clinic, desk: Desk) -> None:
    held = await desk.use("hold_slot", service="Massage", starts_at="2026-11-25T10:00+01:00")
    await desk.use("confirm_booking", booking_id=held["booking_id"])
    elsewhere = Desk(clinic, desk.contact_id, await conversation(clinic, desk.contact_id))
    stranger = await other(clinic)

    assert [one["booking_id"] for one in (await desk.use("list_bookings"))["bookings"]] == [held["booking_id"]]
    for person in (elsewhere, stranger):
        assert (await person.use("list_bookings"))["bookings"] == []
        with pytest.raises(ToolRefused):
            await person.use("cancel_booking", booking_id=held["booking_id"])
        with pytest.raises(ToolRefused):
            await person.use("move_booking", booking_id=held["booking_id"], starts_at="2026-11-26T09:00+01:00")
        with pytest.raises(ToolRefused):
            await person.use("confirm_booking", booking_id=held["booking_id"])
    elsewhere.proven = stranger.proven = True
    assert len((await elsewhere.use("list_bookings"))["bookings"]) == 1
    with pytest.raises(ToolRefused):
        await stranger.use("cancel_booking", booking_id=held["booking_id"])
    assert (await elsewhere.use("cancel_booking", booking_id=held["booking_id"]))["cancelled"]


async def test_times_are_named_in_the_contacts_zone_where_it_differs(clinic: Clinic, desk: Desk) -> None:
    assert await desk.said(wish="Wednesday at 16:00", timezone="America/New_York") == [
        "Wednesday, 25 November 2026, 10:00 (America/New_York)"
    ]
    assert await desk.said(wish="Wednesday at 16:00", timezone="Mars/Base") == ["Wednesday, 25 November 2026, 16:00"]


async def test_a_workspace_without_services_has_no_times_to_offer(clinic: Clinic, desk: Desk) -> None:
    await clinic.rows("UPDATE service SET enabled = false WHERE workspace_id = %(ws)s")
    assert await desk.use("find_slots", wish="tomorrow") == {"slots": [], "services": [], "service_unclear": False}


def test_the_clinics_monday_is_the_one_of_these_tests() -> None:
    assert datetime(2026, 11, 23, 9, tzinfo=UTC) == MONDAY


async def test_who_is_named_is_who_the_times_are_with(desk: Desk) -> None:
    found = await desk.use("find_slots", wish="Wednesday at 10", person="an hour with Tom on Wednesday, please")
    assert [slot["with"] for slot in found["slots"]] == ["Tom"]
    held = await desk.use("hold_slot", service="Massage", starts_at="2026-11-25T10:00+01:00", person="Tom")
    assert held["with"] == "Tom"
    assert (await desk.use("find_slots", wish="Wednesday at 10", person="Zoe"))["as_wished"] is False
    assert (await desk.use("find_slots", wish="Wednesday at 10", person="I would like to come on Wednesday"))[
        "as_wished"
    ]
