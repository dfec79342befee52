"""Visitors of a channel's own pages: who they say they are, and the one-time code that proves it."""

from typing import Any
from uuid import UUID

from dynaris.channels.contract import Account, AddressKind, Identity, Sender, Verification
from dynaris.channels.registry import channel
from dynaris.contacts.actions import update_contact
from dynaris.contacts.addresses import normalise
from dynaris.contacts.claims import claim_address, prove, prove_session
from dynaris.contacts.matching import resolve
from dynaris.contacts.names import readable_name
from dynaris.contacts.suppression import AddressHash, begin_blocked, hasher
from dynaris.contacts.unproved import fill_gaps
from dynaris.contacts.verification import start_verification, verify_code
from dynaris.conversations.actions import say_as_product
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, TooManyRequests
from dynaris.core.ids import new_id
from dynaris.notifications.actions import BEST_FIRST, mail_channels
from dynaris.outbox.actions import enqueue
from dynaris.pipeline.services import Services

_NO_CODE = "no code was sent"
CODE_SENT = "We sent a six-digit code to {}. Type it here to confirm that the address is yours."


async def save_contact(services: Services, account: Account[Any], key: str, fields: dict[str, str]) -> None:
    """Names and addresses that a visitor typed: claims; an e-mail address is sent a code.

    Raises `InvalidInput`, and `TooManyRequests` when all was kept but no code is sent.
    """
    workspace_id = account.workspace_id
    name = " ".join(fields[part].strip() for part in ("first_name", "last_name") if fields.get(part))
    refused: TooManyRequests | None = None
    async with services.db.transaction(workspace_id) as connection:
        hashed = hasher(services.accounts.vault)
        contact_id, conversation_id = await _open_thread(connection, account, key, hashed)
        changes: dict[str, Any] = {"name": name} if name else {}
        if description := fields.get("description"):
            changes["fields"] = {"description": description}
        if changes:
            await update_contact(connection, workspace_id, contact_id, changes, by=f"contact:{contact_id}")
        if phone := fields.get("phone_number"):
            await claim_address(connection, workspace_id, contact_id, AddressKind.PHONE, phone)
        if email := fields.get("email"):
            refused = await ask_for_proof(
                connection, workspace_id, contact_id=contact_id, conversation_id=conversation_id, email=email
            )
    if refused:  # what else the visitor gave is kept
        raise refused


async def ask_for_proof(
    connection: Connection, workspace_id: UUID, *, contact_id: UUID, conversation_id: UUID, email: str
) -> TooManyRequests | None:
    """Sends a code and says so in the chat, or that none is sent for now."""
    try:
        sent = await send_code(
            connection, workspace_id, contact_id=contact_id, conversation_id=conversation_id, email=email
        )
    except TooManyRequests as error:
        await claim_address(connection, workspace_id, contact_id, AddressKind.EMAIL, email)
        await _say_refused(connection, workspace_id, conversation_id, error)
        return error
    if sent:
        text = CODE_SENT.format(email.strip())
        await say_as_product(connection, workspace_id, conversation_id=conversation_id, text=text)
    return None


async def _say_refused(
    connection: Connection, workspace_id: UUID, conversation_id: UUID, error: TooManyRequests
) -> None:
    """Once an hour, however often it is asked for."""
    text = refusal(error)
    cursor = await connection.execute(
        """SELECT 1 FROM message WHERE workspace_id = %s AND conversation_id = %s AND author = 'system'
           AND starts_with(text, %s) AND created_at > clock_timestamp() - interval '1 hour' LIMIT 1""",
        (workspace_id, conversation_id, text.partition(";")[0]),
    )
    if await cursor.fetchone() is None:
        await say_as_product(connection, workspace_id, conversation_id=conversation_id, text=text)


def refusal(error: TooManyRequests) -> str:
    return f"{error.detail[0].upper()}{error.detail[1:]}."


async def _open_thread(
    connection: Connection, account: Account[Any], key: str, hashed: AddressHash
) -> tuple[UUID, UUID]:
    """The visitor's contact and conversation, made when there are none yet."""
    kind = channel(account.channel).address_kind
    match = await resolve(connection, account.workspace_id, Sender(kind=kind, value=key), hashed=hashed)
    cursor = await connection.execute(
        """INSERT INTO conversation (workspace_id, id, contact_id, channel, account_id, reply_to, thread_key, identity)
           VALUES (%(ws)s, %(id)s, %(contact)s, %(channel)s, %(account)s, %(key)s, %(key)s, %(identity)s)
           ON CONFLICT (workspace_id, account_id, thread_key) WHERE thread_key IS NOT NULL
               DO UPDATE SET reply_to = excluded.reply_to
           RETURNING id, contact_id""",
        {
            "ws": account.workspace_id,
            "id": new_id(),
            "contact": match.contact_id,
            "channel": account.channel,
            "account": account.id,
            "key": key,
            "identity": match.identity.value,
        },
    )
    row = await cursor.fetchone()
    assert row is not None
    return row["contact_id"], row["id"]


