"""Where a business is, as far as it has said: whose telephone numbers its customers type without a country code."""

from functools import lru_cache
from importlib.resources import files
from typing import Any
from uuid import UUID

import phonenumbers

from dynaris.core.db import Connection


def country_of(profile: dict[str, Any], timezone: str) -> str | None:
    """ISO 3166, by the profile's telephone number, else by the time zone; `None` where neither tells."""
    try:
        number = phonenumbers.parse(profile.get("phone") or "", None)
        found = phonenumbers.region_code_for_number(number)
        if found and found != phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY:  # a freephone number of all the world
            return found
    except phonenumbers.NumberParseException:
        pass
    return _countries().get(timezone)


async def country_at(connection: Connection, workspace_id: UUID) -> str | None:
    cursor = await connection.execute("SELECT timezone, profile FROM workspace WHERE id = %s", (workspace_id,))
    row = await cursor.fetchone()
    return country_of(row["profile"], row["timezone"]) if row else None


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """By time zone, from the zone database's own table."""
    try:
        table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text()
    except (ModuleNotFoundError, OSError):
        return {}
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {row[2]: row[0] for row in rows}
