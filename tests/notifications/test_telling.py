"""What leaves the app: at once, in a digest, after quiet hours, or not at all; never lost, never twice."""

import asyncio
from datetime import datetime, timedelta

from dynaris.core import clock
from dynaris.notifications import telling
from dynaris.notifications.preferences import Preferences, keep_preferences
from tests.notifications.conftest import APP, Clinic

QUIET = {"since": "00:00", "until": "00:00", "days": ["monday", "tuesday", "wednesday", "thursday", "friday"]}


def next_monday() -> datetime:
    today = clock.now().replace(hour=10, minute=30, second=0, microsecond=0)
    return today + timedelta(days=7 - today.weekday())


async def read(clinic: Clinic, cause: str) -> None:
    await clinic.do(
        "UPDATE notification SET read_at = now() WHERE workspace_id = %s AND cause = %s", clinic.workspace.id, cause
    )


async def test_what_was_read_in_the_app_first_is_not_mailed(clinic: Clinic) -> None:
    await clinic.told()
    await read(clinic, "hand_off:1")
    await clinic.round()
    assert await clinic.mails() == []
    (row,) = await clinic.rows("SELECT status, result FROM notification_send WHERE workspace_id = %s")
    assert row == {"status": "dropped", "result": "read in the app before"}


async def test_the_rest_comes_in_one_mail_by_topics_each_line_with_its_link(clinic: Clinic) -> None:
    for n, topic in enumerate(["booked", "changed", "booked"]):
        await clinic.told(topic=topic, cause=f"{topic}:{n}", title=f"Nr {n} at evil.com", subject="booking:7")
    await clinic.told(topic="booked", cause="booked:read", title="Read before")
    await clinic.round()
    assert await clinic.mails() == []
    await read(clinic, "booked:read")
    await clinic.round(clock.now() + timedelta(hours=1))
    (mail,) = await clinic.mails()
    assert mail["content"]["subject"] == "3 notifications from Test clinic"
    line = f"\n  {APP}/scheduling\n"
    assert mail["content"]["text"].startswith(
        f"3 notifications from Test clinic\n\nNew bookings\n\n- Nr 0 at evil[.]com{line}- Nr 2 at evil[.]com{line}\n"
        f"Changed bookings\n\n- Nr 1 at evil[.]com{line}\n--\n"
    )
    await clinic.round(clock.now() + timedelta(hours=3))
    assert len(await clinic.mails()) == 1


async def test_a_digest_of_which_all_was_read_is_no_mail(clinic: Clinic) -> None:
    await clinic.told(topic="booked", cause="booked:1")
    await clinic.round()
    await read(clinic, "booked:1")
    await clinic.round(clock.now() + timedelta(hours=1))
    assert await clinic.mails() == []


async def test_quiet_hours_postpone_and_what_waited_comes_together(clinic: Clinic) -> None:
    await clinic.prefers(clinic.workspace.owner_id, quiet_hours=QUIET, topics={"failed": {"always": True}})
    monday = next_monday()
    for n in range(2):
        await clinic.told(cause=f"hand_off:{n}", title=f"Nr {n}")
    await clinic.told(topic="failed", cause="failed:1", title="It failed")
    await clinic.round(monday)
    assert [mail["content"]["subject"] for mail in await clinic.mails()] == ["It failed"]
    await clinic.round(monday + timedelta(days=4))
    assert len(await clinic.mails()) == 1
    for _ in range(2):
        await clinic.round(monday + timedelta(days=5))
    assert [mail["content"]["subject"] for mail in await clinic.mails()] == [
        "It failed",
        "2 notifications from Test clinic",
    ]


