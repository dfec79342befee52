"""At every start: is this the secret key that the database's secrets were stored with?"""

from dynaris.core.crypto import UnreadableSecret, Vault, is_sealed
from dynaris.core.db import Connection, Database
from dynaris.core.errors import StartupError

_BOUND_TO = "key_check"
_WRONG = (
    "the secret key (DYNARIS_SECRET_KEY, else secret.key in the home) is not the one that this database's secrets "
    "were stored with: start with that one"
)


async def check_key(db: Database, vault: Vault) -> None:
    """Raises `StartupError` for another key than the first one that this database was used with."""
    async with db.system() as connection:
        stored = await _stored(connection, None)
        if stored is None:
            if not await _opens_accounts(connection, vault):
                raise StartupError(_WRONG)
            stored = await _stored(connection, vault.seal("right", _BOUND_TO))
    if not opens(vault, stored or ""):
        raise StartupError(_WRONG)


async def fits(db: Database, vault: Vault) -> bool | None:
    """Whether the database was used with this key; `None`: with none yet. Changes nothing."""
    async with db.system() as connection:
        stored = await _stored(connection, None)
        if stored is None:
            return None if await _opens_accounts(connection, vault) else False
    return opens(vault, stored)


def opens(vault: Vault, stored: str) -> bool:
    """Whether this key made the database's check value."""
    try:
        vault.open(stored, _BOUND_TO)
    except UnreadableSecret:
        return False
    return True


async def _stored(connection: Connection, fresh: str | None) -> str | None:
    row = await (await connection.execute("SELECT stored_key_check(%s) AS sealed", (fresh,))).fetchone()
    return row["sealed"] if row else None


async def _opens_accounts(connection: Connection, vault: Vault) -> bool:
    """Before there is a check value: can any of the stored secrets be read, if there are some?"""
    from dynaris.channels.registry import channels  # here: only a database's first start needs them
    from dynaris.connections.actions import bound_to

    seen = False
    for channel in channels():
        cursor = await connection.execute("SELECT id, settings FROM accounts_of_channel(%s)", (channel,))
        for row in await cursor.fetchall():
            for field, value in row["settings"].items():
                if not is_sealed(value):
                    continue
                seen = True
                try:
                    vault.open(value, bound_to(row["id"], field))
                except UnreadableSecret:
                    continue
                return True
    return not seen