async def send_code(
    connection: Connection, workspace_id: UUID, *, contact_id: UUID, conversation_id: UUID, email: str
) -> bool:
    """Mails a code to the address a visitor named. False where the workspace has no account that writes mail."""
    cursor = await connection.execute(
        f"""SELECT id, channel, (SELECT w.name FROM workspace w WHERE w.id = workspace_id) AS name FROM account
            WHERE workspace_id = %s AND enabled AND channel = ANY(%s) ORDER BY {BEST_FIRST} LIMIT 1""",
        (workspace_id, mail_channels()),
    )
    account = await cursor.fetchone()
    code = await start_verification(
        connection,
        workspace_id,
        contact_id=contact_id,
        conversation_id=conversation_id,
        kind=AddressKind.EMAIL,
        value=email,
    )
    if account is None:
        return False
    text = (
        f"Your code is {code}\n\nType it in the chat with {account['name']} to confirm that this address is yours. "
        "It is valid for 10 minutes. If you did not chat with us, ignore this mail: nothing happens."
    )
    await enqueue(
        connection,
        workspace_id,
        audience="system",
        channel=account["channel"],
        account_id=account["id"],
        recipient=email.strip(),
        content={"subject": f"{code} is your code for {account['name']}", "text": text},
        dedupe_key=f"code:{new_id()}",
        contact_id=contact_id,
        conversation_id=conversation_id,
    )
    return True


async def send_codes_for_new_claims(services: Services, workspace_id: UUID, conversation_id: UUID) -> None:
    """An agent noted an e-mail address that the visitor typed: it is sent a code once, as from the form."""
    async with services.db.workspace(workspace_id) as connection:
        cursor = await connection.execute(
            """SELECT a.contact_id, a.value FROM conversation c
               JOIN address a ON a.workspace_id = c.workspace_id AND a.contact_id = c.contact_id
               WHERE c.workspace_id = %(ws)s AND c.id = %(conversation)s AND c.identity <> 'verified'
                 AND a.kind = 'email' AND NOT a.holds
                 AND NOT EXISTS (SELECT FROM verification_code v WHERE v.workspace_id = c.workspace_id
                                 AND v.conversation_id = c.id AND v.kind = a.kind AND v.value = a.value)
               LIMIT 3""",
            {"ws": workspace_id, "conversation": conversation_id},
        )
        claims = await cursor.fetchall()
    for claim in claims:
        async with services.db.transaction(workspace_id) as connection:
            await ask_for_proof(
                connection,
                workspace_id,
                contact_id=claim["contact_id"],
                conversation_id=conversation_id,
                email=claim["value"],
            )


async def verify(services: Services, account: Account[Any], key: str, code: str) -> Verification:
    """Tries a code that the visitor typed into the widget's field."""
    async with services.db.workspace(account.workspace_id) as connection:
        cursor = await connection.execute(
            "SELECT id FROM conversation WHERE workspace_id = %s AND account_id = %s AND thread_key = %s",
            (account.workspace_id, account.id, key),
        )
        row = await cursor.fetchone()
    if row is None:
        return Verification(verified=False, reason=_NO_CODE)
    return await verify_in_conversation(services, account.workspace_id, row["id"], session=key, code=code)


async def verify_in_conversation(
    services: Services, workspace_id: UUID, conversation_id: UUID, *, session: str, code: str
) -> Verification:
    """On success the conversation is verified, and its contact may be another one: the address's holder."""
    async with services.db.transaction(workspace_id) as connection:
        result = await verify_code(
            connection, workspace_id, conversation_id=conversation_id, code=code, session=session
        )
        if result.verified:
            await _mark_verified(connection, workspace_id, conversation_id, f"{result.kind}:{result.value}")
            if result.contact_id:
                hashed = hasher(services.accounts.vault)
                await begin_blocked(connection, workspace_id, result.contact_id, hashed)
    return Verification(verified=result.verified, reason=result.reason)


async def vouch(
    services: Services, account: Account[Any], key: str, *, email: str, name: str | None, user_id: str | None
) -> None:
    """The visitor's site says who is signed in there: the address is proved as by a code.

    A chat is one person's for good: where another address was proved in it, somebody else has signed in. Raises
    `Conflict` then, `InvalidInput` for no address.
    """
    workspace_id = account.workspace_id
    address = normalise(AddressKind.EMAIL, email)
    proved = f"{AddressKind.EMAIL.value}:{address}"
    async with services.db.transaction(workspace_id) as connection:
        hashed = hasher(services.accounts.vault)
        contact_id, conversation_id = await _open_thread(connection, account, key, hashed)
        cursor = await connection.execute(
            "SELECT identity, proved FROM conversation WHERE workspace_id = %s AND id = %s FOR UPDATE",
            (workspace_id, conversation_id),
        )
        row = await cursor.fetchone()
        assert row is not None
        mails = {each for each in row["proved"] if each.startswith(f"{AddressKind.EMAIL.value}:")}
        if mails - {proved}:
            raise Conflict("another address was proved in this chat: begin a new one")
        if proved in mails and row["identity"] == Identity.VERIFIED.value:
            return
        proof = await prove(connection, workspace_id, contact_id, AddressKind.EMAIL, address, by="host")
        await prove_session(connection, workspace_id, proof.contact_id, key, by="host")
        await _mark_verified(connection, workspace_id, conversation_id, proved)
        await begin_blocked(connection, workspace_id, proof.contact_id, hashed)
        if shown := readable_name(name):
            await connection.execute(
                "UPDATE contact SET name = %s WHERE workspace_id = %s AND id = %s AND coalesce(name, '') = ''",
                (shown, workspace_id, proof.contact_id),
            )
        if user_id:
            await fill_gaps(connection, workspace_id, proof.contact_id, {"user_id": user_id})


async def _mark_verified(connection: Connection, workspace_id: UUID, conversation_id: UUID, address: str) -> None:
    await connection.execute(
        """UPDATE conversation SET identity = %(verified)s, proved = array_append(
               array_remove(proved, %(address)s), %(address)s) WHERE workspace_id = %(ws)s AND id = %(id)s""",
        {"verified": Identity.VERIFIED.value, "address": address, "ws": workspace_id, "id": conversation_id},
    )
