"""One-time codes in the words of a chat: typed, asked for again, too old; answered without an agent."""

import re
from dataclasses import replace

from dynaris.channels.contract import Identity
from dynaris.contacts.verification import Awaited, awaited_code, code_in
from dynaris.conversations.actions import say_as_product
from dynaris.core.errors import TooManyRequests
from dynaris.pipeline.inquiry import Inquiry
from dynaris.pipeline.services import Services
from dynaris.pipeline.visitors import CODE_SENT, refusal, send_code, verify_in_conversation

_MOST_WORDS = 5  # beside a code, of a message that is about the code alone
_MOST_WORDS_ASKING = 10
_NAMES_CODE = re.compile(r"\b(code|código)\b", re.IGNORECASE)
_ASKS_AGAIN = re.compile(
    r"""\b(?:send|resend|new|another|again|lost|no|not|never|neuen?|nochmals?|nuevo|nouveau)\b.*\b(?:code|código)\b
    |n['’]t\b.*\bcode\b
    |\b(?:code|código)\b.*(?:\b(?:again|lost|expired|old|not|never|nochmals?|nicht|nuevo)\b|n['’]t\b)""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_ADDRESS_CONFIRMED = "Thank you, your address is confirmed."
_CONFIRMED = "Thank you, your address is confirmed. How can we help you?"
_EXPIRED = "That code is no longer valid."
_NOT_CONFIRMED = {
    "wrong code": "That code is not right. Please type the last one that we sent, or write “new code” to get another.",
    "too many tries": "That was one try too many. Write “new code” to get another.",
}
_NO_MAIL = "We cannot send codes at the moment."


async def code_typed(services: Services, inquiry: Inquiry) -> Inquiry:
    """A chat message that holds a code which we sent is tried; one that asks for another code gets it."""
    code = code_in(inquiry.text)
    others = len(re.findall(r"[^\W\d_]+", inquiry.text))
    asks = code is None and others <= _MOST_WORDS_ASKING and _ASKS_AGAIN.search(inquiry.text) is not None
    # A long sentence with six digits in it is rather an order or a telephone number.
    about_code = others == 0 or _NAMES_CODE.search(inquiry.text) is not None
    alone = others <= _MOST_WORDS
    if not asks and (code is None or not (alone or about_code)):
        return inquiry
    async with services.db.workspace(inquiry.workspace_id) as connection:
        awaited = await awaited_code(connection, inquiry.workspace_id, inquiry.conversation_id)
    if awaited is None or not (asks or awaited.is_open or (alone and about_code)):
        return inquiry
    if code is None:
        return replace(inquiry, ready_reply=await _sent_again(services, inquiry, awaited))
    result = await verify_in_conversation(
        services, inquiry.workspace_id, inquiry.conversation_id, session=inquiry.reply_to, code=code
    )
    if result.verified:
        return await _proved(services, inquiry, alone=alone)
    if result.reason == "expired":
        return replace(inquiry, ready_reply=f"{_EXPIRED} {await _sent_again(services, inquiry, awaited)}")
    return replace(inquiry, ready_reply=_NOT_CONFIRMED.get(result.reason, _NOT_CONFIRMED["wrong code"]))


async def _proved(services: Services, inquiry: Inquiry, *, alone: bool) -> Inquiry:
    """The conversation may be another contact's now; what was said beside the code is still to be answered."""
    async with services.db.workspace(inquiry.workspace_id) as connection:
        cursor = await connection.execute(
            "SELECT contact_id FROM conversation WHERE workspace_id = %s AND id = %s",
            (inquiry.workspace_id, inquiry.conversation_id),
        )
        row = await cursor.fetchone()
    assert row is not None
    proved = replace(inquiry, contact_id=row["contact_id"], identity=Identity.VERIFIED)
    if alone:
        return replace(proved, ready_reply=_ADDRESS_CONFIRMED if inquiry.held else _CONFIRMED)
    async with services.db.transaction(inquiry.workspace_id) as connection:
        await say_as_product(
            connection, inquiry.workspace_id, conversation_id=inquiry.conversation_id, text=_ADDRESS_CONFIRMED
        )
    return proved


async def _sent_again(services: Services, inquiry: Inquiry, awaited: Awaited) -> str:
    """A new code to the address that was named last; what to tell the visitor about it."""
    async with services.db.transaction(inquiry.workspace_id) as connection:
        try:
            sent = await send_code(
                connection,
                inquiry.workspace_id,
                contact_id=inquiry.contact_id,
                conversation_id=inquiry.conversation_id,
                email=awaited.value,
            )
        except TooManyRequests as error:
            return refusal(error)
    return CODE_SENT.format(awaited.value) if sent else _NO_MAIL
