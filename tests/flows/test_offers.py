"""A team that is asked one after the other: who is offered what, and what becomes of it."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from dynaris.agents.turn import HandOffReason
from dynaris.conversations.actions import claim, hand_back, hand_over
from dynaris.conversations.handling import assign, update_conversation
from dynaris.core import clock
from dynaris.core.errors import Conflict, NotFound
from dynaris.core.ids import new_id
from dynaris.pipeline import watchdog
from dynaris.pipeline.offers.answers import accept, decline, ringing_at
from dynaris.pipeline.offers.ringing import ring, ring_at
from dynaris.pipeline.person import claim as claim_as
from dynaris.workspaces.abilities import set_abilities
from dynaris.workspaces.access import Access
from dynaris.workspaces.teams import change_team, create_team, remove_team, take_from_team
from tests.flows.conftest import Sink, World
from tests.flows.teammates import Office, office
from tests.notifications.conftest import Clinic

__all__ = ["office"]


@dataclass
class Desk:
    """Tess and Uma are in a team that rings for 30 seconds; both are there."""

    world: World
    sink: Sink
    clinic: Clinic
    team: UUID = field(init=False)
    tess: UUID = field(init=False)
    uma: UUID = field(init=False)

    @property
    def ws(self) -> UUID:
        return self.world.workspace.id

    async def opens(self) -> None:
        self.tess, self.uma = await self.clinic.member("tess"), await self.clinic.member("uma")
        self.team = await self.makes("Front desk", self.tess, self.uma, strategy="next_available")
        await self.are_there(self.tess, self.uma)

    async def makes(self, name: str, *members: UUID, **changes: Any) -> UUID:
        async with self.world.services.db.transaction(self.ws) as connection:
            team = await create_team(connection, self.ws, name=name, member_ids=list(members), by="system")
        await self.changes(team, **changes)
        return team

    async def changes(self, team: UUID | None = None, **changes: Any) -> None:
        async with self.world.services.db.transaction(self.ws) as connection:
            await change_team(connection, self.ws, team_id=team or self.team, changes=changes, by="system")

    async def are_there(self, *members: UUID) -> None:
        for member in members:
            await self.world.rows(
                """INSERT INTO member_seen (workspace_id, member_id, seen_at)
                   VALUES (%(ws)s, %(member)s, now() + interval '1 hour')
                   ON CONFLICT (workspace_id, member_id) DO UPDATE SET seen_at = excluded.seen_at
                   RETURNING member_id""",
                member=member,
            )

    async def leaves(self, member: UUID) -> None:
        await self.world.rows(
            "DELETE FROM member_seen WHERE workspace_id = %s AND member_id = %s RETURNING member_id", member
        )

    async def asks(
        self, text: str = "Is there parking?", team: UUID | None = None, because: HandOffReason = "policy"
    ) -> UUID:
        """A conversation that was handed over to the team."""
        email = f"{new_id().hex}@example.com"
        accepted = await self.world.say(text, reply_url=self.sink.url, email=email)
        await self.world.settle()
        conversation_id = (await self.world.event(accepted.event_id))["conversation_id"]
        async with self.world.services.db.transaction(self.ws) as connection:
            await hand_over(
                connection,
                self.ws,
                conversation_id=conversation_id,
                respond_by=clock.now() + timedelta(minutes=30),
                because=because,
                summary="She wants to park.",
                team_id=team or self.team,
            )
        return conversation_id

    async def rings(self, seconds: float = 0, team: UUID | None = None) -> None:
        now = clock.now() + timedelta(seconds=seconds)
        await ring_at(self.world.services, self.ws, team or self.team, now=now)

    async def offers(self, conversation_id: UUID | None = None) -> list[tuple[UUID, str]]:
        rows = await self.world.rows(
            """SELECT member_id, status FROM offer WHERE workspace_id = %(ws)s
               AND (%(id)s::uuid IS NULL OR conversation_id = %(id)s) ORDER BY id""",
            id=conversation_id,
        )
        return [(row["member_id"], row["status"]) for row in rows]

    async def at(self, member: UUID) -> dict[str, Any]:
        """What rings at them."""
        async with self.world.services.db.workspace(self.ws) as connection:
            [offer] = await ringing_at(connection, self.ws, member)
        return offer

    def of(self, member: UUID) -> Access:
        return Access(self.ws, f"member:{member}", member, "teammate")

    async def takes(self, member: UUID) -> dict[str, Any]:
        return await accept(self.world.services, self.of(member), offer_id=(await self.at(member))["id"])

    async def passes(self, member: UUID) -> None:
        await decline(self.world.services, self.of(member), offer_id=(await self.at(member))["id"])

    async def holder(self, conversation_id: UUID) -> tuple[str, UUID | None, UUID | None]:
        [row] = await self.world.rows(
            "SELECT holder, holder_id, team_id FROM conversation WHERE workspace_id = %s AND id = %s", conversation_id
        )
        return row["holder"], row["holder_id"], row["team_id"]

    async def told(self, topic: str) -> list[UUID]:
        rows = await self.world.rows(
            "SELECT member_id FROM notification WHERE workspace_id = %s AND topic = %s ORDER BY id", topic
        )
        return [row["member_id"] for row in rows]


@pytest.fixture
async def desk(world: World, sink: Sink) -> Desk:
    desk = Desk(world, sink, Clinic(world.services.db, world.workspace))
    await desk.opens()
    return desk


def other(desk: Desk, member: UUID) -> UUID:
    return desk.uma if member == desk.tess else desk.tess


async def test_it_rings_at_one_and_who_takes_it_has_it(desk: Desk) -> None:
    conversation = await desk.asks()
    await desk.rings()
    [(first, status)] = await desk.offers()
    assert (status, await desk.told("offer")) == ("ringing", [first])
    offer = await desk.takes(first)
    assert (offer["status"], offer["conversation_id"]) == ("accepted", conversation)
    assert (await desk.holder(conversation))[:2] == ("member", first)
    await desk.rings(60)
    assert await desk.offers() == [(first, "accepted")]
    assert await desk.told("hand_off") == []


async def test_the_watchdog_finds_what_waits(desk: Desk) -> None:
    await desk.asks()
    for team_id in await desk.world.due("queue"):
        await ring(desk.world.services, desk.ws, team_id)
    assert [status for _, status in await desk.offers()] == ["ringing"]


async def test_who_does_not_react_is_followed_by_the_next_one(desk: Desk) -> None:
    await desk.asks()
    await desk.rings()
    [(first, _)] = await desk.offers()
    await desk.rings(29)
    assert await desk.offers() == [(first, "ringing")]
    await desk.rings(31)
    assert await desk.offers() == [(first, "timed_out"), (other(desk, first), "ringing")]
    [row] = await desk.world.rows("SELECT id FROM offer WHERE workspace_id = %s AND member_id = %s", first)
    with pytest.raises(Conflict, match="it is offered to somebody else now"):
        await accept(desk.world.services, desk.of(first), offer_id=row["id"])


async def test_who_declines_is_not_asked_again_at_once(desk: Desk) -> None:
    await desk.asks()
    await desk.leaves(desk.uma)
    await desk.rings()
    await desk.passes(desk.tess)
    await desk.rings(1)
    assert await desk.offers() == [(desk.tess, "declined")]
    await desk.rings(150)
    assert await desk.offers() == [(desk.tess, "declined"), (desk.tess, "ringing")]


async def test_one_member_has_one_that_rings_and_the_next_one_waits(desk: Desk) -> None:
    await desk.leaves(desk.uma)
    first, second = await desk.asks(), await desk.asks()
    await desk.rings()
    assert (await desk.offers(first), await desk.offers(second)) == ([(desk.tess, "ringing")], [])
    assert await desk.told("hand_off") == []  # somebody is there
    await desk.takes(desk.tess)
    await desk.rings()
    assert await desk.offers(second) == [(desk.tess, "ringing")]


async def test_two_workers_offer_it_once(desk: Desk) -> None:
    for _ in range(3):
        await desk.asks()
    await asyncio.gather(*(desk.rings() for _ in range(4)))
    assert sorted(member for member, _ in await desk.offers()) == sorted([desk.tess, desk.uma])


async def test_a_worker_that_dies_in_a_round_leaves_it_to_the_next_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.asks()

    async def dies(*_: Any, **__: Any) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr("dynaris.pipeline.offers.ringing.notify", dies)
        with pytest.raises(asyncio.CancelledError):
            await desk.rings()
    assert await desk.offers() == []
    await desk.rings()
    assert len(await desk.offers()) == len(await desk.told("offer")) == 1


async def test_of_two_who_take_it_at_once_one_is_told_who_has_it(desk: Desk) -> None:
    conversation = await desk.asks()
    await desk.rings()
    [(first, _)] = await desk.offers()
    second, offer = other(desk, first), await desk.at(first)
    taken = await asyncio.gather(
        accept(desk.world.services, desk.of(first), offer_id=offer["id"]),
        claim_as(desk.world.services, desk.of(second), conversation_id=conversation),
        return_exceptions=True,
    )
    [refused] = [each for each in taken if isinstance(each, Conflict)]
    holder = (await desk.holder(conversation))[1]
    assert ("tess" if holder == desk.tess else "uma") in refused.detail
    assert (await desk.offers()) == [(first, "accepted" if holder == first else "withdrawn")]


async def test_accepting_twice_is_accepting_once_and_nobody_elses_can_be(desk: Desk) -> None:
    await desk.asks()
    await desk.rings()
    [(first, _)] = await desk.offers()
    offer = await desk.at(first)
    both = [accept(desk.world.services, desk.of(first), offer_id=offer["id"]) for _ in range(2)]
    assert {each["status"] for each in await asyncio.gather(*both)} == {"accepted"}
    with pytest.raises(NotFound):
        await accept(desk.world.services, desk.of(other(desk, first)), offer_id=offer["id"])


@pytest.mark.parametrize("how", ["claimed", "handed_back", "closed", "snoozed", "reassigned", "dissolved"])
async def test_what_happens_to_the_conversation_withdraws_its_offer(desk: Desk, how: str) -> None:
    conversation = await desk.asks()
    await desk.rings()
    nurses = await desk.makes("Nurses")
    async with desk.world.services.db.transaction(desk.ws) as connection:
        if how == "claimed":
            owner = desk.world.workspace.owner_id
            await claim(connection, desk.ws, conversation_id=conversation, member_id=owner, hold_minutes=5)
        elif how == "handed_back":
            await hand_back(connection, desk.ws, conversation_id=conversation)
        elif how == "reassigned":
            options = {"member_id": None, "hold_minutes": 5, "expected": None}
            await assign(connection, desk.ws, conversation_id=conversation, team_id=nurses, **options)
        elif how == "dissolved":
            await remove_team(connection, desk.ws, team_id=desk.team, by="system")
        else:
            changes = {"status": how}
            await update_conversation(connection, desk.ws, conversation_id=conversation, changes=changes, by="system")
    assert [status for _, status in await desk.offers()] == ([] if how == "dissolved" else ["withdrawn"])
    entries = await desk.world.rows("SELECT team_id FROM queue_entry WHERE workspace_id = %s")
    assert entries == ([{"team_id": nurses}] if how == "reassigned" else [])
    unread = await desk.world.rows(
        "SELECT id FROM notification WHERE workspace_id = %s AND topic = 'offer' AND read_at IS NULL"
    )
    assert unread == [] or how == "dissolved"


async def test_who_leaves_the_team_is_asked_no_longer(desk: Desk) -> None:
    await desk.asks()
    await desk.rings()
    [(first, _)] = await desk.offers()
    async with desk.world.services.db.transaction(desk.ws) as connection:
        await take_from_team(connection, desk.ws, team_id=desk.team, member_id=first, by="system")
    await desk.rings()
    assert await desk.offers() == [(first, "withdrawn"), (other(desk, first), "ringing")]


async def test_owner_and_admins_hear_at_once_of_what_waited_for_a_team_that_is_no_more(desk: Desk) -> None:
    conversation = await desk.asks()
    assert str(conversation) not in await desk.world.due("unanswered")
    async with desk.world.services.db.transaction(desk.ws) as connection:
        await remove_team(connection, desk.ws, team_id=desk.team, by="system")
    assert await desk.world.due("unanswered") == [str(conversation)]
    await watchdog.remind_of_unanswered(desk.world.services, desk.ws, str(conversation))
    assert await desk.told("unanswered") == [desk.world.workspace.owner_id]
    assert await desk.world.due("unanswered") == []


async def test_a_contact_who_writes_meanwhile_disturbs_nothing(desk: Desk) -> None:
    accepted = await desk.world.say("I want to talk to a person.", reply_url=desk.sink.url, email="a@example.com")
    await desk.world.settle()
    conversation = (await desk.world.event(accepted.event_id))["conversation_id"]
    options = {"member_id": None, "hold_minutes": 5, "expected": None}
    async with desk.world.services.db.transaction(desk.ws) as connection:
        await assign(connection, desk.ws, conversation_id=conversation, team_id=desk.team, **options)
    await desk.rings()
    before = await desk.offers()
    await desk.world.say("Are you there?", reply_url=desk.sink.url, email="a@example.com")
    await desk.world.settle()
    await desk.rings(5)
    assert await desk.offers() == before == [(before[0][0], "ringing")]


@pytest.mark.parametrize("why", ["away", "busy", "gone", "full", "wrapping up"])
async def test_who_is_not_free_is_not_asked(desk: Desk, why: str) -> None:
    await desk.leaves(desk.uma)
    if why == "gone":
        await desk.leaves(desk.tess)
    elif why == "full":
        await desk.changes(most_held=1)
        held = await desk.asks()
        async with desk.world.services.db.transaction(desk.ws) as connection:
            await claim(connection, desk.ws, conversation_id=held, member_id=desk.tess, hold_minutes=5)
    elif why == "wrapping up":
        await desk.world.rows(
            """UPDATE member SET wrap_up_until = now() + interval '1 minute'
               WHERE workspace_id = %s AND id = %s RETURNING id""",
            desk.tess,
        )
    else:
        await desk.world.rows(
            "UPDATE member SET status = %(status)s WHERE workspace_id = %(ws)s AND id = %(id)s RETURNING id",
            status=why,
            id=desk.tess,
        )
    await desk.asks()
    await desk.rings()
    assert await desk.offers() == []
    # Who only has enough to do is there all the same; where nobody is, all are told.
    is_there = why in ("full", "wrapping up")
    assert sorted(await desk.told("hand_off")) == ([] if is_there else sorted([desk.tess, desk.uma]))
    await desk.rings(1)
    assert len(await desk.told("hand_off")) == (0 if is_there else 2)


async def test_next_available_is_who_holds_the_fewest(desk: Desk) -> None:
    held = await desk.asks()
    async with desk.world.services.db.transaction(desk.ws) as connection:
        await claim(connection, desk.ws, conversation_id=held, member_id=desk.tess, hold_minutes=5)
    await desk.asks()
    await desk.rings()
    assert await desk.offers() == [(desk.uma, "ringing")]


async def test_longest_waiting_is_who_had_no_new_work_for_longest(desk: Desk) -> None:
    await desk.changes(strategy="longest_waiting")
    await desk.leaves(desk.uma)
    done = await desk.asks()
    await desk.rings()
    await desk.takes(desk.tess)
    async with desk.world.services.db.transaction(desk.ws) as connection:  # and Tess holds nothing any more
        await update_conversation(connection, desk.ws, conversation_id=done, changes={"status": "closed"}, by="system")
    await desk.are_there(desk.uma)
    await desk.asks()
    await desk.rings()
    assert (await desk.offers())[1:] == [(desk.uma, "ringing")]


async def test_who_waits_longest_is_offered_first(desk: Desk) -> None:
    await desk.leaves(desk.uma)
    first, second = await desk.asks(), await desk.asks()
    await desk.world.rows(
        """UPDATE queue_entry SET waiting_since = waiting_since - interval '1 hour'
           WHERE workspace_id = %s AND conversation_id = %s RETURNING team_id""",
        second,
    )
    await desk.rings()
    assert (await desk.offers(first), await desk.offers(second)) == ([], [(desk.tess, "ringing")])


async def test_who_is_answered_by_people_first_is_offered_before_others(desk: Desk) -> None:
    await desk.leaves(desk.uma)
    first, vip = await desk.asks(), await desk.asks(because="vip")
    await desk.rings()
    assert (await desk.offers(first), await desk.offers(vip)) == ([], [(desk.tess, "ringing")])


async def test_the_contacts_language_counts_until_nobody_with_it_came(desk: Desk) -> None:
    async with desk.world.services.db.transaction(desk.ws) as connection:
        await set_abilities(connection, desk.ws, desk.tess, languages=["en"], skills=[], by="system")
        await set_abilities(connection, desk.ws, desk.uma, languages=["de-AT"], skills=[], by="system")
    conversation = await desk.asks("Guten Tag, ich möchte bitte mit einem Menschen sprechen.")
    await desk.rings()
    assert await desk.offers() == [(desk.uma, "ringing")]
    await desk.passes(desk.uma)
    await desk.rings(1)
    assert await desk.offers(conversation) == [(desk.uma, "declined")]
    await desk.rings(119)
    assert len(await desk.offers()) == 1
    await desk.rings(121)
    assert (await desk.offers())[1:] == [(desk.tess, "ringing")]


async def test_a_tag_asks_for_a_skill_that_somebody_of_the_team_has(desk: Desk) -> None:
    async with desk.world.services.db.transaction(desk.ws) as connection:
        await set_abilities(connection, desk.ws, desk.uma, languages=[], skills=["Billing"], by="system")
    conversation = await desk.asks()
    for name in ("Billing", "Urgent"):  # nobody has the second one as a skill: it asks for nothing
        await desk.world.rows(
            """WITH new AS (INSERT INTO tag (workspace_id, id, name, colour) VALUES (%(ws)s, %(id)s, %(name)s, 'red')
                   RETURNING id)
               INSERT INTO conversation_tag (workspace_id, conversation_id, tag_id)
               SELECT %(ws)s, %(conversation)s, %(id)s FROM new RETURNING tag_id""",
            id=new_id(),
            name=name,
            conversation=conversation,
        )
    held = await desk.asks()
    async with desk.world.services.db.transaction(desk.ws) as connection:
        await claim(connection, desk.ws, conversation_id=held, member_id=desk.uma, hold_minutes=5)
    await desk.rings()
    assert await desk.offers(conversation) == [(desk.uma, "ringing")]


async def test_what_nobody_takes_goes_to_the_overflow_team_once(desk: Desk) -> None:
    vera = await desk.clinic.member("vera")
    behind = await desk.makes("Back office", vera, strategy="next_available", overflow_team_id=desk.team)
    await desk.changes(overflow_team_id=behind, overflow_minutes=5)
    await desk.are_there(vera)
    conversation = await desk.asks()
    await desk.rings()
    await desk.rings(301)
    assert await desk.holder(conversation) == ("team", None, behind)
    assert [status for _, status in await desk.offers()] == ["timed_out", "withdrawn"]
    await desk.rings(302, behind)
    assert (await desk.offers())[2:] == [(vera, "ringing")]
    await desk.rings(5_000, behind)
    assert (await desk.holder(conversation))[2] == behind


async def test_once_everybody_was_asked_it_overflows_at_once(desk: Desk) -> None:
    vera = await desk.clinic.member("vera")
    behind = await desk.makes("Back office", vera)
    await desk.changes(overflow_team_id=behind, overflow_minutes=60)
    conversation = await desk.asks()
    for _ in range(2):
        await desk.rings()
        [(member, _)] = [each for each in await desk.offers() if each[1] == "ringing"]
        await desk.passes(member)
    await desk.rings()
    assert (await desk.holder(conversation))[2] == behind
    assert await desk.told("hand_off") == [vera], "for whom it is now; who let it pass is told of nothing more"


async def test_a_team_where_everyone_is_told_overflows_too(desk: Desk) -> None:
    vera = await desk.clinic.member("vera")
    everyone = await desk.makes("Nurses", desk.uma, overflow_team_id=desk.team)
    conversation = await desk.asks(team=everyone)
    await desk.rings(10, everyone)
    assert await desk.offers() == []
    await desk.rings(301, everyone)
    assert (await desk.holder(conversation))[2] == desk.team
    assert vera not in await desk.told("hand_off")


async def test_once_everybody_let_it_pass_all_are_told_and_the_admins_are_next(desk: Desk) -> None:
    conversation = await desk.asks()
    for _ in range(2):
        await desk.rings()
        [(member, _)] = [each for each in await desk.offers() if each[1] == "ringing"]
        await desk.passes(member)
    await desk.rings()
    await desk.rings()
    assert sorted(await desk.told("hand_off")) == sorted([desk.tess, desk.uma])
    waits = await desk.world.rows("SELECT subject, circle FROM notification_escalation WHERE workspace_id = %s")
    assert waits == [{"subject": f"conversation:{conversation}", "circle": "admins"}]


SATURDAY = datetime(2026, 11, 28, 15, 0, tzinfo=UTC)


async def test_while_a_team_is_closed_another_one_answers(desk: Desk) -> None:
    weekend = await desk.makes(
        "Weekend", desk.uma, strategy="next_available", business_hours={"saturday": ["10:00-18:00"]}
    )
    await desk.changes(business_hours={"monday": ["08:00-18:00"]}, closed_team_id=weekend)
    conversation = await desk.asks()
    await ring_at(desk.world.services, desk.ws, desk.team, now=SATURDAY.replace(hour=19))
    assert (await desk.holder(conversation))[2] == desk.team
    assert (await desk.offers(), await desk.told("hand_off")) == ([], [])
    await ring_at(desk.world.services, desk.ws, desk.team, now=SATURDAY)
    assert (await desk.holder(conversation))[2] == weekend


async def test_a_teammate_takes_over_http_what_rings_at_them(office: Office, desk: Desk) -> None:
    tom = UUID((await office.tom.get("/api/me")).json()["member"]["id"])
    team = await desk.makes("Tom's", tom, strategy="next_available")
    await desk.are_there(tom)
    conversation = await desk.asks(team=team)
    assert (await office.tom.get("/api/me/offers")).json() == {"items": []}
    await desk.rings(0, team)
    [offer] = (await office.tom.get("/api/me/offers")).json()["items"]
    assert (offer["whom"], offer["summary"]) == ("Ada (generic)", "She wants to park.")
    assert (await office.olivia.get("/api/me/offers")).json()["items"] == []
    at = f"/api/me/offers/{offer['id']}"
    assert (await office.olivia.post(f"{at}/accept")).status_code == 404
    taken = await office.tom.post(f"{at}/accept")
    assert (taken.status_code, taken.json()["status"]) == (200, "accepted")
    assert (await office.tom.post(f"{at}/decline")).json()["status"] == "accepted", "it is over"
    [kept] = (await office.olivia.get(f"/api/conversations/{conversation}/offers")).json()["items"]
    assert (kept["member_name"], kept["status"]) == ("Tom Team", "accepted")
    recorded = await desk.world.rows(
        "SELECT actor FROM audit_entry WHERE workspace_id = %s AND action = 'conversation.claimed'"
    )
    assert recorded == [{"actor": f"member:{tom}"}]


async def test_who_comes_too_late_is_told_who_has_it(office: Office, desk: Desk) -> None:
    tom = UUID((await office.tom.get("/api/me")).json()["member"]["id"])
    team = await desk.makes("Tom's", tom, strategy="next_available")
    await desk.are_there(tom)
    conversation = await desk.asks(team=team)
    await desk.rings(0, team)
    [offer] = (await office.tom.get("/api/me/offers")).json()["items"]
    assert (await office.olivia.post(f"/api/conversations/{conversation}/claim")).status_code == 200
    late = await office.tom.post(f"/api/me/offers/{offer['id']}/accept")
    assert late.status_code == 409
    assert late.json()["detail"] == "this offer is over: Olivia Owner has this conversation now"
    assert late.json()["holder_id"] == str(desk.world.workspace.owner_id)


async def test_what_a_member_speaks_and_knows_is_kept_in_plain_words(office: Office) -> None:
    at = f"/api/members/{office.world.workspace.owner_id}/abilities"
    body = {"languages": ["de-AT", "en"], "skills": [" Billing ", "billing"]}
    kept = (await office.olivia.put(at, json=body)).json()
    assert (kept["languages"], kept["skills"]) == (["de", "en"], ["billing"])
    assert (await office.tom.put(at, json=body)).status_code == 403
    assert (await office.olivia.put(at, json={"languages": ["klingon"]})).status_code == 422
    assert (await office.olivia.put(at, json={})).json()["skills"] == []
