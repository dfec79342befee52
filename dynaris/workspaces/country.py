"""Where a business is, as far as it has said: whose telephone numbers its customers type without a country code."""

from functools import lru_cache
from importlib.resources import files
from typing import Any

import phonenumbers


def country_of(profile: dict[str, Any], timezone: str) -> str | None:
    """ISO 3166, by the profile's telephone number, else by the time zone; `None` where neither tells."""
    try:
        number = phonenumbers.parse(profile.get("phone") or "", None)
        if found := phonenumbers.region_code_for_number(number):
            return found
    except phonenumbers.NumberParseException:
        pass
    return _countries().get(timezone)


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """By time zone, from the zone database's own table."""
    try:
        table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text()
    except (ModuleNotFoundError, OSError):
        return {}
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {row[2]: row[0] for row in rows}
