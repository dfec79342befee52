"""Matching: whose contact an arrival belongs to."""

import asyncio

import pytest

from dynaris.channels.contract import Sender
from dynaris.contacts.matching import resolve
from dynaris.core.db import Database
from dynaris.core.errors import InvalidInput
from tests.contacts.desk import (
    CLAIMED,
    EMAIL,
    FAILED,
    PHONE,
    VERIFIED,
    VISITOR,
    WHATSAPP,
    Desk,
    another_workspace,
    session,
)


async def test_a_new_sender_becomes_a_contact_and_the_next_message_finds_it(desk: Desk) -> None:
    first = await desk.arrives(EMAIL, "Anna@Example.com", name="Anna Berg")
    again = await desk.arrives(EMAIL, "anna@EXAMPLE.com")
    assert (first.created, first.rule, again.created, again.rule) == (True, "new", False, "known")
    assert first.contact_id == again.contact_id
    assert await desk.addresses(first.contact_id) == {("email", "anna@example.com", True, None)}
    assert "anna@example.com" in again.reason


async def test_a_verified_arrival_proves_the_address_and_is_remembered(desk: Desk) -> None:
    first = await desk.arrives(EMAIL, "anna@example.com")
    second = await desk.arrives(EMAIL, "anna@example.com", VERIFIED)
    third = await desk.arrives(EMAIL, "anna@example.com")
    assert await desk.addresses(first.contact_id) == {("email", "anna@example.com", True, "provider")}
    assert [second.rule, third.rule] == ["known", "verified"]
    assert third.identity is CLAIMED, "this mail proved nothing, whatever earlier ones did"


async def test_a_name_is_set_only_where_there_was_none(desk: Desk) -> None:
    first = await desk.arrives(EMAIL, "anna@example.com", name="None")
    await desk.arrives(EMAIL, "anna@example.com", name="Anna\x00 Berg\u202e")
    await desk.arrives(EMAIL, "anna@example.com", name="Somebody else")
    rows = await desk.rows("SELECT name FROM contact WHERE workspace_id = %s AND id = %s", first.contact_id)
    assert rows == [{"name": "Anna Berg"}]


async def test_plus_tags_are_different_people(desk: Desk) -> None:
    one = await desk.arrives(EMAIL, "team+anna@example.com")
    other = await desk.arrives(EMAIL, "team+ben@example.com")
    assert one.contact_id != other.contact_id


async def test_a_second_visitor_who_types_the_same_mail_is_not_merged_and_loses_nothing(desk: Desk) -> None:
    claim = ((EMAIL, "anna@example.com"),)
    anna = await desk.arrives(EMAIL, "anna@example.com", VERIFIED)
    one = await desk.arrives(VISITOR, session("one"), claims=claim, name="Anna")
    two = await desk.arrives(VISITOR, session("two"), claims=claim, name="Also Anna")
    assert len({anna.contact_id, one.contact_id, two.contact_id}) == 3
    for visitor, key in ((one, "one"), (two, "two")):
        assert await desk.addresses(visitor.contact_id) == {
            ("visitor", session(key), True, None),
            ("email", "anna@example.com", False, None),
        }
        assert [(rival.contact_id, rival.holds) for rival in visitor.conflicts] == [(anna.contact_id, True)]
    assert (await desk.arrives(VISITOR, session("two"))).contact_id == two.contact_id
    assert await desk.addresses(anna.contact_id) == {("email", "anna@example.com", True, "provider")}


async def test_an_unproved_mail_joins_the_only_contact_that_gave_this_address(desk: Desk) -> None:
    visitor = await desk.arrives(VISITOR, session("v"), claims=((EMAIL, "anna@example.com"),))
    mail = await desk.arrives(EMAIL, "anna@example.com")
    assert (mail.contact_id, mail.rule, mail.created) == (visitor.contact_id, "claimed", False)
    assert ("email", "anna@example.com", True, None) in await desk.addresses(visitor.contact_id)
    assert (await desk.arrives(EMAIL, "anna@example.com")).rule == "known"


