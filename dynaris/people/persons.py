"""Reads and small writes of people."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from dynaris.core.db import Connection
from dynaris.core.ids import new_id


class Person(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: UUID
    email: str
    name: str
    verified: bool  # the address is theirs
    staff: bool
    password_hash: str | None
    totp_secret: str | None  # sealed
    totp_on: bool


def normal_address(email: str) -> str:
    return email.strip().lower()


async def by_email(connection: Connection, email: str) -> Person | None:
    return await _person(connection, "SELECT * FROM person_by_email(%s)", normal_address(email))


async def by_id(connection: Connection, person_id: UUID) -> Person:
    found = await _person(connection, "SELECT * FROM person_by_id(%s)", person_id)
    assert found is not None, "people are never deleted while they are signed in"
    return found


async def hold(connection: Connection, person: Person) -> Person | None:
    """The same person as they are now, to the end of the transaction; `None` where the password was changed since.

    A password takes a while to be checked: whoever reset it meanwhile wants nobody in who knows the old one.
    """
    found = await _person(connection, "SELECT * FROM hold_person(%s)", person.id)
    return found if found and found.password_hash == person.password_hash else None


async def _person(connection: Connection, query: str, wanted: Any) -> Person | None:
    row = await (await connection.execute(query, (wanted,))).fetchone()  # type: ignore[arg-type]
    return Person(**row) if row else None


async def create(connection: Connection, *, email: str, name: str) -> UUID:
    """With an address that is theirs. An existing person of this address stays as they are."""
    cursor = await connection.execute("SELECT upsert_person(%s, %s, %s) AS id", (new_id(), email, name))
    row = await cursor.fetchone()
    assert row is not None
    await verify(connection, row["id"])
    return row["id"]


async def verify(connection: Connection, person_id: UUID) -> None:
    await connection.execute("SELECT verify_address(%s)", (person_id,))


async def set_password(connection: Connection, person_id: UUID, hashed: str) -> None:
    await connection.execute("SELECT set_password(%s, %s)", (person_id, hashed))


async def workspaces_of(connection: Connection, person_id: UUID) -> list[dict[str, Any]]:
    cursor = await connection.execute("SELECT * FROM workspaces_of(%s)", (person_id,))
    return await cursor.fetchall()
