"""Whose an account's address is. Anybody may name any: what is ours is used for it only once it is proved.

`account.proofs` has for each address how it was proved, or the code that is awaited. A proved address, and what is the
same without its plus-tag, can be proved by no other workspace as long as the account is there.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.channels.contract import Account, Provable
from dynaris.channels.registry import channel as channel_named
from dynaris.core import clock
from dynaris.core.crypto import Vault, same
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, InvalidInput, NotFound, NotProved
from dynaris.people import mail
from dynaris.people.mail_texts import Mail
from dynaris.people.throttle import mailbox
from dynaris.workspaces.actions import record

OPERATOR = "system"  # the actor of what whoever runs the installation commands

_VALID_FOR = timedelta(minutes=30)
_MOST_TRIES = 5


def proved_in(proofs: dict[str, Any]) -> dict[str, str]:
    """By address how it was proved; what waits for its code is not in it."""
    return {address: proof["how"] for address, proof in proofs.items() if "how" in proof}


async def one_at_a_time(connection: Connection, channel: str, address: str) -> None:
    """Until the transaction's end: two workspaces that ask for one address at once do not both get it."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"account:{channel}:{address}",))


async def settle(connection: Connection, account: Account[Any], *, by: str) -> None:
    """After its addresses changed: proofs of what it left go, and what needs no asking is proved.

    The operator's word is proof, or a `Conflict` where the address is another's; so is the domain's record that this
    workspace has shown before.
    """
    channel = channel_named(account.channel)
    if not isinstance(channel, Provable):
        return
    own = channel.own_addresses(account)
    proofs = await _proofs(connection, account.workspace_id, account.id)
    if gone := [address for address in proofs if address not in own]:
        await connection.execute(
            "UPDATE account SET proofs = proofs - %s::text[] WHERE workspace_id = %s AND id = %s",
            (gone, account.workspace_id, account.id),
        )
    for address in sorted(own - proved_in(proofs).keys()):
        if by == OPERATOR:
            await prove(connection, account, address, how="operator", by=by)
        elif await _has_domain(connection, account, address) and not await why_not(connection, account, address, "dns"):
            await prove(connection, account, address, how="dns", by=by)


async def prove(connection: Connection, account: Account[Any], address: str, *, how: str, by: str) -> None:
    """To be called in a transaction. Raises `Conflict` for an address that another workspace has."""
    await one_at_a_time(connection, account.channel, mailbox(address))
    if reason := await why_not(connection, account, address, how):
        raise Conflict(reason)
    await _keep(connection, account, address, {"how": how, "at": clock.now().isoformat()})
    await _record(connection, account, "proved", {"address": address, "how": how}, by=by)


async def _record(connection: Connection, account: Account[Any], what: str, detail: dict[str, str], *, by: str) -> None:
    subject = f"account:{account.id}"
    await record(connection, account.workspace_id, actor=by, action=f"account.{what}", subject=subject, detail=detail)


async def why_not(connection: Connection, account: Account[Any], address: str, how: str) -> str | None:
    """Why this workspace may not have it, whatever it shows. A domain's record is more than a mailbox at the domain."""
    channel = channel_named(account.channel)
    if how != "operator" and isinstance(channel, Provable) and channel.is_reserved(address):
        return f"{address} belongs to whoever runs this installation"
    names = [mailbox(address), *([f"dns:{_domain(address)}"] if how == "code" else [])]
    if await _held_elsewhere(connection, account.workspace_id, names):
        return f"{address}, or what it is a part of, is proved by another workspace"
    return None


async def _held_elsewhere(connection: Connection, workspace_id: UUID, names: list[str]) -> bool:
    cursor = await connection.execute("SELECT workspaces_holding(%s) AS id", (names,))
    return bool({row["id"] for row in await cursor.fetchall()} - {workspace_id, mail.SYSTEM})


async def left_to_removed(connection: Connection, workspace_id: UUID, proofs: dict[str, Any]) -> dict[str, Any]:
    """A removed account holds its addresses against nobody. It answers what it took in, until another has them."""
    return {
        address: proof
        for address, proof in proofs.items()
        if not await _held_elsewhere(connection, workspace_id, [mailbox(address), f"dns:{_domain(address)}"])
    }


async def send_code(connection: Connection, vault: Vault, account: Account[Any], address: str, *, by: str) -> None:
    """Mails a code to the address; an earlier one ends. The caller has counted it. Raises `Conflict`."""
    proofs = await _proofs(connection, account.workspace_id, account.id)
    if "how" in proofs.get(address, {}):
        raise Conflict(f"{address} is proved already")
    if reason := await why_not(connection, account, address, "code"):
        raise Conflict(reason)
    code = f"{secrets.randbelow(10**8):08}"
    awaited = {
        "code": _fingerprint(vault, account.id, address, code),
        "until": (clock.now() + _VALID_FOR).isoformat(),
        "tries": _MOST_TRIES,
    }
    await _keep(connection, account, address, awaited)
    await mail.send(connection, address, _code_mail(address, code))
    await _record(connection, account, "proof_asked", {"address": address}, by=by)


