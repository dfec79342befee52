"""While nobody reacts, a team's members, then the admins, then the owner are told; each once, and no longer."""

from datetime import timedelta
from uuid import UUID

from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.ids import new_id
from dynaris.notifications.escalating import is_escalating
from tests.notifications.conftest import Clinic


class Team:
    """Tess of the team, Adam the admin, and what they are to react to."""

    def __init__(self, clinic: Clinic) -> None:
        self.clinic, self.reacted, self.subject = clinic, False, f"conversation:{new_id()}"
        clinic.waits = {"conversation": self.waits}

    async def waits(self, _connection: Connection, workspace_id: UUID, _named: UUID) -> bool:
        assert workspace_id == self.clinic.workspace.id
        return not self.reacted

    async def begin(self, *, members: bool = True) -> None:
        self.tess = await self.clinic.member("tess")
        self.adam = await self.clinic.member("adam", "admin")
        team = await self.clinic.team(*([self.tess] if members else []))
        self.told = await self.clinic.told(team_id=team, escalate=True, subject=self.subject)

    async def after(self, minutes: float) -> set[UUID]:
        """Who knows of it by then."""
        await self.clinic.round(clock.now() + timedelta(minutes=minutes))
        rows = await self.clinic.rows("SELECT member_id FROM notification WHERE workspace_id = %s")
        assert len({row["member_id"] for row in rows}) == len(rows)
        return {row["member_id"] for row in rows}

    async def is_escalating(self) -> bool:
        async with self.clinic.db.workspace(self.clinic.workspace.id) as connection:
            return await is_escalating(connection, self.clinic.workspace.id, self.subject)


async def test_one_circle_after_the_other_is_told_each_once(clinic: Clinic) -> None:
    team = Team(clinic)
    await team.begin()
    assert team.told == [team.tess]
    assert await team.after(9) == {team.tess}
    assert await team.is_escalating()
    assert await team.after(11) == {team.tess, team.adam}
    assert await team.after(22) == {team.tess, team.adam, clinic.workspace.owner_id}
    assert not await team.is_escalating()
    assert len(await team.after(60)) == 3
    assert len(await clinic.mails()) == 3


async def test_it_stops_when_somebody_reacts(clinic: Clinic) -> None:
    team = Team(clinic)
    await team.begin()
    team.reacted = True
    assert await team.after(30) == {team.tess}
    assert not await team.is_escalating()
    team.reacted = False
    assert await team.after(60) == {team.tess}


async def test_a_team_of_nobody_has_the_admins_told_at_once(clinic: Clinic) -> None:
    team = Team(clinic)
    await team.begin(members=False)
    assert team.told == []
    assert await team.after(0.1) == {team.adam}


async def test_without_an_admin_the_owner_is_next(clinic: Clinic) -> None:
    team = Team(clinic)
    await team.begin()
    await clinic.do(
        "UPDATE member SET removed_at = now() WHERE workspace_id = %s AND id = %s", clinic.workspace.id, team.adam
    )
    assert await team.after(11) == {team.tess, clinic.workspace.owner_id}
    assert not await team.is_escalating()


async def test_the_workspace_says_how_soon(clinic: Clinic) -> None:
    await clinic.do(
        """UPDATE workspace SET notifications = '{"escalate_minutes": 2}' WHERE id = %s""", clinic.workspace.id
    )
    team = Team(clinic)
    await team.begin()
    assert await team.after(3) == {team.tess, team.adam}


async def test_what_nobody_can_judge_escalates_no_further(clinic: Clinic) -> None:
    team = Team(clinic)
    await team.begin()
    clinic.waits = {}
    assert await team.after(30) == {team.tess}


async def test_trouble_with_one_escalation_does_not_hold_up_what_else_is_told(clinic: Clinic) -> None:
    team = Team(clinic)
    await team.begin()

    async def broken(*_: object) -> bool:
        raise RuntimeError("who knows")

    clinic.waits = {"conversation": broken}
    assert await team.after(11) == {team.tess}
    assert len(await clinic.mails()) == 1
    assert not await team.is_escalating()
