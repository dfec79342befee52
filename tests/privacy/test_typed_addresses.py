"""Anybody can type anybody's address: who did gets nothing of the owner's in an export, and takes nothing along."""

import io
import zipfile
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.channels.contract import AddressKind
from dynaris.contacts.claims import claim_address
from dynaris.core.ids import new_id
from dynaris.privacy import erasure
from dynaris.privacy.export import write_export
from tests.flows.conftest import World

SECRET = "Ada's own words"
_ROWS = (
    """INSERT INTO outbox (workspace_id, id, audience, channel, account_id, recipient, dedupe_key, content, status)
       VALUES (%(ws)s, %(id)s, 'system', 'email', %(id)s, 'ada@example.com', 'transcript:' || %(id)s, %(json)s, 'sent')
       RETURNING id""",
    """INSERT INTO contact_import_row (workspace_id, id, import_id, line, cells, plan)
       VALUES (%(ws)s, %(id)s, %(id)s, 1, %(json)s, '{}') RETURNING id""",
    """INSERT INTO audit_entry (workspace_id, id, actor, action, subject, detail)
       VALUES (%(ws)s, %(id)s, 'system', 'planted', 'workspace:x', %(json)s) RETURNING id""",
)
_KEPT = """SELECT (SELECT count(*) FROM outbox WHERE workspace_id = %(ws)s AND content::text LIKE %(secret)s) AS mails,
    (SELECT count(*) FROM contact_import_row WHERE workspace_id = %(ws)s AND cells::text LIKE %(secret)s) AS rows,
    (SELECT count(*) FROM audit_entry WHERE workspace_id = %(ws)s AND detail::text LIKE %(secret)s) AS entries"""


async def contact_of(world: World, email: str) -> UUID:
    accepted = await world.say("Is there parking?", reply_url=None, email=email)
    await world.settle()
    return (await world.event(accepted.event_id))["contact_id"]


async def planted(world: World, cell: str) -> None:
    for statement in _ROWS:
        await world.rows(statement, id=new_id(), json=Jsonb({"cell": cell, "said": SECRET}))


async def kept(world: World) -> dict[str, int]:
    return (await world.rows(_KEPT, secret=f"%{SECRET}%"))[0]


async def exported(world: World, contact_id: UUID) -> str:
    target = io.BytesIO()
    await write_export(world.services, world.workspace.id, contact_id, target)
    with zipfile.ZipFile(target) as archive:
        return archive.read("contact.json").decode()


async def erased(world: World, contact_id: UUID) -> None:
    row, _ = await erasure.request(world.services, world.workspace.id, contact_id, reason="requested", by="system")
    assert await erasure.erase(world.services, world.workspace.id, row["id"])


async def test_who_typed_anothers_address_neither_sees_nor_takes_what_is_the_others(world: World) -> None:
    eve = await contact_of(world, "eve@example.com")
    async with world.services.db.transaction(world.workspace.id) as connection:
        await claim_address(connection, world.workspace.id, eve, AddressKind.EMAIL, "ada@example.com")
    await planted(world, "ada@example.com")
    assert SECRET not in await exported(world, eve)
    await erased(world, eve)
    assert await kept(world) == {"mails": 1, "rows": 1, "entries": 1}


async def test_whose_address_it_is_sees_it_and_takes_it_along(world: World) -> None:
    ada = await contact_of(world, "ada@example.com")
    await planted(world, "ada@example.com")
    assert (await exported(world, ada)).count(SECRET) == 3
    await erased(world, ada)
    assert await kept(world) == {"mails": 0, "rows": 0, "entries": 0}


async def test_an_id_of_the_business_s_own_system_is_looked_for_nowhere_else(world: World) -> None:
    ada = await contact_of(world, "ada@example.com")
    await world.rows(
        """INSERT INTO address (workspace_id, id, contact_id, kind, value, display, holds)
           VALUES (%(ws)s, %(id)s, %(contact)s, 'crm', '10115', '10115', true) RETURNING id""",
        id=new_id(),
        contact=ada,
    )
    await world.rows(_ROWS[1], id=new_id(), json=Jsonb({"cell": "10115 Berlin", "said": SECRET}))
    assert SECRET not in await exported(world, ada)
    await erased(world, ada)
    assert (await kept(world))["rows"] == 1
