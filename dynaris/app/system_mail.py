"""The installation's own sender: the account of the system workspace, from which sign-up and reset mails go out."""

from psycopg.types.json import Jsonb

from dynaris.channels.contract import Account, Addressed
from dynaris.channels.registry import channel
from dynaris.connections.actions import add_account
from dynaris.notifications.actions import mail_channels
from dynaris.people.mail import SYSTEM
from dynaris.pipeline.services import Services

_NAME = "Dynaris"


async def ensure_system_mail(services: Services) -> None:
    """At the start of each process. The account only sends: nobody reads, and no agent answers, what comes to it."""
    sender, channel_name = services.settings.sender, mail_channels()[0]
    async with services.db.workspace(SYSTEM) as connection:
        cursor = await connection.execute(
            "SELECT address, proofs FROM account WHERE workspace_id = %s ORDER BY id LIMIT 1", (SYSTEM,)
        )
        account = await cursor.fetchone()
    proofs = {each: {"how": "operator"} for each in _own_addresses(channel_name, sender)}
    if account and account["address"] == sender and account["proofs"] == proofs:
        return
    async with services.db.transaction(SYSTEM) as connection:
        await connection.execute("SELECT FROM workspace WHERE id = %s FOR UPDATE", (SYSTEM,))
        cursor = await connection.execute(
            "SELECT id FROM account WHERE workspace_id = %s ORDER BY id LIMIT 1", (SYSTEM,)
        )
        account = await cursor.fetchone()
        account_id = (
            account["id"]
            if account
            else await add_account(
                connection,
                SYSTEM,
                services.accounts.vault,
                channel=channel_name,
                address="system@dynaris.invalid",  # the real one may be an address of a workspace too
                settings={"name": _NAME},
            )
        )
        await connection.execute(
            "UPDATE account SET address = %s, proofs = %s, enabled = false WHERE workspace_id = %s AND id = %s",
            (sender, Jsonb(proofs), SYSTEM, account_id),
        )


def _own_addresses(channel_name: str, address: str) -> frozenset[str]:
    """As its channel names them."""
    mail = channel(channel_name)
    assert isinstance(mail, Addressed)
    return mail.own_addresses(Account(SYSTEM, SYSTEM, channel_name, address, mail.settings()))
