"""One-time codes: what they prove, how long, how often, and for whom."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from dynaris.contacts import merge
from dynaris.contacts.verification import (
    MOST_ASKED,
    MOST_CODES,
    MOST_SENT,
    MOST_TRIES,
    TO_MAILBOX,
    Awaited,
    Verified,
    awaited_code,
    start_verification,
    verify_code,
)
from dynaris.core import clock
from dynaris.core.errors import TooManyRequests
from dynaris.core.ids import new_id
from tests.contacts.desk import CLAIMED, EMAIL, VERIFIED, VISITOR, Desk, session


class Clock:
    def __init__(self) -> None:
        self.time = datetime.now(UTC)

    def passes(self, **span: float) -> None:
        self.time += timedelta(**span)


@pytest.fixture
def time() -> Iterator[Clock]:
    watch = Clock()
    clock.set_source(lambda: watch.time)
    yield watch
    clock.set_source(None)


class Chat:
    """A visitor's chat."""

    def __init__(self, desk: Desk, name: str = "v") -> None:
        self.desk, self.session, self.conversation_id = desk, session(name), new_id()
        self.contact_id: UUID = new_id()

    async def opens(self) -> "Chat":
        self.contact_id = (await self.desk.arrives(VISITOR, self.session)).contact_id
        return self

    async def asks(self, value: str = "anna@example.com") -> str:
        async with self.desk.db.workspace(self.desk.id) as connection:
            return await start_verification(
                connection,
                self.desk.id,
                contact_id=self.contact_id,
                conversation_id=self.conversation_id,
                kind=EMAIL,
                value=value,
            )

    async def types(self, code: str) -> Verified:
        async with self.desk.db.workspace(self.desk.id) as connection:
            return await verify_code(
                connection, self.desk.id, conversation_id=self.conversation_id, code=code, session=self.session
            )


@pytest.fixture
async def chat(desk: Desk) -> Chat:
    return await Chat(desk).opens()


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


async def test_a_right_code_joins_the_contact_that_holds_the_address(desk: Desk, chat: Chat) -> None:
    anna = await desk.arrives(EMAIL, "anna@example.com", VERIFIED)
    outcome = await chat.types(f" {await chat.asks('Anna@Example.com')} ")
    assert (outcome.verified, outcome.contact_id, outcome.kind, outcome.value) == (
        True,
        anna.contact_id,
        EMAIL,
        "anna@example.com",
    )
    assert outcome.merge_id is not None
    assert await desk.addresses(anna.contact_id) == {
        ("email", "anna@example.com", True, "provider"),
        ("visitor", chat.session, True, "code"),
    }
    again = await desk.arrives(VISITOR, chat.session)
    assert (again.contact_id, again.identity, again.rule) == (anna.contact_id, VERIFIED, "verified")


async def test_a_right_code_makes_the_address_ones_own_where_nobody_holds_it(desk: Desk, chat: Chat) -> None:
    rival = await desk.arrives(VISITOR, session("rival"), claims=((EMAIL, "anna@example.com"),))
    outcome = await chat.types(await chat.asks())
    assert (outcome.contact_id, outcome.merge_id) == (chat.contact_id, None)
    assert await desk.addresses(chat.contact_id) == {
        ("email", "anna@example.com", True, "code"),
        ("visitor", chat.session, True, "code"),
    }
    assert ("email", "anna@example.com", False, None) in await desk.addresses(rival.contact_id)
    assert (await desk.arrives(EMAIL, "anna@example.com", VERIFIED)).contact_id == chat.contact_id


async def test_before_the_code_the_address_is_only_claimed(desk: Desk, chat: Chat) -> None:
    await chat.asks()
    assert await desk.addresses(chat.contact_id) == {
        ("email", "anna@example.com", False, None),
        ("visitor", chat.session, True, None),
    }
    assert (await desk.arrives(VISITOR, chat.session)).identity is CLAIMED


async def test_another_session_of_the_same_person_is_not_proved_with_it(desk: Desk, chat: Chat) -> None:
    anna = await desk.arrives(EMAIL, "anna@example.com", VERIFIED)
    second = await Chat(desk, "second").opens()
    await chat.types(await chat.asks())
    async with desk.db.workspace(desk.id) as connection:
        await merge.perform(
            connection, desk.id, anna.contact_id, second.contact_id, reason="looks the same", by="member:1"
        )
    arrival = await desk.arrives(VISITOR, second.session)
    assert (arrival.contact_id, arrival.identity) == (anna.contact_id, CLAIMED)


async def test_a_code_works_once(chat: Chat) -> None:
    code = await chat.asks()
    assert (await chat.types(code)).verified
    assert await chat.types(code) == Verified(verified=False, reason="no code was sent")


