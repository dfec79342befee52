"""Calls and browsers: a test call with no telephone, and teammates at a call that goes on."""

from dynaris.calls.desks import Desks
from tests.flows.browsers import on_socket, posted
from tests.flows.telephones import Telephones, telephones

__all__ = ["telephones"]


async def test_a_test_call_is_answered_shown_and_kept(telephones: Telephones) -> None:
    begun = await posted(telephones.owner, "/api/calls/test")
    async with on_socket(begun) as browser:
        greeting = await browser.seen("said")
        assert "AI assistant" in greeting["text"]
        assert await browser.seen("saying")
        await browser.say(type="typed", text="Is there parking?")
        assert (await browser.seen("heard"))["text"] == "Is there parking?"
        answer = await browser.seen("said", 2)
        await browser.say(type="hang-up")
        await browser.seen("over")
    ended = await telephones.ended()
    assert (ended["channel"], ended["outcome"]) == ("voice_browser", "answered")
    assert [text for _, text in await telephones.spoken()] == [greeting["text"], "Is there parking?", answer["text"]]
    call = (await telephones.owner.get(f"/api/calls/{begun['call_id']}")).json()
    assert call["test"]
    overview = (await telephones.owner.get("/api/overview")).json()
    assert "voice_browser" not in str(overview)
    accounts = (await telephones.owner.get("/api/accounts")).json()["items"]
    assert "voice_browser" not in {each["channel"] for each in accounts}
    assert "call.tried" in await _audited(telephones)


async def test_a_test_call_is_ended_from_its_page(telephones: Telephones) -> None:
    begun = await posted(telephones.owner, "/api/calls/test")
    async with on_socket(begun) as browser:
        await browser.seen("said")
        (await telephones.owner.post(f"/api/calls/{begun['call_id']}/hang-up")).raise_for_status()
        await browser.seen("over")
    assert (await telephones.ended())["outcome"] == "answered"


async def test_of_what_is_cut_off_stays_what_was_played(telephones: Telephones) -> None:
    await telephones.agent(greeting={"default": "One two three four. " * 20})
    begun = await posted(telephones.owner, "/api/calls/test")
    async with on_socket(begun, plays=0.0) as browser:
        await browser.heard(0, 3)
        await browser.say(type="typed", text="Hello?")
        await browser.seen("clear")
        await browser.seen("said")
        await browser.say(type="hang-up")
        await browser.seen("over")
    await telephones.ended()
    first = (await telephones.spoken())[0]
    assert first[0] == "contact", first


async def test_a_ticket_is_for_a_minute_and_a_stranger_has_none(telephones: Telephones) -> None:
    begun = await posted(telephones.owner, "/api/calls/test")
    workspace, call, until, proof = begun["ticket"].split(".")
    for ticket in (f"{workspace}.{call}.{int(until) + 900}.{proof}", f"{workspace}.{call}.1.{proof}", "nothing"):
        async with on_socket({**begun, "ticket": ticket}) as browser:
            await browser.seen("closed")


async def test_a_teammate_listens_whispers_takes_over_and_hands_back(telephones: Telephones) -> None:
    sid = await telephones.calls()
    await telephones.until_said(1)
    call = await telephones.call()
    begun = await posted(telephones.owner, f"/api/calls/{call['id']}/desk")
    async with on_socket(begun, has_sides=True) as desk:
        assert (await desk.seen("ready"))["taken_by"] is None
        await telephones.says(sid, "Is there parking?")
        await desk.seen("heard", text="Is there parking?")
        await desk.heard(0, 1)
        await desk.heard(1, 1)
        await desk.say(type="whisper", text="Offer them the garage.")
        await desk.seen("whispered")
        await desk.say(type="take-over")
        await desk.seen("taken")
        await desk.sound(b"\x10\x27" * 16_000)
        await telephones.says(sid, "Thank you.")
        await desk.seen("heard", text="Thank you.")
        (conversation,) = await telephones.found("SELECT holder FROM conversation WHERE workspace_id = %s")
        assert conversation["holder"] == "member"
        await desk.say(type="hand-back")
        await desk.seen("handed_back")
        await desk.seen("said", text="Hello, this is the AI assistant again. Can I do anything else for you?")
        await telephones.hangs_up(sid)
        await desk.seen("over")
    await telephones.ended()
    detail = (await telephones.owner.get(f"/api/calls/{call['id']}")).json()
    assert [leg["party"] for leg in detail["legs"]] == ["agent", "member", "agent"]
    assert [turn["text"] for turn in detail["transcript"] if turn["whisper"]] == ["Offer them the garage."]
    assert detail["outcome"] == "transferred"
    did = await _audited(telephones)
    assert {"call.listened_to", "call.whispered", "call.taken_over", "call.handed_back"} <= did


async def test_a_teammates_socket_finds_the_process_that_has_the_call(telephones: Telephones, monkeypatch) -> None:
    """Here it is the same one, asked as if it were another."""
    sid = await telephones.calls()
    await telephones.until_said(1)
    call = await telephones.call()
    at = telephones.world.services.settings.base_url.removeprefix("http://")
    await telephones.world.rows(f"UPDATE call SET held_at = '{at}' WHERE workspace_id = %s RETURNING id")
    begun = await posted(telephones.owner, f"/api/calls/{call['id']}/desk")
    known = Desks.here

    def first_elsewhere(self: Desks, call_id):
        monkeypatch.setattr(Desks, "here", known)

    monkeypatch.setattr(Desks, "here", first_elsewhere)
    async with on_socket(begun, has_sides=True) as desk:
        await desk.seen("ready")
        await telephones.hangs_up(sid)
        await desk.seen("over")


async def _audited(telephones: Telephones) -> set[str]:
    return {
        row["action"] for row in await telephones.world.rows("SELECT action FROM audit_entry WHERE workspace_id = %s")
    }
