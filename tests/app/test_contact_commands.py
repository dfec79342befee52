"""`dynaris contacts import | export`: the same import as over HTTP, typed."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dynaris.app.commands import contacts as commands
from dynaris.connections.queries import Accounts
from dynaris.core.crypto import Vault
from dynaris.core.db import Database
from dynaris.core.errors import InvalidInput
from dynaris.workspaces.actions import NewWorkspace


@pytest.fixture
def services(db: Database) -> Any:
    return SimpleNamespace(db=db, accounts=Accounts(db, Vault("test")))


async def names(db: Database, workspace: NewWorkspace) -> list[str]:
    async with db.workspace(workspace.id) as connection:
        cursor = await connection.execute(
            "SELECT name FROM contact WHERE workspace_id = %s ORDER BY name", (workspace.id,)
        )
        return [row["name"] for row in await cursor.fetchall()]


async def run(services: Any, workspace: NewWorkspace, *, dry_run: bool = False, **options: Any) -> None:
    content = b"name,email,phone\nAda,ada@a.example,0660 1234567\nBen,nonsense,\n"
    await commands.import_file(services, workspace.id, content, name="x.csv", options=options, dry_run=dry_run)


async def test_a_dry_run_prints_each_row_and_changes_nothing(
    services: Any, workspace: NewWorkspace, capsys: pytest.CaptureFixture[str]
) -> None:
    await run(services, workspace, dry_run=True, region="AT")
    printed = capsys.readouterr().out.splitlines()
    assert [line.split(" | ")[:2] for line in printed[-3:-1]] == [["2", "create"], ["3", "error"]]
    assert printed[-1].endswith(": 1 create, 1 error")
    assert await names(services.db, workspace) == []


async def test_an_import_says_what_it_did(
    services: Any, workspace: NewWorkspace, capsys: pytest.CaptureFixture[str]
) -> None:
    await run(services, workspace, region="AT")
    assert capsys.readouterr().out.splitlines()[-1].endswith(": 1 create, 1 error")
    assert await names(services.db, workspace) == ["Ada"]


async def test_numbers_are_the_business_countrys_and_rows_are_told_in_words(
    services: Any, workspace: NewWorkspace, capsys: pytest.CaptureFixture[str]
) -> None:
    await run(services, workspace, dry_run=True)
    assert "say `region`, such as DE" in capsys.readouterr().out
    async with services.db.workspace(workspace.id) as connection:
        await connection.execute("UPDATE workspace SET timezone = 'Europe/Vienna' WHERE id = %s", (workspace.id,))
    content = b'name,phone,tags\nAda,0660 1234567,"vip, stamm"\n'
    await commands.import_file(services, workspace.id, content, name="x.csv", options={}, dry_run=True)
    printed = capsys.readouterr().out
    assert "+436601234567" in printed
    assert "name: (empty) → Ada" in printed
    assert "tags: (empty) → vip, stamm" in printed
    assert "None" not in printed


async def test_a_wrong_option_is_one_line(services: Any, workspace: NewWorkspace) -> None:
    with pytest.raises(InvalidInput, match="on_conflict"):
        await run(services, workspace, on_conflict="nonsense")


async def test_an_export_is_written(services: Any, workspace: NewWorkspace, tmp_path: Path) -> None:
    await run(services, workspace, region="AT")
    await commands.export_file(services, workspace.id, tmp_path / "out.csv")
    lines = (tmp_path / "out.csv").read_text("utf-8-sig").splitlines()
    assert lines[0].startswith("id,name,status,")
    assert ",Ada," in lines[1]
    assert "'+436601234567" in lines[1]
    with pytest.raises(InvalidInput, match="cannot be written"):
        await commands.export_file(services, workspace.id, tmp_path)
