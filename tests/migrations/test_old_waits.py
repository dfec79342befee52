"""Who has waited for a person for weeks when reminders come: nobody is told of it now, and all of it can be read."""

import asyncio

from dynaris.migrations.run import ensure_current, upgrade
from tests.databases import ask, new_database


async def test_what_has_waited_for_weeks_is_not_reminded_of_and_can_be_exported(server_url: str) -> None:
    async with new_database(server_url) as url:
        await asyncio.to_thread(upgrade, url, "0027")
        await ask(url, "INSERT INTO workspace (id, slug, name) VALUES (gen_random_uuid(), 'a', 'A')")
        await ask(
            url,
            """INSERT INTO contact (workspace_id, id) SELECT id, gen_random_uuid() FROM workspace WHERE slug = 'a'""",
        )
        await ask(
            url,
            """INSERT INTO conversation (workspace_id, id, contact_id, channel, account_id, reply_to, holder,
                                         respond_by)
               SELECT workspace_id, gen_random_uuid(), id, 'email', gen_random_uuid(), 'ada@example.com', 'team',
                      now() - days * interval '1 day' FROM contact, unnest(ARRAY[1, 30]) AS days""",
        )
        await ensure_current(url)
        found = await ask(url, "SELECT * FROM conversation ORDER BY respond_by")  # as an export reads it
        due = await ask(url, "SELECT count(*) FROM due_work(10) WHERE kind = 'unanswered'")
    assert len(found) == 2
    assert due == [(1,)]


async def test_two_processes_that_start_together_upgrade_once(server_url: str) -> None:
    async with new_database(server_url) as url:
        await asyncio.to_thread(upgrade, url, "0016")
        await asyncio.gather(*(ensure_current(url) for _ in range(2)))
        assert await ask(url, "SELECT count(*) FROM alembic_version") == [(1,)]