async def test_a_code_typed_twice_at_once_works_once(chat: Chat) -> None:
    code = await chat.asks()
    outcomes = await asyncio.gather(*(chat.types(code) for _ in range(5)))
    assert sum(outcome.verified for outcome in outcomes) == 1


async def test_a_code_ends_after_ten_minutes(chat: Chat, time: Clock) -> None:
    code = await chat.asks()
    time.passes(minutes=10, seconds=1)
    assert (await chat.types(code)).reason == "expired"


async def test_a_code_ends_after_five_wrong_tries(chat: Chat) -> None:
    code = await chat.asks()
    reasons = [(await chat.types(other_than(code))).reason for _ in range(MOST_TRIES)]
    assert reasons == ["wrong code"] * 4 + ["too many tries"]
    assert (await chat.types(code)).reason == "too many tries"


async def test_many_guesses_at_once_are_all_counted(chat: Chat) -> None:
    code = await chat.asks()
    await asyncio.gather(*(chat.types(other_than(code)) for _ in range(20)))
    assert not (await chat.types(code)).verified


async def test_a_code_works_only_where_it_was_asked_for(desk: Desk, chat: Chat) -> None:
    code = await chat.asks()
    assert (await (await Chat(desk, "thief").opens()).types(code)).reason == "no code was sent"


async def test_an_earlier_code_still_works_when_another_was_asked_for(chat: Chat) -> None:
    first = await chat.asks("anna@example.com")
    await chat.asks("anna@work.example")
    assert (await chat.types(first)).value == "anna@example.com"


async def test_one_conversation_may_ask_for_so_many_codes_an_hour(chat: Chat, time: Clock) -> None:
    for number in range(MOST_ASKED):
        await chat.asks(f"victim{number}@example.com")
    with pytest.raises(TooManyRequests):
        await chat.asks("another@example.com")
    time.passes(minutes=61)
    await chat.asks("another@example.com")


async def test_one_address_is_sent_so_many_codes_an_hour_whoever_asks(desk: Desk) -> None:
    chats = [await Chat(desk, str(number)).opens() for number in range(MOST_SENT + 3)]
    results = await asyncio.gather(*(chat.asks("Victim@example.com") for chat in chats), return_exceptions=True)
    assert sum(isinstance(result, str) for result in results) == MOST_SENT
    assert sum(isinstance(result, TooManyRequests) for result in results) == 3


async def test_a_mailbox_is_sent_so_many_codes_an_hour_under_whatever_tags(desk: Desk) -> None:
    chats = [await Chat(desk, str(number)).opens() for number in range(TO_MAILBOX.most // MOST_ASKED + 1)]
    for number in range(TO_MAILBOX.most):
        await chats[number // MOST_ASKED].asks(f"flooded+{number}@example.com")
    with pytest.raises(TooManyRequests):
        await chats[-1].asks("flooded+more@example.com")


async def test_a_stranger_elsewhere_does_not_use_up_the_owners_codes(desk: Desk, chat: Chat, time: Clock) -> None:
    stranger = await Chat(desk, "stranger").opens()
    for _ in range(MOST_CODES):
        await stranger.asks()
        time.passes(minutes=2)
    with pytest.raises(TooManyRequests) as refused:
        await stranger.asks()
    assert "try again in 50 minutes" in refused.value.detail
    assert refused.value.extra["retry_after"] == 50 * 60
    assert (await chat.types(await chat.asks())).verified


async def test_a_new_code_for_the_same_address_ends_the_old_one(chat: Chat) -> None:
    first, second = await chat.asks(), await chat.asks(" Anna@example.com")
    assert first == second or not (await chat.types(first)).verified
    assert (await chat.types(second)).verified


async def test_a_code_is_not_stored(desk: Desk, chat: Chat) -> None:
    code = await chat.asks()
    rows = await desk.rows("SELECT v::text AS whole FROM verification_code v WHERE workspace_id = %s")
    assert code not in rows[0]["whole"]
    assert code.encode().hex() not in rows[0]["whole"]


async def test_whether_a_code_is_awaited_is_known(desk: Desk, chat: Chat, time: Clock) -> None:
    async def awaited() -> Awaited | None:
        async with desk.db.workspace(desk.id) as connection:
            return await awaited_code(connection, desk.id, chat.conversation_id)

    assert await awaited() is None
    await chat.asks()
    assert await awaited() == Awaited("anna@example.com", is_open=True)
    time.passes(minutes=11)
    assert await awaited() == Awaited("anna@example.com", is_open=False)
    time.passes(minutes=50)
    assert await awaited() is None