async def test_a_verified_mail_never_lands_on_a_mere_claimant(desk: Desk) -> None:
    visitor = await desk.arrives(VISITOR, session("v"), claims=((EMAIL, "anna@example.com"),))
    mail = await desk.arrives(EMAIL, "anna@example.com", VERIFIED)
    assert mail.contact_id != visitor.contact_id
    assert mail.created
    assert [(rival.contact_id, rival.holds) for rival in mail.conflicts] == [(visitor.contact_id, False)]
    assert ("email", "anna@example.com", False, None) in await desk.addresses(visitor.contact_id)


async def test_a_verified_mail_takes_its_address_from_a_claimant_whom_unproved_mail_had_joined(desk: Desk) -> None:
    claimant = await desk.arrives(VISITOR, session("v"), claims=((EMAIL, "anna@example.com"),))
    assert (await desk.arrives(EMAIL, "anna@example.com")).contact_id == claimant.contact_id
    proved = await desk.arrives(EMAIL, "anna@example.com", VERIFIED)
    assert (proved.rule, proved.created, proved.identity) == ("new", True, VERIFIED)
    assert proved.contact_id != claimant.contact_id
    assert [rival.contact_id for rival in proved.conflicts] == [claimant.contact_id]
    again = await desk.arrives(EMAIL, "anna@example.com")
    assert (again.rule, again.contact_id) == ("verified", proved.contact_id)


async def test_a_failed_proof_and_a_disputed_claim_get_a_contact_of_their_own(desk: Desk) -> None:
    visitor = await desk.arrives(
        VISITOR, session("v"), claims=((EMAIL, "anna@example.com"), (EMAIL, "ben@example.com"))
    )
    await desk.arrives(VISITOR, session("w"), claims=((EMAIL, "ben@example.com"),))
    forged = await desk.arrives(EMAIL, "anna@example.com", FAILED)
    disputed = await desk.arrives(EMAIL, "ben@example.com")
    assert forged.created
    assert disputed.created
    assert len(disputed.conflicts) == 2
    assert (await desk.arrives(EMAIL, "anna@example.com", FAILED)).contact_id == forged.contact_id
    assert visitor.contact_id not in (forged.contact_id, disputed.contact_id)


async def test_telephone_and_whatsapp_of_one_number_are_one_contact_both_ways(desk: Desk) -> None:
    whatsapp = await desk.arrives(WHATSAPP, "436641234567", VERIFIED)
    call = await desk.arrives(PHONE, "+43 664 1234567")
    assert (call.contact_id, call.rule) == (whatsapp.contact_id, "same_number")
    assert await desk.addresses(call.contact_id) == {
        ("whatsapp", "436641234567", True, "provider"),
        ("phone", "+436641234567", True, None),
    }
    call = await desk.arrives(PHONE, "+436649999999")
    whatsapp = await desk.arrives(WHATSAPP, "436649999999", VERIFIED)
    assert (whatsapp.contact_id, whatsapp.rule) == (call.contact_id, "same_number")
    assert ("whatsapp", "436649999999", True, "provider") in await desk.addresses(call.contact_id)


async def test_a_whatsapp_sender_is_found_by_the_number_it_never_called_from(desk: Desk) -> None:
    match = await desk.arrives(WHATSAPP, "436641234567", VERIFIED)
    assert ("phone", "+436641234567", False, None) in await desk.addresses(match.contact_id)


async def test_whatsapp_senders_without_a_number_are_told_apart(desk: Desk) -> None:
    one = await desk.arrives(WHATSAPP, "US.13491208655302741918", VERIFIED)
    other = await desk.arrives(WHATSAPP, "US.99991208655302741918", VERIFIED)
    assert one.contact_id != other.contact_id
    assert (await desk.arrives(WHATSAPP, "us.13491208655302741918", VERIFIED)).contact_id == one.contact_id
    for nothing in ("None", "", "null"):
        with pytest.raises(InvalidInput, match="expected an address of kind whatsapp"):
            await desk.arrives(WHATSAPP, nothing, VERIFIED)


