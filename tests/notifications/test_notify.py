"""Our people are told once per cause, in the app and, where the workspace can write mails, by mail."""

from types import SimpleNamespace
from typing import Any

import pytest

from dynaris.channels.contract import AddressKind, ChannelTraits
from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.notifications import actions
from dynaris.workspaces.actions import NewWorkspace, add_member


async def told(db: Database, workspace: NewWorkspace, **changes: Any) -> Any:
    values = {"cause": "hand_off:1", "title": "A person is needed", "body": "Ada waits", "subject": "conversation:1"}
    async with db.transaction(workspace.id) as connection:
        return await actions.notify(connection, workspace.id, **{**values, **changes})


async def member(db: Database, workspace: NewWorkspace, name: str, role: str) -> Any:
    async with db.system() as connection:
        cursor = await connection.execute(
            "SELECT upsert_person(%s, %s, %s) AS id", (new_id(), f"{name}.{workspace.id}@clinic.example", name)
        )
        row = await cursor.fetchone()
    assert row
    async with db.workspace(workspace.id) as connection:
        return await add_member(
            connection,
            workspace.id,
            person_id=row["id"],
            email=f"{name}@clinic.example",
            name=name,
            role=role,
        )


async def test_owner_and_admins_are_told_once(db: Database, workspace: NewWorkspace) -> None:
    admin = await member(db, workspace, "adam", "admin")
    await member(db, workspace, "tess", "teammate")
    assert set(await told(db, workspace)) == {workspace.owner_id, admin}
    assert await told(db, workspace) == []


async def test_one_member_can_be_told(db: Database, workspace: NewWorkspace) -> None:
    teammate = await member(db, workspace, "tess", "teammate")
    assert await told(db, workspace, member_id=teammate) == [teammate]


async def test_a_workspace_that_can_write_mails_writes_one(
    db: Database, workspace: NewWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = SimpleNamespace(address_kind=AddressKind.EMAIL, traits=ChannelTraits(starts_conversations=True))
    monkeypatch.setattr(actions, "channels", lambda: {"mail": mail})
    async with db.workspace(workspace.id) as connection:
        await connection.execute(
            "INSERT INTO account (workspace_id, id, channel, address) VALUES (%s, %s, 'mail', 'hello@clinic.example')",
            (workspace.id, new_id()),
        )
    await told(db, workspace, body="Ada writes: pay at https://evil.com")
    await told(db, workspace)
    async with db.workspace(workspace.id) as connection:
        rows = await (
            await connection.execute(
                "SELECT audience, recipient, content FROM outbox WHERE workspace_id = %s", (workspace.id,)
            )
        ).fetchall()
    assert len(rows) == 1
    assert rows[0]["audience"] == "member"
    text = "A person is needed\n\nAda writes: pay at https[:]//evil[.]com"  # which no mail client makes a link of
    assert rows[0]["content"] == {"subject": "A person is needed", "text": text}


async def test_mail_leaves_from_an_account_whose_address_is_proved(
    db: Database, workspace: NewWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = SimpleNamespace(address_kind=AddressKind.EMAIL, traits=ChannelTraits(starts_conversations=True))
    monkeypatch.setattr(actions, "channels", lambda: {"mail": mail})
    proofs = ['{"new@clinic.example": {"code": "…"}}', '{"hello@clinic.example": {"how": "code"}}']
    ids = [new_id(), new_id()]
    async with db.workspace(workspace.id) as connection:
        for account_id, proof in zip(ids, proofs, strict=True):
            await connection.execute(
                "INSERT INTO account (workspace_id, id, channel, address, proofs) VALUES (%s, %s, 'mail', %s, %s)",
                (workspace.id, account_id, f"{account_id}@clinic.example", proof),
            )
        await told(db, workspace)
        cursor = await connection.execute("SELECT account_id FROM outbox WHERE workspace_id = %s", (workspace.id,))
        assert [row["account_id"] for row in await cursor.fetchall()] == ids[1:]