async def try_code(
    connection: Connection, vault: Vault, account: Account[Any], address: str, code: str, *, by: str
) -> str | None:
    """Why it proves nothing; the try is counted then, so the transaction must be kept. Raises `Conflict`."""
    proof = (await _proofs(connection, account.workspace_id, account.id)).get(address, {})
    if "how" in proof:
        return None
    if "code" not in proof:
        return "no code was sent to this address: ask for one"
    if datetime.fromisoformat(proof["until"]) < clock.now() or proof["tries"] <= 0:
        return "the code is too old or was tried too often: ask for a new one"
    if same(proof["code"], _fingerprint(vault, account.id, address, "".join(code.split()))):
        await prove(connection, account, address, how="code", by=by)
        return None
    await _keep(connection, account, address, {**proof, "tries": proof["tries"] - 1})
    return "this is not the code that was sent"


def record_of(vault: Vault, workspace_id: UUID, address: str) -> tuple[str, str]:
    """Name and value of the TXT record by which the owner of a domain says that its addresses are this workspace's."""
    domain = _domain(address)
    return domain, f"dynaris={vault.fingerprint(f'domain:{workspace_id}:{domain}')[:40]}"


async def prove_domain(connection: Connection, accounts: Iterable[Account[Any]], address: str, *, by: str) -> None:
    """Of all the workspace's accounts, what is at the address's domain and free. Raises `Conflict` for the address."""
    for account in accounts:
        channel = channel_named(account.channel)
        assert isinstance(channel, Provable)
        for each in sorted(channel.own_addresses(account) - account.proved.keys()):
            if each == address or (
                _domain(each) == _domain(address) and not await why_not(connection, account, each, "dns")
            ):
                await prove(connection, account, each, how="dns", by=by)


def address_of(account: Account[Any], wanted: str | None) -> str:
    """The account's own address, or the alias that is meant. Raises `InvalidInput`."""
    channel = channel_named(account.channel)
    if not isinstance(channel, Provable):
        raise InvalidInput(f"an account on {account.channel} has nothing to prove")
    own = channel.own_addresses(account)
    aliases = frozenset(getattr(account.settings, "aliases", ()))
    if wanted is None:
        return next(iter(own - aliases), account.address)
    if wanted.strip().lower() in own:
        return wanted.strip().lower()
    raise InvalidInput(f"{wanted[:100]!r} is no address of this account; it has {', '.join(sorted(own))}")


def proof_shown(row: dict[str, Any], public: dict[str, Any]) -> dict[str, Any]:
    """What people see of it: `public` are the account's settings without secrets."""
    channel = channel_named(row["channel"])
    if not isinstance(channel, Provable):
        return {"state": "not_needed", "addresses": [], "to_do": None}
    account = Account(
        id=row["id"],
        workspace_id=row["id"],
        channel=row["channel"],
        address=row["address"],
        settings=channel.settings.model_construct(**public),
    )
    proved = proved_in(row["proofs"])
    own = address_of(account, None)
    listed = [own, *sorted(channel.own_addresses(account) - {own})]
    open_ones = [address for address in listed if address not in proved]
    return {
        "state": "proved" if own in proved else "unproved",
        "addresses": [{"address": address, "how": proved.get(address)} for address in listed],
        "to_do": _to_do(open_ones) if open_ones else None,
    }


def _to_do(addresses: list[str]) -> str:
    return (
        f"Not proved yet: {', '.join(addresses)}. A code that is mailed there shows that it is yours, or a record of "
        "its domain. Until then mail is sent and read by the account's own servers alone, those that it signs in at."
    )


async def _has_domain(connection: Connection, account: Account[Any], address: str) -> bool:
    cursor = await connection.execute(
        """SELECT FROM account WHERE workspace_id = %s AND channel = %s AND removed_at IS NULL
           AND held_addresses(proofs) && %s LIMIT 1""",
        (account.workspace_id, account.channel, [f"dns:{_domain(address)}"]),
    )
    return await cursor.fetchone() is not None


async def _proofs(connection: Connection, workspace_id: UUID, account_id: UUID) -> dict[str, Any]:
    cursor = await connection.execute(
        "SELECT proofs FROM account WHERE workspace_id = %s AND id = %s AND removed_at IS NULL FOR UPDATE",
        (workspace_id, account_id),
    )
    if row := await cursor.fetchone():
        return row["proofs"]
    raise NotFound(f"there is no account {account_id}")


async def _keep(connection: Connection, account: Account[Any], address: str, proof: dict[str, Any]) -> None:
    cursor = await connection.execute(
        """UPDATE account SET proofs = proofs || %(proof)s,
               send_error = CASE WHEN %(proved)s THEN NULL ELSE send_error END
           WHERE workspace_id = %(ws)s AND id = %(id)s AND removed_at IS NULL""",
        {"proof": Jsonb({address: proof}), "proved": "how" in proof, "ws": account.workspace_id, "id": account.id},
    )
    if not cursor.rowcount:
        raise NotFound(f"there is no account {account.id}")


def _code_mail(address: str, code: str) -> Mail:
    return Mail(
        "Your code to connect this address to Dynaris",
        f"Hello,\n\nsomebody wants Dynaris to read and answer the mail of {address}. If that is you, type this code "
        f"where you connected it:\n\n{code}\n\nIt is good for 30 minutes. If this was not you, ignore this mail and "
        "give the code to nobody: nothing happens then.",
    )


def _fingerprint(vault: Vault, account_id: UUID, address: str, code: str) -> str:
    return vault.fingerprint(f"proof:{account_id}:{address}:{code}")


def _domain(address: str) -> str:
    return address.rpartition("@")[2]


def require_proved(reason: str | None) -> None:
    if reason:
        raise NotProved(reason)
