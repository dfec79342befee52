"""What an outside calendar says of somebody is left out of what they are offered."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from dynaris.core.errors import NotFound, SlotTaken
from dynaris.core.ids import new_id
from dynaris.scheduling.actions import confirm
from dynaris.scheduling.busy import forget, refresh
from dynaris.scheduling.hours import Interval
from tests.scheduling.conftest import Clinic, at


class Elsewhere:
    source = "elsewhere:anna@example.com"

    def __init__(self, *times: Interval) -> None:
        self.times = times

    async def busy_times(self, since: datetime, until: datetime) -> Sequence[Interval]:
        return [time for time in self.times if time[1] > since and time[0] < until]


async def test_who_is_busy_elsewhere_is_neither_offered_nor_booked_until_they_are_not(clinic: Clinic) -> None:
    anna = clinic.people["Anna"]
    held = await clinic.held("Massage", at(24, 14), staff="Anna")

    async def says(*times: Interval) -> set[datetime]:
        await refresh(clinic.db, clinic.id, anna, Elsewhere(*times), since=at(23, 0), until=at(30, 0))
        return {slot.starts_at for slot in await clinic.slots("Massage", at(24, 0), at(25, 0), staff_id=anna)}

    offered = await says((at(24, 10), at(24, 11)), (at(24, 13), at(24, 14, 30)))
    assert not offered & {at(24, 9, 15), at(24, 10, 45)}
    assert {at(24, 9), at(24, 11)} <= offered
    with pytest.raises(SlotTaken):
        await clinic.taken("Massage", at(24, 10, 30), staff="Anna")
    assert (await clinic.taken("Massage", at(24, 10))).staff == "Tom"
    with pytest.raises(SlotTaken):
        await clinic.do(confirm, held)
    assert at(24, 10) in await says((at(24, 16), at(24, 17)))
    assert (await clinic.do(confirm, held)).status == "confirmed"
    async with clinic.db.workspace(clinic.id) as connection:
        await forget(connection, clinic.id, anna, source=Elsewhere.source)
    assert (await clinic.taken("Massage", at(24, 16), staff="Anna")).status == "confirmed"


async def test_a_calendar_of_nobody_is_refused(clinic: Clinic) -> None:
    with pytest.raises(NotFound):
        await refresh(clinic.db, clinic.id, new_id(), Elsewhere(), since=at(23, 0), until=at(30, 0))
