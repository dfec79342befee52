"""The installation's own sender: the account of the system workspace, from which sign-up and reset mails go out."""

from dynaris.connections.actions import add_account
from dynaris.notifications.actions import mail_channels
from dynaris.people.mail import SYSTEM
from dynaris.pipeline.services import Services

_NAME = "Dynaris"


async def ensure_system_mail(services: Services) -> None:
    """At the start of each process. The account only sends: nobody reads, and no agent answers, what comes to it."""
    sender = services.settings.sender
    async with services.db.workspace(SYSTEM) as connection:
        cursor = await connection.execute("SELECT id, address FROM account WHERE workspace_id = %s LIMIT 1", (SYSTEM,))
        account = await cursor.fetchone()
    if account and account["address"] == sender:
        return
    async with services.db.transaction(SYSTEM) as connection:
        await connection.execute("SELECT FROM workspace WHERE id = %s FOR UPDATE", (SYSTEM,))
        cursor = await connection.execute("SELECT id FROM account WHERE workspace_id = %s LIMIT 1", (SYSTEM,))
        account = await cursor.fetchone()
        account_id = (
            account["id"]
            if account
            else await add_account(
                connection,
                SYSTEM,
                services.accounts.vault,
                channel=mail_channels()[0],
                address="system@dynaris.invalid",  # the real one may be an address of a workspace too
                settings={"name": _NAME},
            )
        )
        await connection.execute(
            "UPDATE account SET address = %s, enabled = false WHERE workspace_id = %s AND id = %s",
            (sender, SYSTEM, account_id),
        )