async def test_one_person_has_several_numbers(desk: Desk) -> None:
    first = await desk.arrives(PHONE, "+436641234567", claims=((PHONE, "+436642222222"), (PHONE, "+436643333333")))
    for number in ("+436642222222", "+436643333333"):
        assert (await desk.arrives(PHONE, number)).contact_id == first.contact_id


async def test_claims_that_are_no_addresses_are_named_and_cost_nothing_else(desk: Desk) -> None:
    match = await desk.arrives(VISITOR, session("v"), claims=((EMAIL, "call me"), (EMAIL, "anna@example.com")))
    assert len(match.ignored) == 1
    assert "'call me'" in match.ignored[0]
    assert ("email", "anna@example.com", False, None) in await desk.addresses(match.contact_id)


async def test_a_failed_session_proof_is_not_lifted_by_an_earlier_one(desk: Desk) -> None:
    await desk.arrives(VISITOR, session("v"), VERIFIED)
    assert (await desk.arrives(VISITOR, session("v"))).identity is VERIFIED
    assert (await desk.arrives(VISITOR, session("v"), FAILED)).identity is FAILED


async def test_workspaces_do_not_share_contacts(desk: Desk, db: Database) -> None:
    other = Desk(db, await another_workspace(db))
    ours = await desk.arrives(EMAIL, "anna@example.com")
    theirs = await other.arrives(EMAIL, "anna@example.com")
    assert theirs.created
    assert ours.contact_id != theirs.contact_id


async def test_fifty_first_messages_at_once_make_one_contact(desk: Desk) -> None:
    matches = await asyncio.gather(*(desk.arrives(EMAIL, "rush@example.com") for _ in range(50)))
    assert len({match.contact_id for match in matches}) == 1
    assert sum(match.created for match in matches) == 1
    assert await desk.contacts() == 1


async def test_first_messages_by_telephone_and_whatsapp_at_once_make_one_contact(desk: Desk) -> None:
    for last in range(5):
        number = f"43664123456{last}"
        matches = await asyncio.gather(
            *(desk.arrives(PHONE, f"+{number}") for _ in range(10)),
            *(desk.arrives(WHATSAPP, number, VERIFIED) for _ in range(10)),
        )
        assert len({match.contact_id for match in matches}) == 1
        assert await desk.contacts() == last + 1


async def test_mails_at_once_from_an_address_that_one_contact_claims_join_it(desk: Desk) -> None:
    visitor = await desk.arrives(VISITOR, session("v"), claims=((EMAIL, "anna@example.com"),))
    matches = await asyncio.gather(*(desk.arrives(EMAIL, "anna@example.com") for _ in range(20)))
    assert {match.contact_id for match in matches} == {visitor.contact_id}


async def test_a_transaction_that_ends_badly_leaves_no_contact(desk: Desk, db: Database) -> None:
    async def file_and_fail() -> None:
        async with db.transaction(desk.id) as connection:
            await resolve(connection, desk.id, Sender(kind=PHONE, value="+436641234567"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await file_and_fail()
    assert await desk.contacts() == 0


async def test_a_first_message_waits_for_the_transaction_that_makes_its_contact(desk: Desk, db: Database) -> None:
    sender = Sender(kind=EMAIL, value="anna@example.com")
    async with db.transaction(desk.id) as connection:
        first = await resolve(connection, desk.id, sender)
        waiting = asyncio.create_task(desk.arrives(EMAIL, "anna@example.com"))
        await asyncio.sleep(0.02)
        assert not waiting.done()
    assert (await waiting).contact_id == first.contact_id
