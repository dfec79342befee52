"""Our people are told once per cause, in the app and, where the workspace can write mails, by mail."""

from typing import Any

import pytest

from dynaris.core.db import Database
from dynaris.core.errors import InvalidInput
from dynaris.notifications.actions import notify
from dynaris.workspaces.actions import NewWorkspace
from tests.notifications.conftest import APP, Clinic


async def told(db: Database, workspace: NewWorkspace, **changes: Any) -> Any:
    return await Clinic(db, workspace).told(**changes)


async def test_owner_and_admins_are_told_once(clinic: Clinic) -> None:
    admin = await clinic.member("adam", "admin")
    await clinic.member("tess")
    assert set(await clinic.told()) == {clinic.workspace.owner_id, admin}
    assert await clinic.told() == []


async def test_one_member_or_a_team_can_be_told(clinic: Clinic) -> None:
    tess, tom = await clinic.member("tess"), await clinic.member("tom")
    await clinic.member("tim")
    assert await clinic.told(member_id=tess) == [tess]
    team = await clinic.team(tess, tom)
    assert set(await clinic.told(cause="hand_off:2", team_id=team)) == {tess, tom}


async def test_a_topic_that_is_not_registered_is_refused(clinic: Clinic) -> None:
    with pytest.raises(InvalidInput, match="no topic 'rumours'; there are hand_off"):
        await clinic.told(topic="rumours")


async def test_who_wrote_outside_makes_no_link_and_ours_works(clinic: Clinic) -> None:
    await clinic.told(body="Ada writes: pay at https://evil.com", title="evil.com needs a person")
    await clinic.told()
    assert await clinic.mails() == []  # the caller's transaction holds no mail; the worker's round does
    await clinic.round()
    await clinic.round()
    (mail,) = await clinic.mails()
    assert mail["audience"] == "member"
    assert mail["content"]["subject"] == "evil[.]com needs a person"
    assert mail["content"]["text"] == (
        "evil[.]com needs a person\n\nAda writes: pay at https[:]//evil[.]com\n\n"
        f"Open it: {APP}/inbox/all/1\n\n--\nWhat you are told of, and when: {APP}/settings/notifications"
    )


async def test_mail_leaves_from_an_account_whose_address_is_proved(clinic: Clinic) -> None:
    proofs = ({"new@x.example": {"code": "…"}}, {"hello@x.example": {"how": "code"}})
    ids = [await clinic.account("email", f"{n}@clinic.example", proofs=proof) for n, proof in enumerate(proofs)]
    await clinic.told()
    await clinic.round()
    assert [mail["account_id"] for mail in await clinic.mails()] == ids[1:]


async def test_what_was_rolled_back_tells_nobody(clinic: Clinic) -> None:
    class Broken(Exception):
        pass

    values: dict[str, Any] = {"topic": "failed", "cause": "failed:1", "title": "x", "body": "y", "subject": "event:1"}

    async def break_off() -> None:
        async with clinic.db.transaction(clinic.workspace.id) as connection:
            await notify(connection, clinic.workspace.id, **values)
            raise Broken

    with pytest.raises(Broken):
        await break_off()
    assert await clinic.round() == 0
    assert await clinic.rows("SELECT id FROM notification WHERE workspace_id = %s") == []