async def test_what_was_put_off_comes_at_once_when_quiet_hours_are_switched_off(clinic: Clinic) -> None:
    owner, monday = clinic.workspace.owner_id, next_monday()
    await clinic.prefers(owner, quiet_hours=QUIET)
    for n in range(2):
        await clinic.told(cause=f"hand_off:{n}")
    await clinic.told(topic="booked", cause="booked:1")
    await clinic.round(monday)
    async with clinic.db.transaction(clinic.workspace.id) as connection:
        await keep_preferences(connection, clinic.workspace.id, owner, Preferences())
    await clinic.round(monday)
    (mail,) = await clinic.mails()
    assert mail["content"]["subject"] == "2 notifications from Test clinic", "the booking waits for its digest"


async def test_a_topic_is_as_each_member_has_it(clinic: Clinic) -> None:
    tess = await clinic.member("tess", "admin")
    await clinic.prefers(tess, topics={"hand_off": {"email": "off", "in_app": False}})
    await clinic.told()
    await clinic.round()
    assert [mail["recipient"] for mail in await clinic.mails()] == [f"owner@w-{(await slug(clinic))[2:]}.example"]
    shown = await clinic.rows("SELECT member_id FROM notification WHERE workspace_id = %s AND shown")
    assert [row["member_id"] for row in shown] == [clinic.workspace.owner_id]


async def slug(clinic: Clinic) -> str:
    async with clinic.db.workspace(clinic.workspace.id) as connection:
        row = await (await connection.execute("SELECT slug FROM workspace")).fetchone()
    assert row
    return row["slug"]


async def test_who_has_left_is_told_nothing_more(clinic: Clinic) -> None:
    tess = await clinic.member("tess")
    await clinic.told(member_id=tess)
    await clinic.do(
        "UPDATE member SET removed_at = now() WHERE workspace_id = %s AND id = %s", clinic.workspace.id, tess
    )
    await clinic.round()
    assert await clinic.mails() == []


async def test_two_workers_at_once_tell_once(clinic: Clinic) -> None:
    for n in range(6):
        await clinic.told(cause=f"hand_off:{n}")
        await clinic.told(topic="booked", cause=f"booked:{n}")
    await asyncio.gather(*(clinic.round() for _ in range(4)))
    await asyncio.gather(*(clinic.round(clock.now() + timedelta(hours=1)) for _ in range(4)))
    assert len(await clinic.mails()) == 6 + 1


async def test_who_dies_between_mail_and_its_row_leaves_both_to_the_next(clinic: Clinic, monkeypatch) -> None:
    await clinic.told()
    settle = telling._settle

    async def die(*_: object) -> None:
        raise SystemExit

    monkeypatch.setattr(telling, "_settle", die)
    try:
        await clinic.round()
    except SystemExit:
        assert await clinic.mails() == []
    monkeypatch.setattr(telling, "_settle", settle)
    await clinic.round()
    await clinic.round()
    assert len(await clinic.mails()) == 1


async def test_trouble_with_one_notification_does_not_hold_up_the_others(clinic: Clinic) -> None:
    await clinic.told(topic="booked", cause="booked:1")
    await clinic.prefers(clinic.workspace.owner_id, digest={"every": "week"})  # of another release
    tess = await clinic.member("tess")
    await clinic.told(cause="hand_off:2", member_id=tess)
    await clinic.round()
    assert [mail["recipient"] for mail in await clinic.mails()] == ["tess@clinic.example"]
    rows = await clinic.rows("SELECT status, result FROM notification_send WHERE workspace_id = %s ORDER BY created_at")
    assert rows[0]["status"] == "dropped"
    assert rows[0]["result"].startswith("failed: ")


async def test_a_digest_that_cannot_be_made_is_dropped_and_does_not_come_back(clinic: Clinic) -> None:
    await clinic.told(topic="booked", cause="booked:1")
    await clinic.round()
    await clinic.prefers(clinic.workspace.owner_id, digest={"every": "week"})
    await clinic.told(cause="hand_off:2", member_id=await clinic.member("tess"))
    for _ in range(2):
        await clinic.round(clock.now() + timedelta(hours=1))
    assert [mail["recipient"] for mail in await clinic.mails()] == ["tess@clinic.example"]
