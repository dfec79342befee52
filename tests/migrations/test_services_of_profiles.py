"""What profiles listed as services before there was a calendar is not lost when they stop listing them."""

import asyncio
import json

from dynaris.migrations.run import ensure_current, upgrade
from tests.databases import ask, new_database

_LISTED = [
    {"name": "Massage", "duration_minutes": 60, "price": "69.00", "currency": "EUR"},
    {"name": "massage", "duration_minutes": 90},
    {"name": "Laser", "duration_minutes": 30, "price": "40"},
    {"name": "Check", "duration_minutes": 15, "price": "10", "currency": "EUR"},
    {"name": "Card of ten", "price": "440.00", "currency": "EUR"},
]


async def test_they_are_services_that_are_switched_off_and_the_calendars_own_stay_as_they_are(server_url: str) -> None:
    async with new_database(server_url) as url:
        await asyncio.to_thread(upgrade, url, "0025")
        profile = json.dumps({"tone": "warm", "description": "Since 1990.", "services": _LISTED})
        await ask(
            url,
            """INSERT INTO workspace (id, slug, name, profile)
               VALUES (gen_random_uuid(), 'a', 'A', %s), (gen_random_uuid(), 'b', 'B', '{"tone": "dry"}')""",
            profile,
        )
        await ask(
            url,
            """INSERT INTO calendar_person (workspace_id, id, name)
               SELECT id, gen_random_uuid(), 'Anna' FROM workspace""",
        )
        await ask(
            url,
            """INSERT INTO service (workspace_id, id, name, duration_minutes)
               SELECT id, gen_random_uuid(), 'CHECK', 20 FROM workspace""",
        )
        await ensure_current(url)
        found = await ask(
            url,
            """SELECT w.slug, s.name, s.duration_minutes, trim_scale(s.price)::text, s.currency, s.enabled,
                   (SELECT count(*) FROM service_person g WHERE g.service_id = s.id)
               FROM service s JOIN workspace w ON w.id = s.workspace_id
               WHERE w.slug IN ('a', 'b') ORDER BY 1, 2""",
        )
        profiles = await ask(url, "SELECT slug, profile FROM workspace WHERE slug IN ('a', 'b') ORDER BY slug")
    assert found == [
        ("a", "CHECK", 20, None, None, True, 0),
        ("a", "Laser", 30, None, None, False, 1),
        ("a", "Massage", 60, "69", "EUR", False, 1),
        ("b", "CHECK", 20, None, None, True, 0),
    ]
    told = {"tone": "warm", "description": "Since 1990.\nCard of ten: 440.00 EUR"}  # what cannot be booked
    assert profiles == [("a", told), ("b", {"tone": "dry"})]
